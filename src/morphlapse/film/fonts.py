"""Fonts that are there without a download, and which signs they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from morphlapse.errors import OptionError
from morphlapse.options import CAPTION_PIECE

PROBE_PX = 24.0
"""Size at which a font is asked for its glyphs."""
NO_GLYPH = "\U0010ffff"
"""What no font can draw: it shows the sign for what is missing."""

Font = ImageFont.FreeTypeFont


def load_font(path: Path | None, px: float) -> Font:
    """A font of a size in pixels; None is the one that Pillow carries (Aileron).

    Raises
    ------
    OptionError
        If the file is no font.
    """
    try:
        font = ImageFont.load_default(px) if path is None else ImageFont.truetype(path, px)
    except OSError as error:
        raise OptionError(f"font: {path} cannot be read as a font ({error}); give a .ttf or .otf file") from error
    if not isinstance(font, Font):
        raise OptionError("font: this Pillow has no FreeType and draws no fonts; install one that has")
    return font


def find_missing(text: str, font: Font) -> str:
    """The characters of a text that a font cannot draw, each once."""
    blank = _glyph(font, NO_GLYPH)
    return "".join(c for c in dict.fromkeys(text) if not c.isspace() and _glyph(font, c) == blank)


def _glyph(font: Font, character: str) -> bytes:
    """How a font draws a character."""
    image = Image.new("L", (round(3 * PROBE_PX), round(3 * PROBE_PX)))
    ImageDraw.Draw(image).text((PROBE_PX, PROBE_PX), character, fill=255, font=font)
    return image.tobytes()


def choose_font(texts: Sequence[str], path: Path | None) -> Path | None:
    """The font for all captions of a film: the one given, else the first of Aileron and DejaVu Sans that has all signs.

    Raises
    ------
    OptionError
        If a character is missing; it names it.
    """
    able = list(_fonts() if path is None else [path])
    missing = ""
    for each in able:
        missing = find_missing("".join(texts), load_font(each, PROBE_PX))
        if not missing:
            return each
    shown = f"{missing[0]!r} (U+{ord(missing[0]):04X})"
    text = next(text for text in texts if missing[0] in text)
    name = "the fonts that are here have" if path is None else f"{path.name} has"
    raise OptionError(f"font: {name} no sign for {shown} in {text!r}; give a font file that has it")


def check_font(caption: str | None, path: Path | None) -> None:
    """Refuse a font that cannot be read or that lacks a sign of the words of a caption, before any work."""
    if caption is not None:
        choose_font([CAPTION_PIECE.sub("", caption)], path)


def _fonts() -> Iterator[Path | None]:
    yield None
    found = find_spec("matplotlib")
    for place in (found.submodule_search_locations or ()) if found is not None else ():
        dejavu = Path(place) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if dejavu.is_file():
            yield dejavu
