"""Bringing one picture onto another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor

from morphlapse.alignment.agreement import measure_score
from morphlapse.alignment.judging import Found, conclude
from morphlapse.alignment.levels import Level, anchor_of, bring_to_mid, find_overlap, make_level
from morphlapse.alignment.losses import LOSSES, NamedLoss, UserLoss, choose_loss
from morphlapse.alignment.models import (
    Family,
    Split,
    UserFamily,
    UserModel,
    first_parameters,
    halve_again,
    has_inverse,
    name_family,
    split_evenly,
)
from morphlapse.alignment.pairs import Pair, RegisterOptions, finest_of, pick_options, pick_pair, take_pair
from morphlapse.alignment.solver import Limits, descend
from morphlapse.alignment.starts import JUDGED_PX, centre_of, find_start, start_plainly
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.records import Registration

COARSE_TOLERANCE_PX = 0.05
"""At the other levels a step that moves the corners by less is the last."""

SCORED_PX = 128
"""The score is taken at the level whose short side is nearest to this, where noise has little say."""

DEFAULTS = RegisterOptions()
"""As measured best."""


def register(
    moving: Num[Tensor, "c h w"],
    fixed: Num[Tensor, "c2 h2 w2"],
    *,
    model: str | UserModel = "similarity",
    loss: str | UserLoss = "auto",
    start: str | np.ndarray | Tensor | None = "auto",
    options: RegisterOptions = DEFAULTS,
) -> Registration:
    """Find the transform that brings one picture onto another.

    Parameters
    ----------
    moving, fixed : Tensor, (C, H, W)
        Images in [0, 1] or stacks of masks, of any two sizes.
    model : str or callable
        translation, rotation, scale (these two about the picture's middle), similarity, affine, homography, or a
        torch module from (K,) parameters to a 3x3 `fixed_from_moving` whose attribute `start` holds the first
        parameters.
    loss : str or callable
        correlation (local, blind to light that changes slowly, robust to what moves), l2, l1, or any torch function
        of two pictures that gives a number; auto is correlation for 1 or 3 channels and else l2.
    start : str, None or (3, 3)
        auto seeks over the full circle, scales from 1/2 to 2 and all shifts; None begins with middle on middle; a
        matrix is a known `fixed_from_moving`.
    options : RegisterOptions
        Weights, resolution, and when to end.

    Returns
    -------
    Registration
        `matrix` is `fixed_from_moving` in pixels. A search that failed is returned too, with status and reason.

    Raises
    ------
    AlignmentError
        A picture is constant or not finite, or the start leaves no overlap.
    OptionError
        An unknown name, or pictures that cannot be compared.

    Notes
    -----
    Coarse to fine Gauss-Newton, symmetric in the two pictures (ALIGN: Baker and Matthews 2004; Vercauteren et al.
    2008).
    """
    known = isinstance(start, (np.ndarray, Tensor))
    begin = torch.as_tensor(start, dtype=torch.float64)[None] if known else start
    return register_batch(moving[None], fixed[None], model=model, loss=loss, start=begin, options=options)[0]


def register_batch(
    moving: Num[Tensor, "b c h w"],
    fixed: Num[Tensor, "b c2 h2 w2"],
    *,
    model: str | UserModel = "similarity",
    loss: str | UserLoss = "auto",
    start: str | Tensor | None = "auto",
    options: RegisterOptions = DEFAULTS,
) -> tuple[Registration, ...]:
    """Register many pairs at once, as `register` does one.

    `start` may be (B, 3, 3), and weights (B, 1, H, W); those of one picture hold for all. A user's model has one set of
    parameters a pair, so pairs are registered one after the other.
    """
    if len(moving) == 0 or len(moving) != len(fixed):
        raise OptionError(f"moving has {len(moving)} pictures and fixed {len(fixed)}: give as many in both, and any")
    if not isinstance(model, str) and len(moving) > 1:
        parts = (pick_options(options, k, len(moving)) for k in range(len(moving)))
        return tuple(
            register(a, b, model=model, loss=loss, start=start, options=part)
            for a, b, part in zip(moving, fixed, parts, strict=True)
        )
    chosen = choose_loss(loss, moving.shape[1])
    options = replace(options, finest_px=finest_of(options, chosen))
    with torch.no_grad():
        pair = take_pair(moving, fixed, chosen, options)
        begin = _begin(pair, model, chosen, start)
        if isinstance(start, str) and isinstance(model, str):
            options = replace(options, coarsest_px=max(options.coarsest_px, JUDGED_PX))
        found = _search(pair, begin, chosen, options)
    name = model if isinstance(model, str) else type(model).__name__
    return tuple(conclude(found, k, name, options) for k in range(len(moving)))


FamilyMaker = Callable[[Split, Level], Family]
"""What makes the family at each level."""


def _begin(
    pair: Pair, model: str | UserModel, loss: NamedLoss | UserLoss, start: str | Tensor | None
) -> tuple[Split, FamilyMaker]:
    moving, fixed = pair
    middle = centre_of(moving.full)
    if not isinstance(model, str):
        if isinstance(start, Tensor):
            raise OptionError("start: a model of your own begins with its attribute `start`, give that and no matrix")
        own = UserFamily(model, middle)
        return own.at(first_parameters(model).to(moving.image.device)), lambda _split, _level: own
    split = split_evenly(_start_matrix(pair, model, loss, start), middle)
    if not bool((find_overlap(split, moving.full, fixed.full).diff(dim=1) > 2.0).all()):
        raise AlignmentError("the pictures do not overlap at the start: give another start, or auto")
    anchor = anchor_of(fixed, loss) if model not in ("rotation", "scale") else anchor_of(fixed, None)
    return split, lambda now, level: name_family(model, bring_to_mid(now, anchor), level.grid.radius.double())


def _start_matrix(
    pair: Pair, model: str, loss: NamedLoss | UserLoss, start: str | Tensor | None
) -> Float[Tensor, "b 3 3"]:
    moving, fixed = pair
    count, device = len(moving.image), moving.image.device
    if isinstance(start, Tensor):
        if not has_inverse(start):
            raise OptionError("start: a matrix that is not finite or has no inverse brings nothing anywhere")
        return start.detach().double().to(device).expand(count, -1, -1)
    if start is None:
        return start_plainly(moving.full, fixed.full, model).to(device).expand(count, -1, -1)
    if start not in ("auto", "global"):
        raise OptionError(f"start: {start!r} is neither auto nor None nor a 3x3 matrix")
    judge = loss if isinstance(loss, NamedLoss) else choose_loss("auto", moving.image.shape[1])
    assert isinstance(judge, NamedLoss)
    return torch.cat([find_start(*pick_pair(pair, k, judge), model, judge) for k in range(count)])


def _search(
    pair: Pair, begin: tuple[Split, FamilyMaker], loss: NamedLoss | UserLoss, options: RegisterOptions
) -> Found:
    """Descend from the coarsest level to the finest."""
    split, make_family = begin
    assert options.finest_px is not None
    short = min(picture.full.short_side for picture in pair)
    finest = min(1.0, options.finest_px / max(picture.full.long_side for picture in pair))
    count = max(0, round(math.log2(max(1.0, short * finest / options.coarsest_px))))
    scored = min(range(count + 1), key=lambda k: abs(math.log2(short * finest / 2.0**k / SCORED_PX)))
    steps, score, descent = 0, None, None
    for k in range(count, -1, -1):
        split = halve_again(split, centre_of(pair[0].full))
        level = make_level(pair, split, loss, density=finest / 2.0**k)
        limits = Limits(options.steps, options.tolerance_px if k == 0 else COARSE_TOLERANCE_PX)
        descent = descend(level, split, make_family(split, level), loss, limits)
        split, steps = descent.split, steps + descent.steps
        if k == scored:
            score = measure_score(level, split, loss)
            if bool((score < options.least_score).all()):
                break
    assert descent is not None
    assert score is not None
    return Found(descent, score, steps, pair[0].full, pair[1].full, loss is LOSSES["correlation"])
