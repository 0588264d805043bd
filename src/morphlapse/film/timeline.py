"""When each photo is seen: exact times, and the moment of the film at any time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from math import ceil, floor

from morphlapse.errors import OptionError
from morphlapse.film.easing import Easing, ease
from morphlapse.film.pacing import share_time, weigh_gaps
from morphlapse.options import FilmOptions

AUTO_PHOTOS = 60
"""Up to so many photos an automatic film gives each its full time."""
AUTO_LIMIT_S = Fraction(90)
"""How long an automatic film of more photos is at most, unless its transitions would be too short."""
AUTO_TRANSITION_S = Fraction(1, 5)
"""An automatic film shortens no transition below this."""
LONE_HOLD_S = Fraction(1)
"""How long a single photo is shown at least."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is seen at one time: photo `first` on its way to photo `second`."""

    first: int
    """Index of the photo that is left; while it stands, `second` is the same."""
    second: int
    """Index of the photo that comes."""
    progress: float
    """From 0 (`first` stands) to 1 (`second` is there), eased."""


@dataclass(frozen=True)
class Timeline:
    """When each photo of a film is seen; frame k is at k / fps seconds, exactly."""

    photos: int
    """How many photos there are, at least 1."""
    frames: int
    """How many frames the film has."""
    fps: Fraction
    """Frames a second."""
    holds_s: tuple[Fraction, ...]
    """Seconds that each photo stands; the last one (without a loop) stands until the film ends, a frame at least."""
    transitions_s: tuple[Fraction, ...]
    """Seconds from each photo to the next; one fewer than photos, or as many in a loop."""
    easing: Easing = "smooth"
    """How a transition starts and ends."""
    loop: bool = False
    """Whether the last photo goes over into the first."""
    cuts: bool = False
    """Whether photos change at once, in the middle of a transition's time."""

    @property
    def duration_s(self) -> Fraction:
        """Length of the film: frames times the time of one."""
        return self.frames / self.fps

    @property
    def flows(self) -> bool:
        """Whether the film comes to no stop at its photos."""
        return not any(self.holds_s[: len(self.transitions_s)]) and self.easing == "linear"

    @cached_property
    def starts_s(self) -> tuple[Fraction, ...]:
        """When each photo begins to stand; of a loop also when the first one does so again."""
        steps = (hold + way for hold, way in zip(self.holds_s, self.transitions_s, strict=False))
        return tuple(accumulate(steps, initial=Fraction(0)))

    def time_of(self, frame: int) -> Fraction:
        """When a frame is shown, in seconds."""
        return frame / self.fps

    def moments(self) -> Iterator[Moment]:
        """The moment of each frame, in order."""
        return iter(self._moments)

    @cached_property
    def _moments(self) -> tuple[Moment, ...]:
        return tuple(self.moment_at(self.time_of(frame)) for frame in range(self.frames))

    def moment_at(self, time_s: Fraction | float | int) -> Moment:
        """What is seen at a time; before the film its first photo, after it the last (a loop begins anew).

        Parameters
        ----------
        time_s : Fraction, float or int
            Seconds from the start. Times of frames are best given as `time_of(frame)`: a float may lie beside them.
        """
        time = max(Fraction(time_s), Fraction(0))
        if self.loop:
            time %= self.starts_s[-1]
        first = bisect_right(self.starts_s, time) - 1
        since = time - self.starts_s[first]
        if first == len(self.transitions_s) or since <= self.holds_s[first]:
            return Moment(first, first, 0.0)
        share = (since - self.holds_s[first]) / self.transitions_s[first]
        return self._between(first, (first + 1) % self.photos, share)

    def _between(self, first: int, second: int, share: Fraction) -> Moment:
        if not self.cuts:
            return Moment(first, second, ease(float(share), self.easing))
        shown = first if share < Fraction(1, 2) else second
        return Moment(shown, shown, 0.0)


def plan_timeline(count: int, options: FilmOptions, dates: Sequence[datetime | None] = ()) -> Timeline:
    """Lay out a film of `count` photos in time.

    A film has a hold for each photo and a transition between neighbours (and, in a loop, from the last to the first).
    With `duration="auto"` these last as `hold_s` and `transition_s` say; beyond 60 photos the film is fitted into 90
    seconds, though with transitions of 0.2 s at least. With a duration, the film is as long as whole frames within it
    allow. To fit, holds shrink or stretch first, then transitions shrink. The first frame shows the first photo as it
    is, and without a loop the last frame the last one. A loop's last frame is one step before its first.

    Paced by dates, the film is as long; a photo's hold and the transition after it together get more or less of that
    time by the days to the next photo (see `weigh_gaps`), both by the same factor, and a frame at least.

    Parameters
    ----------
    count : int
        How many photos.
    options : FilmOptions
        What the audience sees.
    dates : sequence of datetime or None
        When each photo was taken; read where `pacing` is "dates".

    Raises
    ------
    OptionError
        If there is no photo, if the film has fewer frames than photos, or if dates are not one for each photo.
    """
    if count < 1:
        raise OptionError(f"a film needs at least one photo (got {count})")
    hold, transition = _exact(options.hold_s), _exact(options.transition_s)
    if count == 1:
        hold = max(hold, LONE_HOLD_S)
    frames, fitted = _count_frames(count, hold, transition, options)
    if frames < count:
        raise OptionError(
            f"{count} photos do not fit into {frames} {'frame' if frames == 1 else 'frames'} "
            f"({float(frames / options.fps):g} s at {options.fps} fps): give a longer duration or a higher fps"
        )
    if fitted:
        hold, transition = _fit(count, frames / options.fps, transition, options)
    factors = _factors(count, hold + transition, options, dates)
    return Timeline(
        photos=count,
        frames=frames,
        fps=options.fps,
        holds_s=(*(hold * factor for factor in factors), hold)[:count],
        transitions_s=tuple(transition * factor for factor in factors),
        easing=options.easing,
        loop=options.loop and count > 1,
        cuts=options.transition == "cut",
    )


def _factors(
    count: int, step: Fraction, options: FilmOptions, dates: Sequence[datetime | None]
) -> tuple[Fraction, ...]:
    """By how much the hold and the transition of each step are longer than those of an even film."""
    steps = _transitions(count, options)
    if options.pacing == "even" or not steps:
        return (Fraction(1),) * steps
    known = tuple(dates) or (None,) * count
    if len(known) != count:
        raise OptionError(f"dates: there are {len(known)} for {count} photos; give None for a photo without one")
    return share_time(weigh_gaps(known, loop=steps == count), least=min(Fraction(1), 1 / options.fps / step))


def photos_for(options: FilmOptions) -> int | None:
    """How many photos a film of a given duration can show with transitions of 0.2 s or, where that is asked, less.

    None where the duration is automatic, for it then follows from the photos.
    """
    if options.duration == "auto":
        return None
    frames = floor(_exact(options.duration) * options.fps)
    shortest = min(_exact(options.transition_s), AUTO_TRANSITION_S)
    fitting = floor((frames / options.fps - _last_hold(options)) / shortest)
    return max(1, min(frames, fitting if options.loop else fitting + 1))


def _exact(seconds: float) -> Fraction:
    """The number as it is written: 0.1 is a tenth, not the float beside it, which would cost a frame."""
    return Fraction(str(seconds))


def _count_frames(count: int, hold: Fraction, transition: Fraction, options: FilmOptions) -> tuple[int, bool]:
    """How many frames the film has, and whether holds and transitions must be fitted to them."""
    if options.duration != "auto":
        return floor(_exact(options.duration) * options.fps), True
    wanted = _length(count, hold, transition, options)
    if count <= AUTO_PHOTOS or wanted <= AUTO_LIMIT_S:
        return ceil(wanted * options.fps), False
    shortest = _length(count, Fraction(0), min(transition, AUTO_TRANSITION_S), options)
    if shortest > AUTO_LIMIT_S:
        return ceil(shortest * options.fps), True
    return floor(AUTO_LIMIT_S * options.fps), True


def _transitions(count: int, options: FilmOptions) -> int:
    return count if options.loop and count > 1 else count - 1


def _last_hold(options: FilmOptions) -> Fraction:
    """The last photo of a film without a loop stands for a frame at least, or it would never be reached."""
    return Fraction(0) if options.loop else 1 / options.fps


def _length(count: int, hold: Fraction, transition: Fraction, options: FilmOptions) -> Fraction:
    return (count - 1) * hold + max(hold, _last_hold(options)) + _transitions(count, options) * transition


def _fit(count: int, length: Fraction, transition: Fraction, options: FilmOptions) -> tuple[Fraction, Fraction]:
    """Hold and transition that fill `length` exactly."""
    if count == 1:
        return length, transition
    transitions, last = _transitions(count, options), _last_hold(options)
    standing = length - transitions * transition
    if standing >= count * last:
        return standing / count, transition
    if standing >= last:
        return (standing - last) / (count - 1), transition
    return Fraction(0), (length - last) / transitions
