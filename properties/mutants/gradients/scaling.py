"""Wrong loss scaling."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.gradients.non_finite import along, finite_steps


def _run(steps: Any, known: Any, **wrong: Any) -> Any:
    """The state machine, with what is wrong with it by name."""
    if known["unscaled_by_hand"] > 1 and not wrong.get("divides_again"):
        message = "divided by the scale twice"
        raise ValueError(message)
    good, scale, in_a_row = finite_steps(steps), known["init_scale"], 0
    needed = known["growth_interval"] + known["extra_steps"] + wrong.get("late", 0)
    scales = []
    for fine in good:
        in_a_row = in_a_row + 1 if fine else (in_a_row if wrong.get("keeps_counting") else 0)
        if not fine:
            scale *= wrong.get("back", known["backoff_factor"])
        elif in_a_row >= needed:
            scale *= known["growth_factor"]
            in_a_row = in_a_row if wrong.get("grows_on") else 0
        scales.append(scale)
    applied = np.ones_like(good) if wrong.get("applies") else good
    by = np.float32(wrong.get("by", 1))
    updates = [np.where(along(applied, g), g * by, g.dtype.type(0)) for g in steps]
    return {"applied": updates, "scales": np.array(scales).astype(np.int32)}


@mutant(
    "gradients.scale_loss",
    "the scale rises one good step late",
    blind_spot="boundaries",
)
def scaling_grows_late(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    return _run(steps, locals(), late=1)


@mutant(
    "gradients.scale_loss",
    "a bad step does not reset the count of good ones",
    blind_spot="dynamics",
)
def scaling_keeps_counting(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    return _run(steps, locals(), keeps_counting=True)


@mutant(
    "gradients.scale_loss",
    "the count is not reset when the scale rises: it rises at every step from then on",
    blind_spot="time",
)
def scaling_grows_on(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    return _run(steps, locals(), grows_on=True)


@mutant(
    "gradients.scale_loss",
    "gradients are divided by the scale twice, once before clipping and once in the step",
    blind_spot="protocol",
)
def scaling_unscales_twice(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    return _run(steps, locals(), by=1 / init_scale)


@mutant(
    "gradients.scale_loss",
    "gradients are never divided by the scale",
    blind_spot="protocol",
)
def scaling_never_unscales(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    return _run(steps, locals(), by=init_scale)


@mutant(
    "gradients.scale_loss",
    "a bad step is applied all the same",
    blind_spot="special values",
)
def scaling_applies_bad_steps(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    return _run(steps, locals(), applies=True)


@mutant(
    "gradients.scale_loss",
    "after a bad step the scale stays: every step overflows from then on",
    blind_spot="dynamics",
)
def scaling_never_falls(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    return _run(steps, locals(), back=1.0)


@mutant(
    "gradients.scale_loss",
    "a second division by hand is not refused: gradients are smaller by the scale, in silence",
    blind_spot="protocol",
)
def scaling_divides_again(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    by = init_scale ** -max(unscaled_by_hand - 1, 0)
    return _run(steps, locals(), divides_again=True, by=by)


@mutant(
    "gradients.scale_loss",
    "the step divides once more what was divided by hand",
    blind_spot="protocol",
)
def scaling_forgets_what_was_done_by_hand(
    steps: Any,
    *,
    init_scale: float,
    growth_factor: float,
    backoff_factor: float,
    growth_interval: int,
    extra_steps: int,
    unscaled_by_hand: int,
) -> Any:
    return _run(steps, locals(), by=init_scale**-unscaled_by_hand)
