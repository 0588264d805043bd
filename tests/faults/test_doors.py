"""A search for what makes a door raise anything but its own error, or take long; every file is damaged or made to harm.

`MORPHLAPSE_FUZZ_S` says for how many seconds each door is searched (10 by default).
"""

import json
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch

from morphlapse.album.cache import Cache
from morphlapse.album.dates import date_from_sidecar, parse_exif_date
from morphlapse.album.decode import decode, read_photo
from morphlapse.album.packing import PackingError, pack, unpack
from morphlapse.album.points import read_given
from morphlapse.errors import MorphlapseError
from morphlapse.morphing.maps import Maps, load_maps, pack_maps
from morphlapse.morphing.tint import Tint
from morphlapse.pipeline.kept_maps import unpack_maps
from morphlapse.pipeline.project import check_album
from morphlapse.pipeline.storing import Store
from morphlapse.records import Box, Keypoints, Photo, Size, Subject
from mutations import mutations, small_pictures

SEARCHED_S = float(os.environ.get("MORPHLAPSE_FUZZ_S", "10"))
EYE = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
ENTRY = {
    "path": "a.jpg", "size": [30, 20], "used": True, "reference_from_photo": EYE, "date": "2024-03-02T10:30:00",
    "correction": {"include": True, "nudge": [0.1, 0], "rotate_deg": 3, "scale": 1.5, "date": "2024-03-02T10:30:00",
                   "keypoints": {"door": [1.5, 2, 0.4]}},
}  # fmt: skip
BOOK = {
    "version": 1, "made_by": "x", "on": "face", "reference": "a.jpg", "level_rad": 0.1, "photos": [ENTRY, ENTRY],
    "frame": {"size": [640, 480], "canvas_from_reference": EYE, "wishes": {"size": "auto"}},
    "options": {"film": {"size": "640x480", "fps": "30000/1001"}, "select": {"include": ["b*"], "most": "3"}},
}  # fmt: skip


@dataclass(frozen=True)
class Door:
    """What reads files of others."""

    seeds: Callable[[], Sequence[bytes]]
    """Files as they should be."""
    enter: Callable[[bytes, Path], object]
    """Reads one."""


def read_picture(content: bytes, folder: Path) -> None:
    (folder / "x.jpg").write_bytes(content)
    decode(read_photo(folder / "x.jpg"), long_side=32)


def read_book(content: bytes, folder: Path) -> None:
    (folder / "a.json").write_bytes(content)
    check_album(folder / "a.json")


def read_points(content: bytes, folder: Path) -> None:
    (folder / "p.jpg").touch()
    (folder / "p.points.json").write_bytes(content)
    read_given(Photo(folder / "p.jpg", Size(480, 640)))


def read_sidecar(content: bytes, folder: Path) -> None:
    (folder / "s.jpg.json").write_bytes(content)
    date_from_sidecar(folder / "s.jpg")


def read_date(content: bytes, _folder: Path) -> None:
    parse_exif_date(content, content[:6], content[3:])
    parse_exif_date(content.decode("latin1"), content[-6:].decode("latin1"))


def read_maps(content: bytes, folder: Path) -> None:
    (folder / "m.npz").write_bytes(content)
    load_maps(folder / "m.npz", [""], like=torch.zeros(1))


def make_maps() -> Maps:
    def plane(channels: int) -> torch.Tensor:
        return torch.full((1, channels, 3, 4), 0.5)

    return Maps(plane(2), Tint(plane(3), plane(3)), Tint(plane(3), plane(3)), plane(1), plane(1))


def make_entries() -> list[bytes]:
    points = Keypoints(("a",), np.zeros((1, 2)), np.ones(1))
    subject = Subject(0.5, Box(0.0, 0.0, 1.0, 1.0), points)
    return [pack({"subjects": (subject,), "lightness": 0.5}), pack((np.zeros((2, 3)), 1.5, None, "x"))]


def read_entry(content: bytes, folder: Path) -> None:
    """An entry whose checksum is right, and what it is taken for."""
    unpack_or_refuse(content)
    store, photo = Store(Cache(folder / "kept", 10**9)), Photo(folder / "p.jpg", Size(3, 4))
    photo.path.touch()
    name = store.name_detection(photo)
    assert name is not None
    store.cache.put("detections", name, content)
    if store.find_detection(photo) is None:
        assert store.cache.get("detections", name) is None


def unpack_or_refuse(content: bytes) -> None:
    for read in (unpack, lambda stored: unpack_maps(stored, canvas=Size(3, 4), like=torch.zeros(1))):
        try:
            read(content)
        except PackingError:
            continue


DOORS = {
    "pictures": Door(small_pictures, read_picture),
    "album file": Door(lambda: [json.dumps(BOOK).encode()], read_book),
    "points": Door(lambda: [b'{"chimney": [12.5, 240], "door": [400, 10, 0.5]}'], read_points),
    "sidecar": Door(lambda: [b'{"photoTakenTime": {"timestamp": "1500000000"}}'], read_sidecar),
    "dates": Door(lambda: [b"2020:01:02 03:04:05.123+02:00", b"+02:00"], read_date),
    "maps": Door(lambda: [pack_maps({"": make_maps()})], read_maps),
    "cache": Door(make_entries, read_entry),
}


def search(door: Door, folder: Path, seconds: float, most: int | None = None) -> tuple[int, int]:
    """Feed a door until the time is over; how many files that were, and how many of them it read."""
    draw = random.Random(int(os.environ.get("MORPHLAPSE_FUZZ_SEED", "0")))
    end, read = time.monotonic() + seconds, 0
    for tried, content in enumerate(mutations(door.seeds(), draw)):
        begun = time.monotonic()
        if begun > end or tried == most:
            return tried, read
        said = try_door(door, content, folder)
        read += said is None
        assert said is None or "\n" not in said
        assert time.monotonic() - begun < 60.0, f"it took too long: {content[:100]!r}"
    raise AssertionError("there is always another file")


def try_door(door: Door, content: bytes, folder: Path) -> str | None:
    """What is said of a file that is refused; whatever else is raised leaves the culprit behind."""
    try:
        door.enter(content, folder)
    except (MorphlapseError, PackingError) as error:
        return str(error)
    except BaseException:
        (folder / "culprit").write_bytes(content)
        raise
    return None


@pytest.mark.parametrize("name", [name for name in DOORS if name != "pictures"])
def test_a_door_takes_a_few_damaged_files(name: str, tmp_path: Path):
    search(DOORS[name], tmp_path, 60.0, most=40)


@pytest.mark.hard
@pytest.mark.parametrize("name", DOORS)
def test_a_door_tells_of_every_damaged_file(name: str, tmp_path: Path, record_property):
    tried, read = search(DOORS[name], tmp_path, SEARCHED_S)
    assert tried > 5
    record_property("tried", tried)
    print(f"{name}: {tried} files, {read} read, {tried - read} refused in one line")


def test_maps_that_unfold_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("morphlapse.morphing.maps.MOST_BYTES", 10**5)
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, velocity=np.zeros((1, 2, 300, 300), np.float32))
    assert len(buffer.getvalue()) < 2000
    with pytest.raises(MorphlapseError, match="too large"):
        read_maps(buffer.getvalue(), tmp_path)


@pytest.mark.parametrize("harm", [b"", b"x", None])
@pytest.mark.parametrize("kind", ["photos", "detections", "places", "maps", "pieces"])
def test_a_cache_heals_whatever_it_holds(kind: str, harm: bytes | None, tmp_path: Path):
    cache = Cache(tmp_path, 10**6)
    cache.put(kind, "0" * 40, b"found")
    place = tmp_path / kind / "00" / ("0" * 40)
    place.write_bytes(place.read_bytes()[:-1] + b"?" if harm is None else harm)
    assert cache.get(kind, "0" * 40) is None
    cache.put(kind, "0" * 40, b"found")
    assert cache.get(kind, "0" * 40) == b"found"
