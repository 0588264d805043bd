"""What every registered identifier keeps, and what dlib's in particular."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from torch import Tensor

from morphlapse.errors import BackendMissing, OptionError
from morphlapse.geometry.similarity import invert, similarity
from morphlapse.imaging.warp import fit_within, resize, resized_from_full, size_of, warp_by_matrix
from morphlapse.records import Face, Size
from morphlapse.subjects import dlib, registry
from morphlapse.subjects.chips import DARK, Template, cut_chip, fit_chip, lift
from morphlapse.subjects.crops import make_copies
from morphlapse.subjects.mediapipe import MediaPipe
from morphlapse.subjects.protocol import Identifier
from morphlapse.subjects.registry import load_identifier, open_identifier
from morphlapse.subjects.residual import read_network
from morphlapse.subjects.scaling import scale_face


@pytest.fixture(scope="module", params=sorted(registry.IDENTIFIERS))
def identifier(request: pytest.FixtureRequest) -> Iterator[Identifier]:
    try:
        opened = load_identifier(request.param)
    except BackendMissing as error:
        pytest.skip(str(error))
    yield opened
    registry.close_detector(opened)


@pytest.fixture(scope="module")
def face(mediapipe: MediaPipe, astronaut: Tensor) -> Face:
    found = mediapipe.detect(astronaut)[0].face
    assert found is not None
    return found


@pytest.fixture(scope="module")
def told(identifier: Identifier, astronaut: Tensor, face: Face) -> np.ndarray:
    (descriptor,) = identifier.describe(astronaut, [face])
    assert descriptor is not None
    return descriptor


def distance(identifier: Identifier, image: Tensor, face: Face, told: np.ndarray) -> float:
    (descriptor,) = identifier.describe(image, [face])
    assert descriptor is not None
    return float(np.linalg.norm(descriptor - told))


def test_it_keeps_the_protocol(identifier: Identifier) -> None:
    assert isinstance(identifier, Identifier)
    assert 0.0 < identifier.reach.same < identifier.reach.other
    assert identifier.face_px > 0


def test_a_descriptor_is_one_row_of_numbers(told: np.ndarray) -> None:
    assert told.dtype == np.float32
    assert told.ndim == 1
    assert np.isfinite(told).all()


def test_the_same_picture_gives_the_same_answer(
    identifier: Identifier, astronaut: Tensor, face: Face, told: np.ndarray
) -> None:
    identifier.describe(astronaut.flip(-1), [face])
    assert distance(identifier, astronaut.clone(), face, told) == 0.0


def test_no_faces_have_no_descriptors(identifier: Identifier, astronaut: Tensor) -> None:
    assert identifier.describe(astronaut, []) == ()


@pytest.mark.parametrize("angle_deg", [30.0, 90.0, 135.0, 180.0])
def test_a_turned_face_is_the_same_person(
    identifier: Identifier, astronaut: Tensor, face: Face, told: np.ndarray, angle_deg: float
) -> None:
    turned_from_first = similarity(angle_rad=np.deg2rad(angle_deg), centre=(224.0, 130.0), shift=(30.0, 120.0))
    backward = torch.from_numpy(invert(turned_from_first))[None]
    turned = warp_by_matrix(astronaut[None], backward, Size(512, 512))[0]
    assert distance(identifier, turned, scale_face(face, turned_from_first), told) < 0.4 * identifier.reach.same


def test_the_mirror_image_is_the_same_person(
    identifier: Identifier, astronaut: Tensor, face: Face, told: np.ndarray
) -> None:
    xy = face.keypoints.xy[[1, 0, 2, 4, 3]] * (-1.0, 1.0) + (511.0, 0.0)
    mirrored = replace(face, keypoints=replace(face.keypoints, xy=xy))
    assert distance(identifier, astronaut.flip(-1), mirrored, told) < identifier.reach.same


def test_a_darker_copy_is_the_same_person(
    identifier: Identifier, astronaut: Tensor, face: Face, told: np.ndarray
) -> None:
    assert distance(identifier, astronaut * 0.1, face, told) < identifier.reach.same


def test_a_smaller_copy_is_the_same_person_until_it_is_too_small_to_tell(
    identifier: Identifier, astronaut: Tensor, face: Face, told: np.ndarray
) -> None:
    for long_side, known in ((300, True), (80, False)):
        size = fit_within(size_of(astronaut), long_side)
        small = scale_face(face, resized_from_full(size_of(astronaut), size).numpy())
        if known:
            assert distance(identifier, resize(astronaut[None], size)[0], small, told) < identifier.reach.same
        else:
            assert identifier.describe(resize(astronaut[None], size)[0], [small]) == (None,)


def test_what_is_no_face_of_hers_is_another(identifier: Identifier, face: Face, told: np.ndarray) -> None:
    cat = torch.from_numpy(skimage.data.chelsea().copy()).permute(2, 0, 1).float() / 255.0
    xy = np.array([[173.0, 110.0], [270.0, 125.0], [215.0, 160.0], [200.0, 195.0], [240.0, 200.0]])
    paw = replace(face, keypoints=replace(face.keypoints, xy=xy))
    assert distance(identifier, cat, paw, told) > identifier.reach.other


def test_every_identifier_has_an_install_command() -> None:
    assert registry.IDENTIFIERS.keys() == registry.INSTALL_IDENTIFIER.keys()


def test_an_unknown_identifier_is_an_error_that_lists_the_known_ones() -> None:
    with (
        pytest.raises(OptionError, match=r"identifier 'eyes' is not known: use one of .*dlib"),
        open_identifier("eyes"),
    ):
        pass


def test_missing_weights_are_an_error_that_gives_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dlib, "find_spec", lambda _: None)
    with pytest.raises(BackendMissing, match=r"pip install --no-deps face_recognition_models==0\.3\.0"):
        load_identifier("dlib")


def test_only_the_recognition_model_is_opened() -> None:
    assert dlib.find_weights().name == dlib.WEIGHTS == "dlib_face_recognition_resnet_model_v1.dat"


def test_a_chip_has_the_keypoints_where_the_template_has_them(face: Face) -> None:
    template = Template(face.keypoints.xy / 4.0 - 20.0, 64)
    chip_from_picture = fit_chip(face, template)
    assert chip_from_picture is not None
    assert np.allclose(chip_from_picture, [[0.25, 0.0, -20.0], [0.0, 0.25, -20.0], [0.0, 0.0, 1.0]])


def test_keypoints_that_coincide_have_no_chip(face: Face) -> None:
    flat = replace(face, keypoints=replace(face.keypoints, xy=np.full((5, 2), 7.0)))
    copies = make_copies(np.zeros((70, 70, 3), dtype=np.uint8))
    assert cut_chip(copies, flat, dlib.TEMPLATE) is None


def test_what_is_nearly_black_is_lifted_and_the_rest_is_left_alone() -> None:
    ramp = np.linspace(0, 20, 300).reshape(10, 10, 3).astype(np.uint8)
    assert lift(ramp).mean() == pytest.approx(DARK, abs=1.0)
    assert lift(ramp * 8) is not None
    assert np.array_equal(lift(ramp * 8), ramp * 8)
    assert np.array_equal(lift(ramp * 0), ramp * 0)


def test_the_network_gives_the_numbers_that_dlib_gives(astronaut: Tensor) -> None:
    """The same chips by dlib itself, which needs another package."""
    peer = pytest.importorskip("dlib").face_recognition_model_v1(str(dlib.find_weights()))
    noise = np.random.default_rng(0).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    part = (astronaut[:, 20:170, 150:300] * 255.0).round().byte().permute(1, 2, 0).numpy().copy()
    chips = [noise, part, np.zeros_like(noise)]
    network = read_network(dlib.find_weights())
    ours = network.describe(torch.from_numpy(np.stack(chips)).permute(0, 3, 1, 2).float())
    assert np.allclose(ours.numpy(), np.array(peer.compute_face_descriptor(chips)), atol=1e-5)


def test_another_file_is_no_network(tmp_path: Path) -> None:
    (tmp_path / "other.dat").write_bytes(b"\x01\x05con_4\x01\x02" + b"\x01\x01" * 4 + b"\x00" * 4)
    with pytest.raises(ValueError, match="does not hold dlib's face recognition network"):
        read_network(tmp_path / "other.dat")
