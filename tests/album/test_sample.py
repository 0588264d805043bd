from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data

from morphlapse.album.decode import decode, read_photo
from morphlapse.album.folder import read_album
from morphlapse.album.sample import (
    PHOTO_SIZE,
    TAKES,
    original_positions,
    sample_transforms,
    write_sample_album,
    write_sample_pair,
)
from morphlapse.errors import EncodeError
from morphlapse.imaging.warp import pixel_positions, sample


@pytest.fixture
def paths(sample: list[Path]) -> list[Path]:
    return sample


def test_the_album_is_dated_week_by_week(paths: list[Path]) -> None:
    album = read_album(paths[0].parent)
    assert [photo.path for photo in album.photos] == paths
    assert {photo.date_source for photo in album.photos} == {"exif"}
    dates = [photo.date for photo in album.photos if photo.date is not None]
    assert {later - earlier for earlier, later in pairwise(dates)} == {timedelta(weeks=1)}


def test_the_photos_have_the_size_that_the_truth_speaks_of(paths: list[Path]) -> None:
    assert {read_photo(path).size for path in paths} == {PHOTO_SIZE}


@pytest.mark.parametrize("index", range(len(TAKES)))
def test_each_photo_shows_the_portrait_where_the_truth_says(index: int, paths: list[Path]) -> None:
    portrait = torch.from_numpy(data.astronaut().copy()).movedim(2, 0).float() / 255.0
    positions = original_positions(index, pixel_positions(PHOTO_SIZE, like=portrait))
    expected = sample(portrait[None], positions)[0] ** TAKES[index].gamma
    expected = (expected * torch.tensor(TAKES[index].gain)[:, None, None]).clamp(0.0, 1.0)
    # The top rows are the wall, mirrored.
    assert (decode(paths[index]) - expected)[:, 80:].abs().mean() < 0.015


@pytest.mark.parametrize("index", range(len(TAKES)))
def test_away_from_the_growing_suit_the_truth_is_the_similarity(index: int) -> None:
    face = np.array([[203.5, 101.5, 1.0], [246.0, 104.0, 1.0]])
    in_photo = torch.from_numpy((face @ sample_transforms()[index].T)[:, :2])
    back = original_positions(index, in_photo)
    assert (back - torch.from_numpy(face[:, :2])).abs().max() < 0.5


def test_the_suit_grows_from_photo_to_photo() -> None:
    middle = torch.tensor([[288.0, 370.0]], dtype=torch.float64)
    reached: list[float] = []
    for index, matrix in enumerate(sample_transforms()):
        in_photo = middle @ torch.from_numpy(matrix[:2, :2]).T + torch.from_numpy(matrix[:2, 2])
        reached.append(float(original_positions(index, in_photo)[0, 0]))
    assert all(later < earlier for earlier, later in pairwise(reached))


@pytest.mark.parametrize("index", range(len(TAKES)))
def test_no_photo_looks_past_the_portraits_edge(index: int) -> None:
    seen = original_positions(index, pixel_positions(PHOTO_SIZE, like=torch.zeros(1)))
    # Above, up to 24 rows are mirrored: they hold wall, flag and tank, no hair.
    assert seen[..., 0].min() >= 0.0
    assert seen[..., 0].max() <= 511.0
    assert seen[..., 1].min() >= -24.0
    assert seen[..., 1].max() <= 511.0


def test_the_album_is_the_same_each_time(paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("morphlapse.album.sample.TAKES", TAKES[:2])
    again = write_sample_album(tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths[:2]]


def test_the_pair_is_two_different_photos_of_one_size(tmp_path: Path) -> None:
    a, b = (decode(path) for path in write_sample_pair(tmp_path / "new" / "pair"))
    assert a.shape == b.shape
    assert (a - b).abs().mean() > 0.1


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EncodeError, match="folder cannot be made"):
        write_sample_pair(tmp_path / "file" / "pair")
