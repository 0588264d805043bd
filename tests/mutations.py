"""Files that were damaged, and files that were made to harm: what searches for faults feed the doors with."""

import random
import re
from collections.abc import Iterator, Sequence
from io import BytesIO

import pillow_heif
import skimage.data
from PIL import Image

WORDS = (
    b"1e999", b"NaN", b"-Infinity", b"1" + b"0" * 400, b"null", b"[]", b"{}", b'"\\ud800"', b'"\\u0000"', b"-1",
    b"true",
    b'"' + b"a" * 5000 + b'"', b"99999999999999999999", b'"../../x"', b'"C:\\\\x"', b"[[[[[[]]]]]]",
)  # fmt: skip
"""Values of JSON that are seldom meant."""
JSON_VALUE = re.compile(rb'-?\d[\d.e+]*|"[^"]*"|true|false|null')
NUMBERS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x80\0\0\0")


def damage(content: bytes, draw: random.Random) -> bytes:
    """Change, lose, add or move a few bytes, half of the times near the beginning."""
    harmed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        if not harmed:
            break
        at = draw.randrange(len(harmed) if draw.random() < 0.5 else min(len(harmed), 200))
        _harm(harmed, at, draw)
    return bytes(harmed)


def _harm(harmed: bytearray, at: int, draw: random.Random) -> None:
    match draw.randrange(6):
        case 0:
            harmed[at] = draw.randrange(256)
        case 1:
            del harmed[at:]
        case 2:
            del harmed[at : at + draw.randrange(1, 16)]
        case 3:
            harmed[at:at] = draw.randbytes(draw.randrange(1, 9))
        case 4:
            harmed[at : at + 4] = draw.choice(NUMBERS)
        case _:
            other, count = draw.randrange(len(harmed)), draw.randrange(1, 32)
            harmed[at : at + count] = harmed[other : other + count]


def exchange_value(text: bytes, draw: random.Random) -> bytes:
    """Put odd values into JSON, which stays JSON."""
    for _ in range(draw.choice((1, 1, 2))):
        places = [found.span() for found in JSON_VALUE.finditer(text)]
        if not places:
            break
        start, end = draw.choice(places)
        text = text[:start] + draw.choice(WORDS) + text[end:]
    return text


def mutations(seeds: Sequence[bytes], draw: random.Random) -> Iterator[bytes]:
    """Endlessly many damaged versions of whole files."""
    while True:
        seed = draw.choice(seeds)
        json = seed[:1] in (b"{", b"[") and draw.random() < 0.6
        yield exchange_value(seed, draw) if json else damage(seed, draw)


def small_pictures() -> list[bytes]:
    """A small picture in all kinds of files, with EXIF where they have it."""
    picture = Image.fromarray(skimage.data.astronaut()).resize((48, 40))
    exif = Image.Exif()
    exif[274], exif[306] = 6, "2020:01:02 03:04:05"
    exif.get_ifd(0x8769).update({36867: "2020:01:02 03:04:05", 36881: "+02:00", 41989: 28})
    told = {"exif": exif}
    ways = [("JPEG", told), ("PNG", told), ("WEBP", told), ("TIFF", told), ("AVIF", told), ("GIF", {}), ("BMP", {}),
            ("PPM", {}), ("JPEG2000", {}), ("JPEG", {"progressive": True, "icc_profile": b"x" * 200}),
            ("TIFF", {"compression": "tiff_lzw"}), ("TIFF", {"compression": "jpeg"})]  # fmt: skip
    made = []
    for kind, more in ways:
        buffer = BytesIO()
        picture.save(buffer, kind, **more)
        made.append(buffer.getvalue())
    for mode in ("P", "CMYK", "L", "I;16"):
        buffer = BytesIO()
        picture.convert("L").convert(mode).save(buffer, "TIFF")
        made.append(buffer.getvalue())
    buffer = BytesIO()
    pillow_heif.from_pillow(picture).save(buffer)
    return [*made, buffer.getvalue()]
