"""What can be typed: one record for each command, its flags in the order of the help."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from tyro.conf import FlagCreatePairsOff, Positional, arg, subcommand

from morphlapse.cli.flags import TypedPath
from morphlapse.options import (
    AlbumOptions,
    AlignOptions,
    CacheOptions,
    ExtraOptions,
    FilmOptions,
    MorphOptions,
    Options,
    OverviewOptions,
    SelectOptions,
)

Switch = Annotated[bool, FlagCreatePairsOff, arg(help_behavior_hint="")]
"""A flag that is given or not."""
Photos = Annotated[tuple[TypedPath, ...], Positional, arg(metavar="PHOTOS", help_behavior_hint="")]
"""Files and folders."""
Page = Annotated[Path | None, arg(metavar="PATH", help_behavior_hint="")]
"""Where a report goes, if one is asked for."""
Output = Annotated[Path, arg(aliases=["-o"], metavar="PATH")]
"""Where the result goes."""


def _as_in(record: type[Options], name: str) -> Any:
    """The field of another record: the same default, range and sentence."""
    return record.model_fields[name]


class StillOptions(Options):
    """How the stills look."""

    size: Literal["auto"] | tuple[int, int] | Fraction = _as_in(FilmOptions, "size")
    fit: Literal["auto", "cover", "contain"] = _as_in(FilmOptions, "fit")
    zoom: float = _as_in(FilmOptions, "zoom")
    offset_x: float = _as_in(FilmOptions, "offset_x")
    offset_y: float = _as_in(FilmOptions, "offset_y")
    fill: str = _as_in(FilmOptions, "fill")


class ImageOptions(Options):
    """How the images of a morph are read, and who finds people in them."""

    max_megapixels: float = _as_in(SelectOptions, "max_megapixels")
    detector: Literal["mediapipe", "facenet", "torchvision"] = _as_in(AlignOptions, "detector")


@dataclass(frozen=True, kw_only=True)
class Command:
    """What all commands share."""

    json: Switch = False
    """Print one JSON object, and nothing else, on standard output."""
    debug: Switch = False
    """Show where in the program an error came up."""


@dataclass(frozen=True, kw_only=True)
class PhotoCommand(Command):
    """What commands that read photos share."""

    photos: Photos = ()
    """A folder of photos (read with its subfolders), or several files and folders."""
    sample: Switch = False
    """Take the built-in sample photos instead of your own."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to compute; auto takes a GPU where there is one."""
    cluster: Annotated[str | None, arg(metavar="ADDRESS", help_behavior_hint="")] = None
    """A Dask scheduler, such as tcp://scheduler:8786, whose workers look at photos and make the pieces of a film (see
    docs/many-machines.md)."""
    store: CacheOptions = field(default_factory=CacheOptions)
    """What is kept from one run to the next."""


@dataclass(frozen=True, kw_only=True)
class MakingCommand(PhotoCommand):
    """What commands that write share."""

    output: Output
    """Where the result goes."""
    overwrite: Switch = False
    """Replace what is there already."""


@dataclass(frozen=True, kw_only=True)
class FilmCommand(MakingCommand):
    """Make a film of a folder of photos: the subject stays put, and each photo flows into the next.

    Examples: morphlapse film holiday/ -o film.mp4; morphlapse film selfies/ -o face.mp4 --on face --size 1920x1080
    """

    report: Page = None
    """A page (.html, one file) to see it all: every photo with its fate, one over another, charts, the transitions, and
    where the time went."""
    select: SelectOptions = field(default_factory=SelectOptions)
    """Which photos."""
    align: AlignOptions = field(default_factory=AlignOptions)
    """What stays put."""
    morph: MorphOptions = field(default_factory=MorphOptions)
    """How one becomes the next."""
    film: FilmOptions = field(default_factory=FilmOptions)
    """What the audience sees."""
    overview: OverviewOptions = field(default_factory=OverviewOptions)
    """What shows the series at a glance."""
    album: AlbumOptions = field(default_factory=AlbumOptions)
    """What is kept in a file."""


@dataclass(frozen=True, kw_only=True)
class MorphCommand(MakingCommand):
    """Morph two or more images of any sizes into each other, in the order they are given.

    Examples: morphlapse morph cat.jpg dog.jpg -o morph.mp4; morphlapse morph a.png b.png c.png -o round.mp4 --loop
    """

    morph: MorphOptions = field(default_factory=MorphOptions)
    """How one becomes the next."""
    film: FilmOptions = field(default_factory=FilmOptions)
    """What the audience sees."""
    extras: ExtraOptions = field(default_factory=ExtraOptions)
    """What is written besides the film."""
    images: ImageOptions = field(default_factory=ImageOptions)
    """How images are read, and who finds people in them."""


@dataclass(frozen=True, kw_only=True)
class AlignCommand(MakingCommand):
    """Write the photos upright and aligned, as stills that keep their dates (but not the place they were taken at).

    Example: morphlapse align selfies/ -o aligned/ --on face
    """

    select: SelectOptions = field(default_factory=SelectOptions)
    """Which photos."""
    align: AlignOptions = field(default_factory=AlignOptions)
    """What stays put."""
    stills: StillOptions = field(default_factory=StillOptions)
    """How the stills look."""
    overview: OverviewOptions = field(default_factory=OverviewOptions)
    """What shows the series at a glance."""
    album: AlbumOptions = field(default_factory=AlbumOptions)
    """What is kept in a file."""


@dataclass(frozen=True, kw_only=True)
class InspectCommand(PhotoCommand):
    """Say what is found in each photo, which are left out, and why.

    Examples: morphlapse inspect selfies/; morphlapse inspect selfies/ --pictures look/
    """

    report: Page = None
    """A page (.html, one file) to see it all: every photo with its fate, one over another, and charts."""
    pictures: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """A folder for pictures of what was found: mask, keypoints and targets of each photo, how it lies on the reference,
    the mean before and after alignment, and sheets of all photos."""
    overwrite: Switch = False
    """Replace what is there already."""
    select: SelectOptions = field(default_factory=SelectOptions)
    """Which photos."""
    align: AlignOptions = field(default_factory=AlignOptions)
    """What stays put."""
    stills: StillOptions = field(default_factory=StillOptions)
    """The frame that the photos are to fill."""
    album: AlbumOptions = field(default_factory=AlbumOptions)
    """What is kept in a file."""


@dataclass(frozen=True, kw_only=True)
class DoctorCommand(Command):
    """Say what is installed, what is missing, and how to get it.

    Example: morphlapse doctor
    """


@dataclass(frozen=True, kw_only=True)
class AlbumCommand(Command):
    """Check an album file, or print its form as JSON Schema.

    Examples: morphlapse album album.morphlapse.json; morphlapse album --schema
    """

    file: Annotated[Path | None, Positional, arg(metavar="FILE", help_behavior_hint="")] = None
    """An album file."""
    schema: Switch = False
    """Print the form that an album file has."""
    allow_outside: Switch = False
    """Let it name photos outside its folder."""


@dataclass(frozen=True, kw_only=True)
class CacheCommand(Command):
    """Say what is kept from one run to the next, or remove it: then it is found and made anew.

    Examples: morphlapse cache; morphlapse cache --clear
    """

    clear: Switch = False
    """Remove all that is kept."""
    store: CacheOptions = field(default_factory=CacheOptions)
    """Where it is kept."""


@dataclass(frozen=True, kw_only=True)
class CompletionCommand(Command):
    """Print what makes a shell complete commands, flags and their words at the Tab key.

    Examples: source <(morphlapse completion bash); morphlapse completion fish | source
    """

    shell: Annotated[Literal["bash", "zsh", "fish"], Positional]
    """Which shell."""


AnyCommand = (
    Annotated[FilmCommand, subcommand("film")]
    | Annotated[MorphCommand, subcommand("morph")]
    | Annotated[AlignCommand, subcommand("align")]
    | Annotated[InspectCommand, subcommand("inspect")]
    | Annotated[AlbumCommand, subcommand("album")]
    | Annotated[CacheCommand, subcommand("cache")]
    | Annotated[DoctorCommand, subcommand("doctor")]
    | Annotated[CompletionCommand, subcommand("completion")]
)
"""Whatever can be typed."""


def list_commands() -> dict[str, type[Command]]:
    """Every command by its name."""
    named = [get_args(each) for each in get_args(AnyCommand)]
    return {how.name: command for command, how in named}
