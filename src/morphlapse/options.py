"""Every option of morphlapse, once: its default, its range and its sentence.

The command line, the library and the album file are made from these records. A wrong value raises `OptionError` with
the place, the value and what would be right.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from morphlapse.errors import OptionError

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
SIZE = re.compile(r"(\d+)\s*[xX×]\s*(\d+)")
ASPECT = re.compile(r"(\d{1,4})\s*[:/]\s*(\d{1,4})")
WIDEST = 8
"""Of an aspect, the longer side over the shorter, at most."""
FILLS = ("blur", "neighbour", "transparent")
"""What can surround a photo, besides a colour."""

FILM_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".gif", ".webp")
"""What a film's file name may end in."""
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
"""What the file name of a picture that is written may end in."""
MAPS_SUFFIXES = (".npz",)
"""What the file name of saved maps may end in."""
PAGE_SUFFIXES = (".html", ".htm")
"""What the file name of a report may end in."""
BACKGROUNDS = ("auto", "whole", "morph", "dissolve", "stay", "blur", "transparent")
"""What can happen behind a subject, besides a colour and a picture."""
BACKDROP_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif", ".tif", ".tiff")
"""What the file name of a picture behind a subject may end in."""
Blending = Literal["detail", "plain", "bands"]
CodecName = Literal["auto", "h264", "hevc", "av1", "vp9", "prores", "gif", "webp", "png"]
"""How a film can be written."""
CAPTION_FIELDS = ("date", "age", "week", "day", "name", "number", "total")
"""What a caption can tell of a photo."""
CAPTION_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
"""A brace that stands for itself, a field, or a brace that is alone."""
DATE_PIECE = re.compile(r"%(-?.?)", re.DOTALL)
"""A piece of a date's format."""
DATE_CODES = ("a", "A", "b", "B", "d", "-d", "m", "-m", "y", "Y", "H", "-H", "I", "-I", "M", "p", "%")
"""The pieces that a date's format can have, as strftime writes them, in English; -d is d without a nought before it."""
LARGEST_TERM = 2**31 - 1
"""Films keep a frame rate in two numbers of 32 bits."""


def parse_size(value: object) -> object:
    """Turn "1920x1080" or (1920, 1080) into (width, height), "16:9" into a Fraction, and refuse what is not auto."""
    if value == "auto" or isinstance(value, (tuple, Fraction)):
        return value
    if match := SIZE.fullmatch(str(value).strip()):
        return (int(match[1]), int(match[2]))
    if (match := ASPECT.fullmatch(str(value).strip())) and int(match[2]):
        return Fraction(int(match[1]), int(match[2]))
    raise ValueError("write it as auto or WIDTHxHEIGHT, for example 1920x1080, or as an aspect such as 16:9")


def check_size(size: Literal["auto"] | tuple[int, int] | Fraction) -> Literal["auto"] | tuple[int, int] | Fraction:
    """Refuse a size that no film has."""
    if isinstance(size, tuple) and any(side % 2 or not 16 <= side <= 8192 for side in size):
        raise ValueError("width and height are even numbers from 16 to 8192")
    if isinstance(size, Fraction) and not Fraction(1, WIDEST) <= size <= WIDEST:
        raise ValueError(f"an aspect is from 1:{WIDEST} to {WIDEST}:1")
    return size


def parse_fill(value: object) -> object:
    """Let the ways of FILLS and "#rrggbb" through, and refuse the rest."""
    if value in FILLS or COLOUR.fullmatch(str(value)):
        return value
    raise ValueError(f"write it as {', '.join(FILLS)} or as a colour, for example #202020")


def check_ink(value: str) -> str:
    """Refuse what is no colour."""
    if COLOUR.fullmatch(value):
        return value
    raise ValueError("write it as a colour, for example #ffffff")


def check_caption(caption: str | None, known: Any) -> str | None:
    """Refuse fields that no caption has, and those that lack a date to count from."""
    for found in CAPTION_PIECE.finditer(caption or ""):
        if found[0] in ("{{", "}}"):
            continue
        name, _, form = (found[1] or "").partition(":")
        if name not in CAPTION_FIELDS:
            raise ValueError(f"{found[0]} is no field; take {', '.join(f'{{{each}}}' for each in CAPTION_FIELDS)}")
        if form and name != "date":
            raise ValueError(f"{{{name}}} takes no format (got {form!r})")
        wrong = next((code for code in DATE_PIECE.findall(form) if code not in DATE_CODES), None)
        if wrong is not None:
            raise ValueError(f"%{wrong} is no part of a date; take {' '.join(f'%{each}' for each in DATE_CODES)}")
        if name == "age" and known.data.get("born") is None:
            raise ValueError("{age} needs born, a date such as 2020-05-01")
        if name == "week" and known.data.get("due") is None and known.data.get("week_one") is None:
            raise ValueError("{week} needs due or week_one, a date such as 2020-05-01")
    return caption


def parse_background(value: object) -> object:
    """Let the ways of BACKGROUNDS, "#rrggbb" and names of pictures through, and refuse the rest."""
    if value in BACKGROUNDS or COLOUR.fullmatch(str(value)):
        return value
    if is_backdrop(str(value)):
        return str(value)
    ways = f"{', '.join(BACKGROUNDS)}, as a colour such as #202020"
    raise ValueError(f"write it as {ways}, or as the name of a picture ({', '.join(BACKDROP_SUFFIXES)})")


def is_backdrop(background: str) -> bool:
    """Whether a background is the name of a picture."""
    return Path(background).suffix.lower() in BACKDROP_SUFFIXES


def parse_rate(value: object) -> object:
    """Take a float as it is written (29.97 is 2997/100), and let the rest through."""
    return str(value) if isinstance(value, float) else value


def check_rate(rate: Fraction) -> Fraction:
    """Refuse a rate that a film cannot keep exactly."""
    if max(rate.numerator, rate.denominator) > LARGEST_TERM:
        raise ValueError("write it as a ratio of smaller numbers, for example 30000/1001")
    return rate


def check_zoom(zoom: float, known: Any) -> float:
    """Refuse a zoom that breaks what the fit promises."""
    fit = known.data.get("fit")
    if fit == "cover" and zoom < 1.0:
        raise ValueError("below 1 it shows what photos lack, and fit is cover; take 1 or more, or another fit")
    if fit == "contain" and zoom > 1.0:
        raise ValueError("above 1 it cuts photos off, and fit is contain; take 1 or less, or another fit")
    return zoom


def check_folder(named: str) -> str:
    """Refuse an empty name, as a variable of a shell that is not set leaves it: it would be the working folder."""
    if not named.strip():
        raise ValueError("name a folder, or write auto or off")
    return named


SizeOrAuto = Annotated[
    Literal["auto"] | tuple[int, int] | Fraction, BeforeValidator(parse_size), AfterValidator(check_size)
]
Fill = Annotated[str, BeforeValidator(parse_fill)]
Background = Annotated[str, BeforeValidator(parse_background)]
Ink = Annotated[str, AfterValidator(check_ink)]
Caption = Annotated[str, Field(max_length=500)] | None
FrameRate = Annotated[Fraction, BeforeValidator(parse_rate), Field(gt=0, le=240), AfterValidator(check_rate)]
Zoom = Annotated[float, Field(ge=0.05, le=20.0), AfterValidator(check_zoom)]
Offset = Annotated[float, Field(ge=-2.0, le=2.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Angle = Annotated[float, Field(gt=0.0, le=180.0)]
Strength = Annotated[float, Field(ge=0.0, le=2.0)]


def one_line(error: ValidationError, record: str) -> str:
    """The first thing that is wrong, in one line."""
    errors = error.errors(include_url=False)
    places = [str(each["loc"][0]) if each["loc"] else record for each in errors]
    said = [
        str(each["msg"]).removeprefix("Value error, ")
        for each, at in zip(errors, places, strict=True)
        if at == places[0]
    ]
    ways = dict.fromkeys(what.removeprefix("Input should be ") for what in said[1:])
    return f"{places[0]}: {' or '.join((said[0], *ways))} (got {errors[0].get('input')!r})"


class Options(BaseModel):
    """What all option records share: frozen, keyword-only, checked once, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise OptionError(one_line(error, type(self).__name__)) from error

    @property
    def given(self) -> dict[str, Any]:
        """What was given, be it as by default; not what was left as it is."""
        return self.model_dump(exclude_unset=True)


class SelectOptions(Options):
    """Which photos make the film."""

    include: tuple[str, ...] = ()
    """Names of photos that stay whatever else speaks against them (wildcards allowed)."""
    exclude: tuple[str, ...] = ()
    """Names of photos to leave out (wildcards allowed)."""
    max_megapixels: Annotated[float, Field(gt=0.0, le=100_000.0)] = 200.0
    """Photos with more million pixels are not read: a small file may claim any size, and fill the memory."""
    min_light: Share = 0.06
    """Photos darker than this on average are left out (0 is black, 1 is white; 0 keeps all)."""
    max_light: Share = 0.97
    """Photos brighter than this on average are left out (1 keeps all)."""
    max_clipped: Share = 0.6
    """Photos are left out in which more than this share of the face or the person, or of all where there is none, is
    burnt out or has drowned in black (1 keeps all)."""
    min_sharp: Share = 0.4
    """Photos are left out whose subject is less sharp than this share of what is usual for their camera and year, and
    clearly softer than the others (0 keeps all)."""
    min_size: Share = 0.03
    """Photos are left out in which the face, or of bodies the person, is less high than this share of the short side
    (0 keeps all)."""
    max_cut: Share = 0.35
    """Photos are left out in which more than this share of the face is beyond the border (1 keeps all)."""
    min_face_light: Share = 0.04
    """In films of faces, photos whose face is darker than this are left out (0 is black; 0 keeps all)."""
    min_eyes: Share = 0.1
    """In films of faces, photos whose eyes are open by less than this are left out (0 keeps all)."""
    max_yaw_deg: Angle = 50.0
    """In films of faces, photos with the head turned to a side by more than this are left out (180 keeps all)."""
    max_pitch_deg: Angle = 45.0
    """In films of faces, photos with the head turned up or down by more than this are left out (180 keeps all)."""
    max_left_out: Share = 0.5
    """No rule of quality, nor all of them together, leave out more than this share of the photos: the best stay, and a
    note says so."""
    twins: bool = True
    """Take one of several files that their names and dates tell to be one photo: the edited one beside its original
    (IMG_E1234, a-edited, a~2), the original beside its copies, a finished picture beside RAW."""
    duplicates: bool = True
    """Take one of several files with the same picture, and of smaller copies the largest."""
    burst_s: Annotated[float, Field(ge=0.0, le=600.0)] = 3.0
    """Of photos that one camera took of one scene with at most so many seconds between them, take the best (0 takes
    all)."""
    mirror: Literal["turn", "tell", "off"] = "turn"
    """What becomes of photos that are mirrored, as several others of the same place show beyond doubt: they are turned
    back (turn), a note tells of them (tell), or nobody looks (off)."""
    per: Literal["all", "day", "week", "month"] = "all"
    """Take one photo a day, week or month, so that pose, framing and light jump least; all takes every one."""
    most: Literal["auto"] | Annotated[int, Field(ge=1, le=1_000_000)] = "auto"
    """Take at most so many photos, evenly in time; auto takes all, or as many as fit where the film has a duration."""
    steady: Strength = 1.0
    """How much jumps of pose, framing and light count where photos are chosen: 0 looks at quality and time alone."""
    max_fill: Share = 0.75
    """Photos that would leave more than this share of the frame empty are left out (1 keeps all)."""
    person: tuple[str, ...] = ()
    """Whose album it is: a picture that shows their face, or the number that `morphlapse inspect` gives them; several
    are of one person. By default the one who is in most photos, if in a third of those with faces or more."""
    identify: Literal["auto", "none"] = "auto"
    """Whether faces are compared, so that the film stays with one person (auto), or the largest person of each photo is
    taken (none)."""
    identifier: Literal["dlib", "facenet"] = "dlib"
    """What compares faces; facenet must be installed by hand (see docs/people.md)."""
    min_likeness: Share = 0.5
    """Photos are left out where the person is less surely in them than this, from 0 to 1."""
    doubt: Share = 0.45
    """Of those, so far below are told as doubtful, to be kept by include; the others as without the person."""


class AlignOptions(Options):
    """Where each photo goes."""

    on: Literal["auto", "body", "face", "mask", "points", "scene", "none"] = "auto"
    """What stays put: the body, the face, the person's outline, points or masks in files beside the photos (see
    docs/alignment.md), the scene, or nothing; auto takes the first of body, face, scene that most of the album
    supports."""
    reference: str | None = None
    """Name of the photo that the others are brought onto; by default the one nearest to all others."""
    hold: Literal["size", "camera"] = "size"
    """What keeps its size: the subject (size), or the background while the subject grows (camera), which is measured on
    the background or taken from the focal lengths that the photos tell."""
    scene_model: Literal["similarity", "homography"] = "similarity"
    """How photos of a scene may lie on each other: turned, sized and shifted (similarity), or also seen from aside, as
    flat things and far views are when the camera was turned (homography)."""
    detector: Literal["mediapipe", "facenet", "torchvision"] = "mediapipe"
    """What finds people: mediapipe, which has faces, bodies and outlines and needs no GPU, facenet, which has upright
    faces only, or torchvision, whose larger networks are made for a GPU and are loaded over the network at first (see
    docs/detection.md)."""
    keep_all: bool = False
    """Keep photos that cannot be aligned: they are placed between their neighbours in time."""


class MorphOptions(Options):
    """How one photo becomes the next."""

    working_px: Annotated[int, Field(ge=64, le=4096)] = 768
    """Long side at which the motion between two photos is sought, whatever the film's size."""
    smoothness: Annotated[float, Field(gt=0.0, le=1000.0)] = 1.0
    """How smooth the motion must be: 1 is as measured best; more is stiffer, less follows finer detail."""
    effort: Literal["quick", "normal", "high"] = "normal"
    """How long the motion is sought: quick takes half the size and fewer steps, high twice the steps."""
    formula: Literal["midpoint", "source"] = "midpoint"
    """Where light and colour are matched: smoothly and halfway (midpoint), or closely, by maps that rebuild each photo
    from the other one alone (source), as in Differentiable Morphing."""
    tint: Share = 1.0
    """How much light and colour of the two photos are matched while they are mixed: 0 is a plain dissolve."""
    mult: Strength = 1.0
    """Of that, how much contrast is matched (the mult map): 0 not at all, more than 1 overdoes it."""
    add: Strength = 1.0
    """Of that, how much lightness and hue are matched (the add map): 0 not at all, more than 1 overdoes it."""
    add_first: bool = False
    """Apply the add map before the mult map, which then works on what was added too."""
    warp: Strength = 1.0
    """How far things move: 0 dissolves in place, 1 brings them onto each other, more overdoes it."""
    background: Background = "auto"
    """What happens behind a subject that was found: auto lets it flow where both photos show how and dissolve where
    they do not; whole morphs the picture as one; morph and dissolve make it a layer of its own behind the subject; stay
    shows that of the reference throughout; blur shows each photo's own out of focus; a colour such as #202020 or a
    picture such as beach.jpg, cut to fill the frame, takes its place; transparent leaves nothing there (in films whose
    file can be transparent, see docs/outputs.md)."""
    blend: Blending = "detail"
    """How the two photos are mixed: where they disagree, that with more detail counts more half way, so that less is
    washed out (detail); as a dissolve (plain); or as detail, and besides so that fine detail changes over faster where
    they disagree, which shows fewer double edges and takes longer (bands)."""
    pace: Literal["even", "plain"] = "even"
    """Whether what is seen changes evenly through a transition (even), or only its time runs evenly (plain)."""
    prealign: bool = True
    """Find a common turn, size and shift of the two images first (a film's photos are aligned already)."""


class FilmOptions(Options):
    """What the audience sees."""

    size: SizeOrAuto = "auto"
    """Frame size as WIDTHxHEIGHT, both even, up to 8192; or an aspect such as 16:9, 1:1 or 4:5, with a short side of at
    most 1080 as the photos allow; auto takes the album's own aspect."""
    fit: Literal["auto", "cover", "contain"] = "auto"
    """Which part of the photos is seen: what most of them share (auto), what all of them share, so that nothing is ever
    filled (cover), or all of every photo (contain)."""
    zoom: Zoom = 1.0
    """How near the picture is seen: 2 shows half as much each way about the subject, 0.5 twice as much."""
    offset_x: Offset = 0.0
    """How far the frame is moved to the right, in shares of its width; never beyond what the fit promises."""
    offset_y: Offset = 0.0
    """How far the frame is moved down, in shares of its height; never beyond what the fit promises."""
    fps: FrameRate = Fraction(30)
    """Frames a second; fractions such as 30000/1001 are exact."""
    hold_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 0.5
    """Seconds that each photo stands still."""
    transition_s: Annotated[float, Field(gt=0.0, le=3600.0)] = 1.0
    """Seconds from one photo to the next."""
    duration: Literal["auto"] | Annotated[float, Field(gt=0.0, le=86400.0)] = "auto"
    """Seconds of the whole film; auto is hold_s + transition_s a photo, and at most 90 seconds beyond 60 photos."""
    pacing: Literal["even", "dates"] = "even"
    """How the time is shared among the photos: evenly, or by the real time between them, compressed so that a pause of
    months does not stall the film and a burst does not rush by."""
    transition: Literal["morph", "dissolve", "cut"] = "morph"
    """How one photo becomes the next."""
    hints: Literal["auto", "none"] = "auto"
    """What guides a morph besides the pictures: the faces and joints found in them (auto), or nothing."""
    easing: Literal["linear", "smooth", "gentle"] = "smooth"
    """How the transition starts and ends: at once, softly, or very softly."""
    fill: Fill = "blur"
    """What is shown where a photo does not fill the frame: blur (of the photo itself), a colour such as #202020, what
    the neighbouring photos in time show there (neighbour), or nothing (transparent)."""
    grade: Literal["auto"] | Share = "auto"
    """How far the light and colour of each photo are brought to those of the photos around it, as seen on the subject:
    0 not at all, 1 wholly; auto takes 0.8 for photos that were aligned on something, and 0 for others."""
    max_grade: Annotated[float, Field(ge=0.0, le=6.0)] = 2.0
    """By so many stops a photo is brightened or darkened for that at most."""
    loop: bool = False
    """End with a transition back to the first photo."""
    quality: Literal["draft", "good", "best"] = "good"
    """Picture quality against file size and time."""
    codec: CodecName = "auto"
    """How the film is written: auto takes what the name's ending is mostly played as (.mp4, .m4v, .mov, .mkv as H.264,
    .webm as VP9, .gif, .webp); hevc, av1, vp9 and prores where the ending allows; png writes a folder of numbered
    pictures (see docs/outputs.md)."""
    music: Path | None = None
    """A song under the film (MP3, M4A, WAV, FLAC and others): cut to its length and faded, or played again until the
    film ends."""
    max_mb: Annotated[float, Field(gt=0.0)] | None = None
    """The most MB that a GIF or a WebP may have: its picture is made smaller until it fits."""
    born: date | None = None
    """The day from which {age} in a caption counts, as YEAR-MONTH-DAY."""
    due: date | None = None
    """The day on which a birth is due: {week} in a caption is then the week of pregnancy, 40 on that day."""
    week_one: date | None = None
    """The day on which week 1 begins, from which {week} in a caption counts."""
    caption: Annotated[Caption, AfterValidator(check_caption)] = None
    """A text on the film: words, and of each photo {date}, {age}, {week}, {day}, {name}, {number} and {total}; a date
    can have a format, such as {date:%B %Y}."""
    caption_place: Literal[
        "top-left", "top", "top-right", "left", "centre", "right", "bottom-left", "bottom", "bottom-right"
    ] = "bottom"
    """Where the caption stands."""
    caption_size: Annotated[float, Field(ge=0.01, le=0.5)] = 0.05
    """Height of the caption's letters, over the shorter side of the frame; less where it would not fit."""
    caption_colour: Ink = "#ffffff"
    """Colour of the caption."""
    caption_edge: Literal["shadow", "outline", "none"] = "shadow"
    """What keeps the caption legible on any picture."""
    font: Path | None = None
    """A font file for the caption (TrueType or OpenType), for scripts other than Latin, Greek and Cyrillic."""
    preview: bool = False
    """Make the same film, frame for frame, with a long side of 480 at most and in draft quality."""


class OverviewOptions(Options):
    """What shows a series at a glance, besides its film or its stills."""

    sheet: Path | None = None
    """Put all photos as they stand in the film on one contact sheet with their dates, .png or .jpg."""
    before_after: Path | None = None
    """Show the photos as they were taken beside or above the same aligned: a film (.mp4 and others) or a picture (.png,
    .jpg)."""
    mean: Path | None = None
    """Draw the mean of all aligned photos, .png or .jpg: what is held still is sharp."""


class ExtraOptions(Options):
    """What a morph writes besides its film."""

    maps: Path | None = None
    """Draw all maps between two images (warp, mult, add, agreement, each way) as one picture, .png or .jpg."""
    save_maps: Path | None = None
    """Save the maps between two images as arrays, .npz, which `Morph.load` reads again."""
    strip: Path | None = None
    """Put in-betweens side by side in one picture, .png or .jpg."""
    stills: Path | None = None
    """A folder for the in-betweens, each a PNG of the film's size."""
    frames: Annotated[int, Field(ge=2, le=1000)] = 9
    """How many pictures the strip and the folder of stills have, evenly from the first image to the last."""


class CacheOptions(Options):
    """What is kept from one run to the next."""

    cache: Annotated[str, AfterValidator(check_folder)] = "auto"
    """A folder for what was found and made, so that the next run need not find it again, or off; auto is what the
    variable MORPHLAPSE_CACHE says, else the system's folder for caches."""
    cache_gb: Annotated[float, Field(gt=0.0, le=10000.0)] = 10.0
    """How large it may grow, in GB; what was not used for longest goes first."""


class AlbumOptions(Options):
    """What is decided once and kept in a file that may be edited."""

    album: Path | None = None
    """The album file: dates, which photos are used and why, where each one goes, the frame, corrections by hand and all
    options; written if it is not there, else read, and only new photos are added (see docs/album-file.md)."""
    realign: bool = False
    """Choose and place all photos of the album file anew; corrections by hand stay."""
    allow_outside: bool = False
    """Let the album file name photos outside its folder."""
