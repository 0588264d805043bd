"""Photos on a page: a card for each, those to look at first, and one laid over another."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from morphlapse.album.paths import show_path
from morphlapse.pipeline.glances import Glances
from morphlapse.pipeline.report import Fate, tell_date

LOW_SCORE = 0.5
"""A used photo with a lower score is among those to look at first."""
FIRST = 12
"""Of photos to look at first so many are shown, and the others when they are asked for."""
SOURCES = {
    "exif": "by the camera",
    "name": "from its name",
    "sidecar": "as noted beside it",
    "file": "when the file was written",
}
"""Where a date was found, in words."""


def show_odd(fates: Sequence[Fate], glances: Glances) -> str:
    """What should be looked at first: used photos that lie badly or are told of, and all that are left out."""
    doubtful = [k for k, fate in enumerate(fates) if fate.used and is_odd(fate)]
    doubtful.sort(key=lambda k: fates[k].score or 0.0)
    left_out = [k for k, fate in enumerate(fates) if not fate.used]
    parts = ["<h2>To look at first</h2>"]
    if not doubtful and not left_out:
        parts.append("<p>Nothing stands out: every photo is used and lies well.</p>")
    for title, odd in (("Used, but look at them", doubtful), ("Left out", left_out)):
        if odd:
            parts.append(f"<h3>{title}: {len(odd)}</h3>{_fold([_card(k, fates, glances, copy=True) for k in odd])}")
    return "".join(parts)


def is_odd(fate: Fate) -> bool:
    """Whether a photo is left out, lies badly, or must be told of."""
    return not fate.used or fate.remark is not None or (fate.score is not None and fate.score < LOW_SCORE)


def _fold(cards: Sequence[str]) -> str:
    """The first of many cards; the others are shown when they are asked for."""
    shown = f"<div class=grid>{''.join(cards[:FIRST])}</div>"
    if len(cards) <= FIRST:
        return shown
    more = "".join(cards[FIRST:])
    return f"{shown}<details><summary>{len(cards) - FIRST} more</summary><div class=grid>{more}</div></details>"


def show_all(fates: Sequence[Fate], glances: Glances) -> str:
    """Every photo in order."""
    reference = _find_reference(fates)
    cards = []
    before = None
    for k, fate in enumerate(fates):
        seen = fate.used and fate.path in glances.photos
        cards.append(_card(k, fates, glances, more=_buttons(k, before, reference) if seen else ""))
        before = k if fate.used else before
    return f"<h2>All photos, in order</h2><div class=grid>{''.join(cards)}</div>"


def _card(k: int, fates: Sequence[Fate], glances: Glances, *, copy: bool = False, more: str = "") -> str:
    """A photo and what became of it; a copy takes its picture from the other card of the photo."""
    fate = fates[k]
    name = show_path(Path(fate.path.name))
    jpeg = glances.photos.get(fate.path)
    if jpeg is None:
        picture = "<div class=none>not readable</div>"
    elif copy:
        picture = f'<img data-copy="{k + 1}" alt="{escape(name)}" src="data:,">'
    else:
        picture = draw_picture(jpeg, name, f"photo-{k + 1}")
    score = "" if fate.score is None else f", score {fate.score:.2f}"
    told = [f"used{score}" if fate.used else "left out", fate.remark]
    lines = [f"<p><b>{k + 1}</b> {escape(name)}</p>", f"<p class=soft>{escape(_tell_date(fate))}</p>"]
    lines.append(f"<p class={'soft' if fate.used else 'bad'}>{escape(': '.join(part for part in told if part))}</p>")
    return f"<div class=card>{picture}{''.join(lines)}{more}</div>"


def _tell_date(fate: Fate) -> str:
    if fate.date is None:
        return "no date"
    return f"{tell_date(fate.date.replace(tzinfo=None))} ({SOURCES.get(fate.date_source, fate.date_source)})"


def draw_picture(jpeg: bytes, name: str, place: str = "") -> str:
    """A picture that is in the page itself, and perhaps has a name by which it is found there."""
    own = f' id="{place}"' if place else ""
    return (
        f'<img{own} loading=lazy alt="{escape(name)}" src="data:image/jpeg;base64,{b64encode(jpeg).decode("ascii")}">'
    )


def _buttons(k: int, before: int | None, reference: int | None) -> str:
    """Lay a photo over the one before it that is used, and over the reference."""
    others = [("over the one before", before), ("over the reference", reference)]
    return "".join(
        f'<button type=button data-under="{other + 1}" data-over="{k + 1}">{name}</button>'
        for name, other in others
        if other is not None and other != k
    )


def _find_reference(fates: Sequence[Fate]) -> int | None:
    """The photo that the others lie on: that whose matrix is the identity."""
    for k, fate in enumerate(fates):
        if fate.reference_from_photo is not None and np.array_equal(np.array(fate.reference_from_photo), np.eye(3)):
            return k
    return None


def show_skin(fates: Sequence[Fate], glances: Glances) -> str:
    """One photo over another, as strongly as the slider says."""
    used = [k + 1 for k, fate in enumerate(fates) if fate.used and fate.path in glances.photos]
    if len(used) < 2:
        return ""
    return (
        "<h2>One photo over another</h2><p class=soft>What is aligned stands still while the slider moves. "
        "Go from photo to photo, or choose two with the buttons below each.</p>"
        '<div id=skin><img id=under alt="" src="data:,"><img id=over alt="" src="data:,"></div>'
        '<input id=dial type=range min=0 max=100 value=50 aria-label="how strongly the upper photo is shown">'
        "<p><button type=button data-step=-1>◀ earlier</button> <button type=button data-step=1>later ▶</button></p>"
        f'<p id=told class=soft data-used="{" ".join(map(str, used))}"></p>'
    )
