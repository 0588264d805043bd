import torch

from morphlapse.imaging.warp import resize
from morphlapse.morphing import fill as fill_module
from morphlapse.records import Size


def test_the_fill_of_a_row_of_pixels_takes_no_more_room_than_a_frames(monkeypatch):
    largest = []

    def note(image, size):
        largest.append(size.width * size.height)
        return resize(image, size)

    monkeypatch.setattr(fill_module, "resize", note)
    row = torch.rand(1, 3, 1, 50_000)
    fill = fill_module.make_fill(row, Size(64, 96), "blur")
    assert tuple(fill.shape) == (1, 3, 64, 96)
    assert max(largest) <= 64 * 96 * (fill_module.LONGEST + 1)


def test_the_fill_of_a_photo_is_not_cut():
    photo = torch.rand(1, 3, 40, 200)
    assert torch.equal(fill_module._middle_of(photo, Size(64, 96)), photo)
