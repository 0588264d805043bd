"""Faces of known blur and light, cut from a picture of scikit-image's wheel."""

import numpy as np
import pytest
import skimage.data
import torch

from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.warp import resize
from morphlapse.pipeline.measuring import cut_out, draw_oval, make_thumbnail, measure_face, measure_sharpness
from morphlapse.records import Box, Face, Keypoints, Mask, Size, Subject
from morphlapse.subjects.protocol import FACE_KEYPOINTS

IMAGE = torch.from_numpy(skimage.data.astronaut().copy()).permute(2, 0, 1).float() / 255.0
POINTS = np.array([[203.4, 100.9], [245.9, 103.6], [228.0, 124.0], [206.0, 141.0], [242.0, 142.0]])


def face(scale: float = 1.0) -> Face:
    box = Box(180.0 * scale, 65.0 * scale, 270.0 * scale, 165.0 * scale)
    return Face(box, 0.9, Keypoints(FACE_KEYPOINTS, POINTS * scale, np.ones(5)))


def sharpness(image: torch.Tensor, where: Face) -> float:
    value = measure_face(where, image).sharpness
    assert value is not None
    return value


def test_a_blurred_face_is_less_sharp():
    values = [sharpness(gaussian_blur(IMAGE[None], sigma)[0], face()) for sigma in (0.3, 1.0, 2.0, 4.0)]
    assert values == sorted(values, reverse=True)
    assert values[0] - values[-1] > 0.5


@pytest.mark.parametrize("scale", [0.7, 2.0])
def test_the_same_face_at_another_size_is_about_as_sharp(scale):
    soft = gaussian_blur(IMAGE[None], 1.5)
    size = Size(round(512 * scale), round(512 * scale))
    assert sharpness(resize(soft, size)[0], face(scale)) == pytest.approx(sharpness(soft[0], face()), abs=0.1)


def test_a_small_face_is_never_sharp():
    size = Size(128, 128)
    assert sharpness(resize(IMAGE[None], size)[0], face(0.25)) < 0.5 < sharpness(IMAGE, face())


def test_a_darker_face_is_less_light_and_as_sharp():
    bright, dark = measure_face(face(), IMAGE), measure_face(face(), IMAGE * 0.4)
    assert bright.lightness is not None
    assert dark.lightness is not None
    assert dark.lightness < 0.6 * bright.lightness
    assert dark.sharpness == pytest.approx(bright.sharpness, abs=0.03)


def test_the_lightness_of_an_even_face_is_its_grays():
    assert measure_face(face(), torch.full_like(IMAGE, 119 / 255)).lightness == pytest.approx(0.5003, abs=1e-3)


def test_a_face_without_a_pose_gets_that_of_its_points():
    pose = measure_face(face(), IMAGE).pose
    assert pose is not None
    assert abs(pose.roll_deg) < 8.0


def test_a_face_outside_the_picture_is_not_measured():
    gone = Face(Box(600.0, 600.0, 700.0, 700.0), 0.5, face().keypoints)
    assert measure_face(gone, IMAGE).sharpness is None


def test_sharpness_of_a_person_is_that_of_the_face_or_of_all_of_them_or_of_the_photo():
    found = measure_face(face(), IMAGE)
    assert measure_sharpness(Subject(0.9, Box(0.0, 0.0, 300.0, 300.0), face=found), IMAGE) == found.sharpness
    halves = torch.cat((gaussian_blur(IMAGE[None], 5.0)[0, :, :, :256], IMAGE[:, :, 256:]), dim=-1)
    soft, sharp = (Subject(0.9, Box(x, -0.5, x + 240.0, 511.5)) for x in (-0.5, 270.5))
    assert measure_sharpness(soft, halves) < 0.4 < measure_sharpness(sharp, halves)
    weight = np.zeros((64, 64), dtype=np.uint8)
    weight[:, :30] = 255
    everywhere = Box(-0.5, -0.5, 511.5, 511.5)
    assert measure_sharpness(Subject(0.9, everywhere, mask=Mask(weight, everywhere)), halves) < 0.4
    assert measure_sharpness(None, IMAGE) > measure_sharpness(None, gaussian_blur(IMAGE[None], 3.0)[0])


def test_a_thumbnail_is_the_whole_picture_squashed():
    thumbnail = make_thumbnail(IMAGE[:, :, :300])
    assert thumbnail.shape == (32, 32, 3)
    assert thumbnail.dtype == np.uint8
    expected = IMAGE[:, :, :300].mean(dim=(1, 2)).numpy() * 255.0
    assert np.abs(thumbnail.mean(axis=(0, 1)) - expected).max() < 2.0


def test_the_part_that_is_cut_out_lies_where_its_box_says():
    ramp = torch.arange(60.0).expand(3, 40, 60)
    part = cut_out(Box(9.7, -20.0, 30.2, 12.0), ramp)
    assert part is not None
    pixels, box = part
    assert float(pixels[0, 0, 0]) == box.left + 0.5
    assert (pixels.shape[-1], pixels.shape[-2]) == (box.width, box.height)
    assert box.top == -0.5


def test_an_oval_fills_its_box():
    box = Box(-0.5, -0.5, 199.5, 99.5)
    assert float(draw_oval(box, box, Size(100, 200)).mean()) == pytest.approx(np.pi / 4, abs=0.01)
