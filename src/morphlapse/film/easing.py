"""How a transition starts and ends: the share of its way at each share of its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Easing = Literal["linear", "smooth", "gentle"]


def ease_linear(t: float) -> float:
    """Start and end at once."""
    return t


def ease_smooth(t: float) -> float:
    """Start and end softly: 3t^2 - 2t^3, no speed at either end."""
    return t * t * (3.0 - 2.0 * t)


def ease_gentle(t: float) -> float:
    """Start and end very softly: 6t^5 - 15t^4 + 10t^3, neither speed nor acceleration at either end."""
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))


EASINGS: dict[Easing, Callable[[float], float]] = {
    "linear": ease_linear,
    "smooth": ease_smooth,
    "gentle": ease_gentle,
}


def ease(t: float, easing: Easing) -> float:
    """Send the share of a transition's time (0 to 1) to the share of its way (0 to 1).

    Every easing is monotone and symmetric, e(1 - t) = 1 - e(t): the second half mirrors the first.
    """
    t = min(max(t, 0.0), 1.0)
    curve = EASINGS[easing]
    return curve(t) if t <= 0.5 else 1.0 - curve(1.0 - t)
