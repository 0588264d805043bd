import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hard_pictures as made
from morphlapse.album.apart import ask_header, ask_pixels
from morphlapse.album.decode import decode, is_apart, read_photo
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.pixels import find_header, load_pixels
from morphlapse.album.processes import COMMAND, Readers
from morphlapse.records import Size


def put(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def play(script: str) -> Readers:
    """Readers that do something else instead."""
    return Readers((sys.executable, "-c", script))


@pytest.fixture(scope="module")
def readers():
    """One reader, for several tests."""
    made_here = Readers()
    yield made_here
    made_here.close()


@pytest.fixture
def webp(tmp_path: Path) -> Path:
    return put(tmp_path, "a.webp", made.encode(made.picture(), "WEBP", exif=made.exif({274: 6, 271: "Maker"})))


def test_the_pixels_and_the_header_are_those_that_are_read_here(readers: Readers, tmp_path: Path, webp: Path) -> None:
    size = Size(40, 60)
    for path in (
        put(tmp_path, "a.heic", made.plain("HEIF")),
        put(tmp_path, "a.avif", made.plain("AVIF")),
        put(tmp_path, "a.tif", made.tiff(np.ascontiguousarray(made.ramp_16()[..., 0]))),
        webp,
    ):
        here, there = find_header(path, 200.0), ask_header(path, 200.0, readers)
        assert (there.size, there.orientation, there.tags) == (here.size, here.orientation, here.tags)
        read = ask_pixels(path, here.size, size, readers)
        expected = load_pixels(path, here.size, size)
        assert read.dtype == expected.dtype
        assert np.array_equal(read, expected)
    assert len(readers.idle) == 1


def test_a_reason_comes_back(readers: Readers, tmp_path: Path) -> None:
    path = put(tmp_path, "a.heic", made.plain("HEIF")[:-300])
    header = find_header(path, 200.0)
    with pytest.raises(UnreadablePhotoError) as here:
        load_pixels(path, header.size, header.size)
    with pytest.raises(UnreadablePhotoError) as there:
        ask_pixels(path, header.size, header.size, readers)
    assert there.value.reason == here.value.reason
    assert there.value.path == path


def test_a_reader_that_was_ended_is_replaced(webp: Path) -> None:
    readers = Readers()
    ask_header(webp, 200.0, readers)
    os.kill(readers.idle[0].pid, signal.SIGKILL)
    assert ask_header(webp, 200.0, readers).size == Size(96, 64)
    readers.close()


def test_a_decoder_that_crashes_is_a_reason(webp: Path) -> None:
    readers = play("import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 11)")
    with pytest.raises(UnreadablePhotoError, match=r"crashed \(signal 11\)"):
        ask_header(webp, 200.0, readers)
    assert readers.idle == ()


@pytest.mark.parametrize("said", ['{"bytes": 0, "type": "object", "shape": [1]}', '{"bytes": 3, "type": "uint8"}'])
def test_pixels_of_another_kind_or_number_are_refused(said: str, webp: Path) -> None:
    readers = play(f"import sys; sys.stdin.readline(); print({said!r}); print('xx', flush=True); sys.stdin.read()")
    with pytest.raises(UnreadablePhotoError, match="astray"):
        ask_pixels(webp, Size(96, 64), Size(96, 64), readers)
    readers.close()


def test_no_process_is_a_reason(webp: Path) -> None:
    with pytest.raises(UnreadablePhotoError, match="no process can be started"):
        ask_header(webp, 200.0, Readers(("/nowhere/python",)))


def test_modules_in_the_working_folder_are_not_run(tmp_path: Path, webp: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    for name in ("PIL", "json", "numpy", "morphlapse"):
        put(tmp_path, f"{name}.py", b"open('hurt', 'w').close()")
    readers = Readers(COMMAND)
    assert ask_header(Path(webp.name), 200.0, readers).size == Size(96, 64)
    readers.close()
    assert not (tmp_path / "hurt").exists()


def test_jpegs_and_pngs_are_read_here_and_the_large_decoders_apart(tmp_path: Path, webp: Path) -> None:
    here = [put(tmp_path, "a.jpg", made.jpeg()), put(tmp_path, "b.heic", made.png())]
    apart = [webp, put(tmp_path, "c.jpg", made.plain("HEIF")), put(tmp_path, "d.tif", made.plain("TIFF"))]
    assert [is_apart(path) for path in (*here, *apart)] == [False, False, True, True, True]
    photo = read_photo(webp)
    assert photo.camera == "Maker"
    assert decode(photo).shape == (3, 96, 64)


def test_a_picture_that_became_another_one_is_told(webp: Path) -> None:
    photo = read_photo(webp)
    Image.new("RGB", (10, 10)).save(webp)
    with pytest.raises(UnreadablePhotoError, match="it was 64x96 and is 10x10 now"):
        decode(photo)
    Image.new("RGB", (5000, 10)).save(webp)
    with pytest.raises(UnreadablePhotoError):
        decode(photo)


LONG = {
    "cut.jpg": (made.jpeg()[:600], "took more than 2 seconds and was stopped"),
    "progressive.jpg": (made.jpeg(progressive=True), "more memory than there is"),
    "texts.png": (made.text_bomb(2_000_000), "more memory than there is"),
    "baseline.jpg": (made.jpeg(), None),
    "plain.png": (made.png(), None),
}
"""What stands before zeros without end, and the reason why it is not read."""


@pytest.mark.parametrize("name", LONG)
def test_a_file_that_hardly_ends_is_read_or_stopped(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("morphlapse.album.apart.PATIENCE_S", 2.0)
    content, reason = LONG[name]
    with put(tmp_path, name, content).open("r+b") as file:
        file.truncate(6 * 2**30)
    if reason is None:
        assert decode(tmp_path / name).shape == (3, 64, 96)
        return
    with pytest.raises(UnreadablePhotoError, match=reason):
        decode(tmp_path / name)
