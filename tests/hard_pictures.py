"""Bytes of odd, damaged and hostile pictures, all made here from one of scikit-image's photos."""

import struct
import zlib
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms
from PIL.ExifTags import IFD
from skimage import data

WIDE, HIGH = 96, 64


@cache
def picture() -> Image.Image:
    """An astronaut, 96 x 64."""
    return Image.fromarray(data.astronaut()[:340, :510]).resize((WIDE, HIGH), Image.Resampling.BOX)


def encode(image: Image.Image, kind: str, **how: Any) -> bytes:
    """An image as the bytes of a file."""
    buffer = BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def flat(colour: str) -> bytes:
    """A PNG of one colour."""
    return encode(Image.new("RGB", (WIDE, HIGH), colour), "PNG")


def jpeg(**how: Any) -> bytes:
    return encode(picture(), "JPEG", **{"quality": 92, **how})


def exif(plain: dict[int, Any] | None = None, photo: dict[int, Any] | None = None) -> Image.Exif:
    """EXIF of the tags given, those of a photo in their own directory."""
    made = Image.Exif()
    for tag, value in (plain or {}).items():
        made[tag] = value
    made.get_ifd(IFD.Exif).update(photo or {})
    return made


def segment(marker: int, content: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def after_start(jpeg_bytes: bytes, *segments: bytes) -> bytes:
    """A JPEG with segments put behind its first marker."""
    return jpeg_bytes[:2] + b"".join(segments) + jpeg_bytes[2:]


def claiming(width: int, height: int) -> bytes:
    """A JPEG whose header claims another size."""
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


def scratch(content: bytes, *, start: int, seed: int = 0, count: int = 40) -> bytes:
    """A file with random bytes written over some of it, from `start` on."""
    random = np.random.default_rng(seed)
    damaged = bytearray(content)
    for at in random.integers(start, len(content) - 2, size=count):
        damaged[at] = int(random.integers(0, 255))
    return bytes(damaged)


def many_scans(count: int) -> bytes:
    """A progressive JPEG of 6 megapixels with its last scan many times: a small file, and each scan takes its time."""
    content = encode(Image.new("L", (3000, 2000), 128), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * count + content[-2:]


def gain_map() -> bytes:
    """A JPEG as current phones write them: a base picture, and behind it a smaller gray gain map."""
    base = jpeg()
    dark = encode(Image.new("L", (WIDE // 4, HIGH // 4), 20), "JPEG")
    hdr = b"http://ns.adobe.com/xap/1.0/\0" + (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )

    def index(second_at: int) -> bytes:
        entries = struct.pack(">IIIHH", 0x030000, len(base) + overhead, 0, 0, 0)
        entries += struct.pack(">IIIHH", 0, len(dark), second_at, 0, 0)
        fields = struct.pack(">HHI4s", 0xB000, 7, 4, b"0100") + struct.pack(">HHII", 0xB001, 4, 1, 2)
        fields += struct.pack(">HHII", 0xB002, 7, len(entries), 8 + 2 + 36 + 4)
        return b"MPF\0MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 3) + fields + struct.pack(">I", 0) + entries

    overhead = 0
    overhead = len(segment(0xE1, hdr)) + len(segment(0xE2, index(0)))
    # The place of the second picture counts from behind "MPF\0".
    at = len(base) + overhead - (2 + len(segment(0xE1, hdr)) + 8)
    return after_start(base, segment(0xE1, hdr), segment(0xE2, index(at))) + dark


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(**how: Any) -> bytes:
    return encode(picture(), "PNG", **how)


def png_with(*chunks: bytes, late: bool = False) -> bytes:
    """A PNG with chunks put before its pixels, or behind them."""
    content = png()
    at = len(content) - 12 if late else 33
    return content[:at] + b"".join(chunks) + content[at:]


def texts(count: int, size: int) -> bytes:
    """A PNG with so many texts of so many letters."""
    return png_with(*(chunk(b"tEXt", b"key%d\0" % k + b"x" * size) for k in range(count)))


def text_bomb(size: int, count: int = 1, kind: bytes = b"zTXt") -> bytes:
    """A PNG with small texts that become large."""
    head = b"key\0\0" if kind == b"zTXt" else b"key\0\1\0\0\0"
    return png_with(*[chunk(kind, head + zlib.compress(bytes(size), 9))] * count)


def raw_png(width: int, height: int, depth: int, colour: int, rows: bytes, *more: bytes) -> bytes:
    """A PNG of any kind of pixels, `rows` packed already."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@cache
def deep_png(colour: int) -> bytes:
    """The picture as a PNG of 16 bits: gray (0), RGB (2), gray and alpha (4), RGBA (6)."""
    values = np.asarray(picture()).astype(np.uint16) * 257
    opaque = np.full((HIGH, WIDE, 1), 65535, dtype=np.uint16)
    values = values[..., :1] if colour in (0, 4) else values
    values = np.concatenate((values, opaque), axis=-1) if colour in (4, 6) else values
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return raw_png(WIDE, HIGH, 16, colour, zlib.compress(rows))


def pixel_bomb(size: int) -> bytes:
    """A PNG that claims 8 x 8 pixels and holds `size` bytes of them."""
    return raw_png(8, 8, 8, 2, zlib.compress(bytes(size), 9))


def empty_png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds a few bytes."""
    return raw_png(width, height, 8, 2, zlib.compress(bytes(1000)))


def gif_claiming(width: int, height: int) -> bytes:
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\0\0\0," + bytes(4) + size + b"\0\x02\0;"


def bmp_claiming(width: int, height: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def tiff(values: np.ndarray, *, tags: dict[int, tuple[int, int, int]] | None = None) -> bytes:
    """A plain TIFF of an array (H, W) or (H, W, C), any of its entries given otherwise: {tag: (type, count, value)}."""
    high, wide = values.shape[:2]
    bands = 1 if values.ndim == 2 else values.shape[2]
    bits, pixels = values.dtype.itemsize * 8, values.tobytes()
    entries: dict[int, tuple[int, int, int]] = {
        256: (4, 1, wide),
        257: (4, 1, high),
        258: (3, 1, bits),
        259: (3, 1, 1),
        262: (3, 1, 1 if bands == 1 else 2),
        273: (4, 1, 8),
        277: (3, 1, bands),
        278: (4, 1, high),
        279: (4, 1, len(pixels)),
        339: (3, 1, 3 if values.dtype.kind == "f" else 1),
    } | (tags or {})
    table_at = 8 + len(pixels)
    after = table_at + 2 + 12 * len(entries) + 4
    if bands > 1:
        entries[258] = (3, bands, after)
        entries[339] = (3, bands, after + 2 * bands)
    table = struct.pack("<H", len(entries))
    table += b"".join(struct.pack("<HHII", tag, *entries[tag]) for tag in sorted(entries)) + struct.pack("<I", 0)
    tail = struct.pack(f"<{2 * bands}H", *[bits] * bands, *[1] * bands) if bands > 1 else b""
    return b"II*\0" + struct.pack("<I", table_at) + pixels + table + tail


def ramp_16() -> np.ndarray:
    """The picture's values with 16 bits."""
    return (np.asarray(picture()).astype(np.uint16) * 257).astype("<u2")


@cache
def plain(kind: str) -> bytes:
    """The picture in a format: a name of Pillow's, or HEIF."""
    return heic() if kind == "HEIF" else encode(picture(), kind)


def heic(image: Image.Image | None = None, **how: Any) -> bytes:
    """The picture as HEIC, in 8 bits."""
    file = pillow_heif.HeifFile()
    file.add_from_pillow(picture() if image is None else image)
    buffer = BytesIO()
    file.save(buffer, quality=90, **how)
    return buffer.getvalue()


def deep_heic(values: np.ndarray, **how: Any) -> bytes:
    """Values (H, W, 3) of 16 bits as HEIC of 10 bits."""
    file = pillow_heif.HeifFile()
    file.add_frombytes("RGB;16", (values.shape[1], values.shape[0]), values.astype("<u2").tobytes())
    buffer = BytesIO()
    file.save(buffer, quality=95, **how)
    return buffer.getvalue()


def avif(image: Image.Image | None = None, **how: Any) -> bytes:
    return encode(picture() if image is None else image, "AVIF", **{"quality": 90, **how})


def recoloured(content: bytes, primaries: int, transfer: int) -> bytes:
    """An AVIF that says to be of other primaries and another transfer curve (ITU-T H.273)."""
    at = content.index(b"nclx") + 4
    return content[:at] + struct.pack(">HH", primaries, transfer) + content[at + 4 :]


def pq_from_nits(nits: np.ndarray) -> np.ndarray:
    """Values of SMPTE ST 2084 for luminances, 0 to 1."""
    y = (np.clip(nits, 0.0, 10000.0) / 10000.0) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1.0 + 18.6875 * y)) ** 78.84375


def hlg_from_light(light: np.ndarray) -> np.ndarray:
    """Values of ARIB STD-B67 for light of the scene, 0 to 1."""
    upper = 0.17883277 * np.log(np.maximum(12.0 * light - 0.28466892, 1e-9)) + 0.55991073
    return np.where(light <= 1.0 / 12.0, np.sqrt(3.0 * np.clip(light, 0.0, None)), upper)


def light_of_picture() -> np.ndarray:
    """The picture's light, (H, W, 3), 0 to 1."""
    return ((np.asarray(picture()) / 255.0 + 0.055) / 1.055) ** 2.4


def broken_profile() -> bytes:
    """A colour profile that ends in its middle."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()[:300]
