"""Laws of masks, number by number: what becomes of what is kept, and of what is dropped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from properties.finding import Finding
from properties.regularization.masks import HALF, Masks
from properties.trial import WrongShapeError, all_of
from reference.numerics import Array
from reference.technique import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reference.technique import Fact


def drops_units_as_a_whole(trial: Masks, fact: Fact) -> Finding:
    """All numbers of a unit share its fate, in shapes of every rank."""
    del fact
    return all_of(
        trial.told(
            kept, np.broadcast_to(_first_kept(trial, kept), kept.shape), 0.0,
            about={"of_shape": list(kept.shape)},
        )
        for kept in _masks(trial)
    )  # fmt: skip


def _masks(trial: Masks) -> Iterator[Array]:
    shapes = [s for s in (trial.plan.shape, *trial.plan.small) if math.prod(s)]
    return (trial.mask(trial.plan.seed, s, HALF).astype(float) for s in shapes)


def _first_kept(trial: Masks, kept: Array) -> Array:
    shared = trial.shared(kept.ndim)
    return kept[tuple(slice(0, 1) if a in shared else slice(None) for a in range(kept.ndim))]


def scales_what_it_keeps(trial: Masks) -> Finding:
    """What is kept is slope x + shift, what is dropped is the technique's constant, for any x.

    Within ulps * ulp(y) + inputs * u * (|slope x| + |shift - dropped|). The mask is the one that
    the same seed gives to ones.
    """
    shapes = [s for s in (trial.plan.shape, *trial.plan.small) if math.prod(s)]
    return all_of(_scaled(trial, trial.numbers(s)) for s in shapes)


def _scaled(trial: Masks, x: Array) -> Finding:
    seed, rate = trial.plan.seed, trial.rate
    kept, wide = trial.mask(seed, x.shape, rate), x.astype(np.float64)
    affine = trial.affine(rate)
    due = np.where(kept, affine.slope * wide + affine.shift, affine.dropped)
    terms = np.where(kept, wide, 0.0)
    return trial.told(
        trial.call(seed, x), due, trial.allowed(due, terms, rate), floor=trial.floor,
        inputs={"x": x, "kept": kept.astype(float)}, scale=np.max(np.abs(due), initial=0.0),
        about={"of_shape": list(x.shape)},
    )  # fmt: skip


def hides_what_it_drops(trial: Masks) -> Finding:
    """NaN and infinity give the constant where they are dropped, and NaN and infinity where not.

    At the plan's rate; and at a rate of 1, where everything is dropped.
    """
    x = np.resize(np.array([np.nan, np.inf, -np.inf, 1.0]), trial.few)
    x = x.astype(trial.subject.form.dtype)
    return all_of(_hidden(trial, x, rate) for rate in (trial.rate, 1.0))


def _hidden(trial: Masks, x: Array, rate: float) -> Finding:
    seed, wide, affine = trial.plan.seed, x.astype(np.float64), trial.affine(rate)
    kept = trial.mask(seed, x.shape, rate) if rate < 1 else np.zeros(x.shape, bool)
    due = np.where(kept, affine.slope * wide + affine.shift, affine.dropped)
    slack = trial.allowed(due, np.where(kept, wide, 0.0), rate)
    return trial.told(
        trial.call(seed, x, rate=rate), due, np.nan_to_num(slack), about={"rate": rate},
        inputs={"x": x, "kept": kept.astype(float)},
    )  # fmt: skip


def is_the_identity_at_rate_zero(trial: Masks) -> Finding:
    """With a rate of 0, y = x, NaN, infinities and the largest number included."""
    x = _special(trial)
    y = trial.call(trial.plan.seed, x, rate=0.0)
    return trial.told(y, x.astype(np.float64), 0.0, inputs={"x": x}, floor=trial.floor)


def is_the_identity_in_eval(trial: Masks) -> Finding:
    """In eval, y = x: nothing is dropped, and nothing scaled."""
    x = _special(trial)
    y = trial.call(trial.plan.seed, x, mode="eval")
    return trial.told(y, x.astype(np.float64), 0.0, inputs={"x": x}, floor=trial.floor)


def _special(trial: Masks) -> Array:
    form = trial.subject.form
    x = trial.numbers(trial.few)
    x.reshape(-1)[2:7] = np.nan, np.inf, -np.inf, form.largest, form.tiny
    return x


def gives_zeros_at_rate_one(trial: Masks) -> Finding:
    """With a rate of 1, y = 0: no NaN from 0 / 0, nothing kept."""
    x = trial.numbers(trial.few)
    y = trial.call(trial.plan.seed, x, rate=1.0)
    return trial.told(y, np.zeros(x.shape), 0.0, inputs={"x": x})


def backward_uses_the_forward_mask(trial: Masks) -> Finding:
    """The gradient is slope c where the forward pass kept a number, and 0 where it dropped it.

    At the plan's rate, and at 0 and 1; within ulps * ulp(g) + inputs * u * |slope c|. In eval it
    is c.
    """
    x = trial.numbers(trial.few)
    source = np.random.default_rng(trial.plan.seed + 1)
    c = np.asarray(source.standard_normal(x.shape)).astype(x.dtype)
    found = all_of(_backward(trial, x, c, rate) for rate in (trial.rate, 0.0, 1.0))
    if "mode" not in parameters(trial.subject.binding):
        return found
    resting = trial.pulled(trial.plan.seed, x, c, mode="eval")
    return found.merged(trial.told(resting, c.astype(np.float64), 0.0, floor=trial.floor))


def _backward(trial: Masks, x: Array, c: Array, rate: float) -> Finding:
    seed, wide = trial.plan.seed, c.astype(np.float64)
    kept = trial.mask(seed, x.shape, rate) if 0 < rate < 1 else np.full(x.shape, rate == 0)
    affine = trial.affine(rate)
    due = np.where(kept, affine.slope * wide, 0.0)
    claim, u = trial.subject.technique.accuracy, trial.subject.form.unit_roundoff
    slack = (2 * claim.ulps + claim.inputs) * u * np.abs(due)
    return trial.told(
        trial.pulled(seed, x, c, rate=rate), due, slack, about={"rate": rate},
        inputs={"x": x, "c": c, "kept": kept.astype(float)}, floor=trial.floor,
    )  # fmt: skip


def keeps_shape_and_dtype(trial: Masks) -> Finding:
    """Arrays of any shape come back in their shape and dtype; empty ones empty."""
    found = Finding(0)
    for shape in trial.plan.small:
        story = ""
        try:
            trial.call(trial.plan.seed, trial.ones(shape))
        except (WrongShapeError, ArithmeticError, IndexError) as error:
            story = f"{type(error).__name__}: {error}"
        about = {"of_shape": list(shape), "story": story}
        found = found.merged(trial.told(float(bool(story)), 0.0, 0.0, about=about))
    return found


def leaves_inputs_unchanged(trial: Masks) -> Finding:
    """x holds the same numbers after the call as before."""
    x = trial.numbers(trial.few)
    s = trial.subject
    outcome = s.backend.call(
        s.binding, (np.asarray(trial.plan.seed, np.int32), x), trial.chosen({}), device=s.device
    )
    after = np.asarray(outcome.inputs_after[1]).astype(np.float64)
    return trial.told(after, x.astype(np.float64), 0.0, inputs={"x": x})
