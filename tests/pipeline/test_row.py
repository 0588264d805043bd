from fractions import Fraction

import pytest

from morphlapse.album.sample import write_sample_pair
from morphlapse.errors import OptionError, PhotoError
from morphlapse.options import FilmOptions, MorphOptions
from morphlapse.pipeline.row import morph_images

QUICK = FilmOptions(size=(160, 200), fps=Fraction(4), hold_s=0.25, transition_s=0.5)
COARSE = MorphOptions(working_px=96)


def test_a_row_of_images_is_morphed_in_its_order(tmp_path):
    a, b = write_sample_pair(tmp_path)
    report = morph_images(
        [b, a, b], tmp_path / "row.mp4", morph=COARSE, film=QUICK.model_copy(update={"hints": "none"})
    )
    assert [fate.path for fate in report.fates] == [b, a, b]
    assert report.order == "as given"


def test_one_image_is_no_morph(tmp_path):
    with pytest.raises(OptionError, match="two images or more"):
        morph_images([tmp_path / "a.jpg"], tmp_path / "row.mp4")


def test_a_row_with_a_broken_image_is_refused(tmp_path):
    a, _ = write_sample_pair(tmp_path)
    (tmp_path / "broken.jpg").write_bytes(a.read_bytes()[:5000])
    with pytest.raises(PhotoError, match=r"broken\.jpg"):
        morph_images([a, tmp_path / "broken.jpg"], tmp_path / "row.mp4", film=QUICK)


def test_an_image_of_more_pixels_than_are_wanted_is_refused_unread(tmp_path):
    images = write_sample_pair(tmp_path)
    with pytest.raises(PhotoError, match=r"more than 0\.1 megapixels"):
        morph_images(images, tmp_path / "row.mp4", film=QUICK, max_megapixels=0.1)
