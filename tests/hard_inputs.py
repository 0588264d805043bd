"""Every kind of bad or odd file that a folder may hold, how it is made, and what must become of it.

`write_hard_folder(folder)` makes them all and says what is expected of each. An input that is `read` gives its pixels
(a film may still leave it out for what it shows); one that is `listed` is left out with a reason; one that is `ignored`
could not be a photo and is not spoken of.
"""

import os
import re
import socket
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from PIL.ExifTags import Base

import hard_pictures as made

Fate = Literal["read", "listed", "ignored"]


@dataclass(frozen=True)
class HardInput:
    """One bad or odd file."""

    kind: str
    """What it is, in words: the same for all of one sort."""
    name: str
    """Its name in the folder."""
    write: Callable[[Path], None]
    """Makes it at a path whose folder is there."""
    fate: Fate
    """What must become of it."""
    reason: str = ""
    """What its reason says, as a regular expression, where it is listed."""
    heavy: bool = False
    """Whether it takes seconds or much memory."""


def _bytes(content: Callable[[], bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content())

    return write


def _read(kind: str, name: str, content: Callable[[], bytes], *, heavy: bool = False) -> HardInput:
    return HardInput(kind, name, _bytes(content), "read", heavy=heavy)


def _listed(kind: str, name: str, content: Callable[[], bytes], reason: str, *, heavy: bool = False) -> HardInput:
    return HardInput(kind, name, _bytes(content), "listed", reason, heavy)


CUT = r"ends before|header is damaged or cut off|damaged or cut off"
NO_PICTURE = "no picture of a known kind"
TOO_LARGE = "megapixels"


def _damaged() -> Iterator[HardInput]:
    """Files that are cut off, overwritten or something else than their name says."""
    whole: dict[str, Callable[[], bytes]] = {
        "jpg": made.jpeg,
        "png": made.png,
        "webp": lambda: made.encode(made.picture(), "WEBP", lossless=True),
        "tif": lambda: made.encode(made.picture(), "TIFF", compression="tiff_lzw"),
        "gif": lambda: made.encode(made.picture(), "GIF"),
        "bmp": lambda: made.encode(made.picture(), "BMP"),
        "jp2": lambda: made.encode(made.picture(), "JPEG2000"),
        "heic": lambda: made.plain("HEIF"),
        "avif": lambda: made.plain("AVIF"),
    }
    for ending, content in whole.items():
        yield _listed("cut off in the middle", f"cut.{ending}", lambda c=content: c()[: len(c()) // 2], CUT)
        yield _listed("cut off in the header", f"cut-head.{ending}", lambda c=content: c()[:20], CUT)
    yield _listed("cut off by a byte", "cut-byte.jpg", lambda: made.jpeg()[:-1], CUT)
    yield _read("overwritten here and there", "scratched.jpg", lambda: made.scratch(made.jpeg(), start=700, count=3))
    yield _listed("overwritten here and there", "scratched.png", lambda: made.scratch(made.png(), start=60), CUT)
    yield _listed(
        "overwritten here and there", "scratched.heic", lambda: made.scratch(made.plain("HEIF"), start=20), ""
    )
    yield _listed(
        "overwritten here and there", "scratched.avif", lambda: made.scratch(made.plain("AVIF"), start=20), ""
    )
    for ending in ("jpg", "png", "heic", "tif"):
        yield _listed("empty", f"empty.{ending}", lambda: b"", "empty")
        yield _listed("all zeros", f"zeros.{ending}", lambda: bytes(5000), NO_PICTURE)
    yield _listed("one byte", "one-byte.jpg", lambda: b"\xff", NO_PICTURE)
    yield _listed("its first bytes only", "start.jpg", lambda: b"\xff\xd8\xff", CUT)
    yield from _misnamed()


def _misnamed() -> Iterator[HardInput]:
    yield _read("another format than its name says", "png-as.jpg", made.png)
    yield _read("another format than its name says", "jpeg-as.png", made.jpeg)
    yield _read("another format than its name says", "jpeg-as.heic", made.jpeg)
    yield _read("another format than its name says", "heic-as.jpg", lambda: made.plain("HEIF"))
    others = {
        "text.jpg": b"not a photo, whatever its name says",
        "page.jpg": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
        "film.jpg": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100),
        "document.png": b"%PDF-1.7\n%" + bytes(100),
        "archive.jpg": b"PK\3\4" + bytes(100),
        "program.jpg": b"\x7fELF\2\1\1" + bytes(100),
        "script.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    }
    for name, content in others.items():
        yield _listed("something else than a picture", name, lambda c=content: c, NO_PICTURE)
    for name, said in {
        "raw.nef": "NEF",
        "raw.CR3": "CR3",
        "raw.dng": "DNG",
        "next.jxl": "JPEG XL",
        "layers.psd": "Photoshop",
        "light.exr": "OpenEXR",
        "icon.ico": "icon",
        "drawing.svg": "drawing",
    }.items():
        yield _listed("a format that is not read", name, lambda: b"II*\0" + bytes(100), said)
    for name in ("notes.txt", "film.mp4", "IMG_1.aae", "Thumbs.db", ".hidden.jpg", "noending"):
        yield HardInput("no photo by its name", name, _bytes(lambda: b"x"), "ignored")


def _hostile() -> Iterator[HardInput]:
    """Small files that ask for much memory or time."""
    kind = "claims a huge size"
    yield _listed(kind, "huge.png", lambda: made.empty_png(60_000, 60_000), TOO_LARGE)
    yield _listed(kind, "huge-most.png", lambda: made.empty_png(2**31 - 1, 2**31 - 1), TOO_LARGE)
    yield _listed(kind, "huge.jpg", lambda: made.claiming(65_500, 65_500), TOO_LARGE)
    yield _listed(kind, "huge.gif", lambda: made.gif_claiming(65_535, 65_535), TOO_LARGE)
    yield _listed(kind, "huge.bmp", lambda: made.bmp_claiming(2_000_000, 2_000_000), TOO_LARGE)
    yield _listed(kind, "huge.ppm", lambda: b"P6 99999 99999 255\n", TOO_LARGE)
    wide = {256: (4, 1, 100_000), 257: (4, 1, 100_000)}
    yield _listed(kind, "huge.tif", lambda: made.tiff(np.zeros((8, 8), np.uint8), tags=wide), TOO_LARGE)
    kind = "claims more than it holds"
    yield _listed(kind, "hollow.png", lambda: made.empty_png(10_000, 10_000), CUT)
    yield _listed(kind, "hollow.jpg", lambda: made.claiming(9_000, 9_000), CUT)
    yield _listed(kind, "hollow.gif", lambda: made.gif_claiming(10_000, 10_000), CUT)
    yield _listed(kind, "hollow.bmp", lambda: made.bmp_claiming(10_000, 10_000), CUT)
    yield _listed(kind, "hollow.ppm", lambda: b"P6 10000 10000 255\n", CUT)
    tall = {257: (4, 1, 100_000), 278: (4, 1, 100_000)}
    yield _listed(kind, "hollow.tif", lambda: made.tiff(np.zeros((8, 8), np.uint8), tags=tall), CUT)
    yield _listed("no pixels", "no-width.gif", lambda: made.gif_claiming(0, 10), "")
    yield _listed("no pixels", "no-width.png", lambda: made.empty_png(0, 10), "")
    yield _listed("no pixels", "no-height.jpg", lambda: made.claiming(10, 0), "")
    yield _read("more pixels packed than it claims", "overfull.png", lambda: made.pixel_bomb(200_000_000), heavy=True)
    yield _read("much text", "text-many.png", lambda: made.texts(2000, 2000))
    yield _read("much text", "text-long.png", lambda: made.texts(1, 8_000_000))
    yield _read("much text", "text-all.png", lambda: made.texts(90, 1_000_000), heavy=True)
    yield _read("a text that becomes large", "text-bomb.png", lambda: made.text_bomb(10_000_000))
    yield _read("a text that becomes large", "text-bombs.png", lambda: made.text_bomb(1_000_000, 100))
    yield _read("a text that becomes large", "text-bomb-i.png", lambda: made.text_bomb(10_000_000, kind=b"iTXt"))
    yield _read(
        "a profile that becomes large",
        "profile-bomb.png",
        lambda: made.png_with(made.chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(10_000_000), 9))),
    )
    yield _listed("many scans", "scans.jpg", lambda: made.many_scans(200), "scans")
    loop = {330: (4, 1, 8), 34665: (4, 1, 8 + made.HIGH * made.WIDE)}
    yield _read(
        "directories in a circle",
        "circle.tif",
        lambda: made.tiff(np.full((made.HIGH, made.WIDE), 99, np.uint8), tags=loop),
    )


def _metadata() -> Iterator[HardInput]:
    """Pictures that are whole, and what is said about them is not."""
    for value in range(1, 9):
        yield _read("turned", f"turned-{value}.jpg", lambda v=value: made.jpeg(exif=made.exif({Base.Orientation: v})))
    for value in (0, 9, 65535):
        name = f"turned-odd-{value}.jpg"
        yield _read("broken EXIF", name, lambda v=value: made.jpeg(exif=made.exif({Base.Orientation: v})))
    random = np.random.default_rng(0).integers(0, 256, 4000).astype(np.uint8).tobytes()
    broken = {
        "exif-random.jpg": b"Exif\0\0" + random,
        "exif-short.jpg": b"Exif\0\0II",
        "exif-empty.jpg": b"Exif\0\0",
        "exif-far.jpg": b"Exif\0\0II*\0" + struct.pack("<I", 0xFFFFFFF0),
        "exif-circle.jpg": b"Exif\0\0II*\0" + struct.pack("<IHHHII", 8, 1, 34665, 4, 1, 8) + struct.pack("<I", 8),
        "exif-count.jpg": b"Exif\0\0II*\0" + struct.pack("<IHHHII", 8, 1, 274, 3, 0x7FFFFFFF, 8) + bytes(4),
    }
    for name, content in broken.items():
        yield _read("broken EXIF", name, lambda c=content: made.after_start(made.jpeg(), made.segment(0xE1, c)))
    yield _read(
        "much metadata",
        "segments.jpg",
        lambda: made.after_start(made.jpeg(), *[made.segment(0xED, bytes(60_000))] * 200),
    )
    dates = (
        "0000:00:00 00:00:00",
        "9999:99:99 99:99:99",
        "1800:01:01 00:00:00",
        "2999:01:01 00:00:00",
        "    :  :     :  :  ",
        "2019:02:30 25:61:61",
        "yesterday",
        "",
        "2019:06:01",
        "\u0662\u0660\u0661\u0669",
    )
    for number, date in enumerate(dates):
        tags = made.exif(photo={Base.DateTimeOriginal: date})
        yield _read("absurd date", f"date-{number}.jpg", lambda t=tags: made.jpeg(exif=t))
    for number, zone in enumerate(("+99:99", "Z", "+14:00", "-12:00", "+5:45", "Mars", "+00:00:00")):
        tags = made.exif(
            photo={Base.DateTimeOriginal: f"2019:06:0{number + 1} 12:00:00", Base.OffsetTimeOriginal: zone}
        )
        yield _read("absurd time zone", f"zone-{number}.jpg", lambda t=tags: made.jpeg(exif=t))
    yield _read("broken colour profile", "profile.jpg", lambda: made.jpeg(icc_profile=made.broken_profile()))
    yield _read("broken colour profile", "profile.png", lambda: made.png(icc_profile=b"not a profile"))
    yield _read("something behind its end", "tail.jpg", lambda: made.jpeg() + random)
    yield _read("something behind its end", "tail.png", lambda: made.png() + random)


def _pixels() -> Iterator[HardInput]:
    """Kinds of pixels."""
    whole = made.picture()
    clear = whole.copy()
    clear.putalpha(Image.linear_gradient("L").resize(whole.size))
    yield _read("16 bits", "deep-gray.png", lambda: made.deep_png(0))
    yield _read("16 bits", "deep-rgb.png", lambda: made.deep_png(2))
    yield _read("16 bits", "deep-gray-alpha.png", lambda: made.deep_png(4))
    yield _read("16 bits", "deep-rgba.png", lambda: made.deep_png(6))
    yield _read("16 bits", "deep-rgb.tif", lambda: made.tiff(made.ramp_16()))
    yield _read("16 bits", "deep-gray.tif", lambda: made.tiff(np.ascontiguousarray(made.ramp_16()[..., 0])))
    yield _read("16 bits", "deep.pgm", lambda: b"P5 96 64 65535\n" + made.ramp_16()[..., 0].astype(">u2").tobytes())
    yield _listed("real numbers", "float.tif", lambda: made.tiff(np.ones((64, 96), "<f4")), "8 or 16 bits")
    yield _read("CMYK", "cmyk.jpg", lambda: made.encode(whole.convert("CMYK"), "JPEG"))
    yield _read("CMYK", "cmyk.tif", lambda: made.encode(whole.convert("CMYK"), "TIFF"))
    yield _read("gray", "gray.jpg", lambda: made.encode(whole.convert("L"), "JPEG"))
    yield _read("gray", "gray.png", lambda: made.encode(whole.convert("L"), "PNG"))
    yield _read("black and white", "bits.png", lambda: made.encode(whole.convert("1"), "PNG"))
    yield _read("palette", "palette.png", lambda: made.encode(whole.quantize(64), "PNG"))
    yield _read("palette", "palette.gif", lambda: made.encode(whole.quantize(64), "GIF"))
    yield _read("alpha", "alpha.png", lambda: made.encode(clear, "PNG"))
    yield _read("alpha", "alpha-palette.png", lambda: made.encode(whole.quantize(16), "PNG", transparency=3))
    yield _read("alpha", "alpha-gray.png", lambda: made.encode(clear.convert("LA"), "PNG"))
    yield _read("alpha", "alpha.webp", lambda: made.encode(clear, "WEBP"))
    yield _read("alpha", "alpha.avif", lambda: made.avif(clear))
    yield _read("alpha", "alpha.heic", lambda: made.heic(clear))
    yield _read("progressive", "progressive.jpg", lambda: made.jpeg(progressive=True))
    more = {"save_all": True, "append_images": [whole.rotate(180)]}
    for ending, kind in (("gif", "GIF"), ("webp", "WEBP"), ("png", "PNG"), ("avif", "AVIF"), ("tif", "TIFF")):
        yield _read("several pictures", f"several.{ending}", lambda k=kind: made.encode(whole, k, **more))
    yield _read("gain map", "gain-map.jpg", made.gain_map)
    yield from _wide_light()
    for ending, kind in (("webp", "WEBP"), ("tif", "TIFF"), ("bmp", "BMP"), ("jp2", "JPEG2000"), ("ppm", "PPM")):
        yield _read("other formats", f"plain.{ending}", lambda k=kind: made.encode(whole, k))
    yield _read("HEIC and AVIF", "plain.heic", lambda: made.plain("HEIF"))
    yield _read("HEIC and AVIF", "deep.heic", lambda: made.deep_heic(made.ramp_16()))
    yield _read("HEIC and AVIF", "plain.avif", lambda: made.plain("AVIF"))


def _wide_light() -> Iterator[HardInput]:
    """HEIC and AVIF whose values stand for more light than paper has."""
    how = {"color_primaries": 9, "matrix_coefficients": 9, "full_range_flag": 1}
    pq, hlg = (
        (16, lambda: made.pq_from_nits(203.0 * made.light_of_picture())),
        (18, lambda: made.hlg_from_light(0.265 * made.light_of_picture())),
    )
    for name, (curve, values) in (("pq", pq), ("hlg", hlg)):
        yield _read(
            "PQ and HLG",
            f"{name}.heic",
            lambda v=values, c=curve: made.deep_heic(np.round(v() * 65535.0), transfer_characteristics=c, **how),
        )
        yield _read(
            "PQ and HLG",
            f"{name}.avif",
            lambda v=values, c=curve: made.recoloured(
                made.avif(Image.fromarray(np.round(v() * 255.0).astype(np.uint8))), 9, c
            ),
        )


def _sizes() -> Iterator[HardInput]:
    def plain(width: int, height: int, kind: str = "PNG") -> Callable[[], bytes]:
        return lambda: made.encode(made.picture().resize((width, height)), kind)

    yield _read("1 x 1", "dot.png", plain(1, 1))
    yield _read("1 x 1", "dot.jpg", plain(1, 1, "JPEG"))
    yield _read("1 x 10,000", "tall.png", plain(1, 10_000))
    yield _read("1 x 10,000", "tall.jpg", plain(1, 10_000, "JPEG"))
    yield _read("10,000 x 1", "wide.png", plain(10_000, 1))
    yield _listed("10,000,000 x 1", "endless.png", lambda: made.empty_png(10_000_000, 1), "a side of more than")
    yield _read("2 x 3", "small.png", plain(2, 3))
    for colour in ("black", "white", "gray"):
        yield _read(
            "one colour", f"all-{colour}.png", lambda c=colour: made.encode(Image.new("RGB", (96, 64), c), "PNG")
        )
    yield _read("the same twice", "same-1.jpg", lambda: made.jpeg(quality=80))
    yield _read("the same twice", "same-2.jpg", lambda: made.jpeg(quality=80))
    yield _read("100 megapixels", "large.jpg", plain(12_000, 8_400, "JPEG"), heavy=True)
    yield _read("100 megapixels", "large.png", plain(12_000, 8_400), heavy=True)
    yield _read("100 megapixels", "large.tif", plain(12_000, 8_400, "TIFF"), heavy=True)
    yield _read("100 megapixels", "large.webp", plain(12_000, 8_400, "WEBP"), heavy=True)


NAMES = (
    "with spaces .jpg",
    'it\'s "quoted" `here`.jpg',
    "line\nbreak\r\ttab.jpg",
    "100%d %s %n %%.jpg",
    "-o.jpg",
    "--overwrite.jpg",
    "$(touch hurt) ; rm -rf & |.jpg",
    "[a-z]*?.jpg",
    "back\\slash.jpg",
    "<script>alert(1)</script>&amp;.jpg".replace("/", "_"),
    "{date:%Y}{name}.jpg",
    "\x1b[31mred\x07.jpg",
    os.fsdecode(b"not-utf8-\xff\xfe\x80.jpg"),
    "\u202egnp.jpg",
    "e\u0301\u00e9 \U0001f476\U0001f3fd.jpg",
    "dots...jpg",
    "ENDING.JPG",
    "n" * 251 + ".jpg",
    "\U0001f476" * 62 + ".jpg",
)
"""Names that a file may have."""


def _names() -> Iterator[HardInput]:
    for name in NAMES:
        yield _read("odd name", name, made.jpeg)


def _special() -> Iterator[HardInput]:
    """What is no file, and links."""
    yield HardInput("a pipe", "pipe.jpg", os.mkfifo, "listed", "not a file")
    yield HardInput("a socket", "socket.jpg", _make_socket, "listed", "not a file")
    yield HardInput("a device", "zero.jpg", lambda path: path.symlink_to("/dev/zero"), "listed", "not a file")
    yield HardInput("a device", "full.jpg", lambda path: path.symlink_to("/dev/full"), "listed", "not a file")
    yield HardInput("a link to itself", "self.jpg", lambda path: path.symlink_to(path), "listed", "in a circle")
    yield HardInput("a link to nothing", "gone.jpg", lambda path: path.symlink_to("gone"), "listed", "no such file")
    yield HardInput("a link to what never ends", "stdin.jpg", lambda path: path.symlink_to("/proc/kmsg"), "listed", "")
    yield HardInput("a folder named like a photo", "folder.jpg", Path.mkdir, "ignored")
    yield HardInput("folders in a circle", "circle", lambda path: path.symlink_to(path.parent), "ignored")
    if os.geteuid() != 0:
        yield HardInput("a file that is closed", "closed.jpg", _make_closed, "listed", "permission")


def _make_socket(path: Path) -> None:
    here = os.open(path.parent, os.O_RDONLY)
    # The path of a socket may have 107 bytes; that of its folder's descriptor is short.
    with socket.socket(socket.AF_UNIX) as made_there:
        made_there.bind(f"/proc/self/fd/{here}/{path.name}")
    os.close(here)


def _make_closed(path: Path) -> None:
    path.write_bytes(made.jpeg())
    path.chmod(0)


HARD_INPUTS: tuple[HardInput, ...] = tuple(
    each for group in (_damaged, _hostile, _metadata, _pixels, _sizes, _names, _special) for each in group()
)
"""All of them."""


def hard_inputs(*, heavy: bool = False, kinds: str = "") -> tuple[HardInput, ...]:
    """Those that are quick, or all; of the kinds that a regular expression names."""
    return tuple(each for each in HARD_INPUTS if (heavy or not each.heavy) and re.search(kinds, each.kind))


def write_hard_folder(folder: Path, inputs: Iterable[HardInput] | None = None) -> dict[Path, HardInput]:
    """Make inputs (by default the quick ones) in a folder, and say which file is which."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[Path, HardInput] = {}
    for each in hard_inputs() if inputs is None else inputs:
        each.write(folder / each.name)
        written[folder / each.name] = each
    return written
