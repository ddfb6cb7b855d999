"""Compositions of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from torch.optim import lr_scheduler

from backends.binding import Bound, deviates, offers
from backends.equations.schedules.checkpoints import (
    begins_with_its_first_part,
    counts_from_where_it_is_begun,
    multiplies_twice,
)
from backends.nonsense import accepts
from backends.torch.schedules import NO_SIXTEEN_BITS, SINGLE_AND_DOUBLE, fills, walked

_AGREES = "agrees_with_reference"
_CHAINED = (
    "every rate is the last one times a factor, rounded each time: errors add up with the steps"
)
_UNCHECKED = "torch does not check it"
_SLOW = {
    "float64": {"step": 400, "base_rate": 1.5, "decay_rate": 1 - 2.0**-53},
    "float32": {"step": 400, "base_rate": 1.5, "decay_rate": 1 - 2.0**-24},
}


def _at(witness: dict[str, dict[str, Any]], **more: Any) -> dict[str, dict[str, Any]]:
    return {dtype: inputs | more for dtype, inputs in witness.items()}


# t products, two roundings each where the factor is none of the format (a line's): as for decays.
_PRODUCTS = Bound(
    "|error| <= u r_t (2 t + 8 + 5 ln(1 / a)) + accepted",
    lambda step, y, u, allowed, start_fraction: (
        u * y * (2 * step + 8 + 5 * log(1 / start_fraction)) + allowed
    ),
)
_SEQUENCE = Bound(
    "|error| <= u r_t (2 t + 8) + accepted",
    lambda step, y, u, allowed: u * y * (2 * step + 8) + allowed,
)
_CHAINED_ANEW = Bound(
    "|error| <= max(r_0, r_t (1 + 4 u) / a) + accepted",
    lambda y, base_rate, start_fraction, u, allowed: (
        np.maximum(base_rate, y * (1 + 4 * u) / start_fraction) + allowed
    ),
)
# The line down carries 5 u of r_0 beside, as it may end at 0.
_TRAPEZOID = Bound(
    "|error| <= u (r_t (2 t + 8 + 5 ln(1 / a)) + 6 r_0) + accepted",
    lambda step, y, base_rate, u, allowed, start_fraction: (
        u * (y * (2 * step + 8 + 5 * log(1 / start_fraction)) + 6 * base_rate) + allowed
    ),
)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_SEQUENCE,
    because=_CHAINED,
    witness=_at(_SLOW, milestone_steps=1000),
)
@begins_with_its_first_part(step=7)
@fills(3)
@accepts("milestone_steps=-1", because=_UNCHECKED)
def sequential(
    steps: Any, base_rate: Any, *, decay_rate: float = 0.95, milestone_steps: int = 5
) -> Any:
    def build(o: Any, last: int) -> Any:
        parts = [lr_scheduler.ExponentialLR(o, decay_rate), lr_scheduler.LinearLR(o, 1.0, 0.5, 10)]
        return lr_scheduler.SequentialLR(o, parts, [milestone_steps], last)

    return walked(build, steps, base_rate)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_PRODUCTS,
    because=_CHAINED,
    witness=_at(_SLOW, start_fraction=1.0),
)
@counts_from_where_it_is_begun(_CHAINED_ANEW, step=7)
@multiplies_twice(_CHAINED_ANEW, step=5)
@fills(3)
@accepts("decay_rate=-0.5", because=_UNCHECKED)
def chained(
    steps: Any,
    base_rate: Any,
    *,
    decay_rate: float = 0.95,
    start_fraction: float = 0.25,
    warm_up_steps: int = 5,
) -> Any:
    def build(o: Any, last: int) -> Any:
        parts = [
            lr_scheduler.ExponentialLR(o, decay_rate, last),
            lr_scheduler.ConstantLR(o, start_fraction, warm_up_steps, last),
        ]
        return lr_scheduler.ChainedScheduler(parts, o)

    return walked(build, steps, base_rate)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_PRODUCTS,
    because=_CHAINED,
    witness=_at(_SLOW, warm_up_steps=0),
)
@begins_with_its_first_part(step=7)
@fills(3)
@accepts("warm_up_steps=-1", "decay_rate=-0.5", because=_UNCHECKED)
def warmup_exponential(
    steps: Any,
    base_rate: Any,
    *,
    start_fraction: float = 0.25,
    decay_rate: float = 0.95,
    warm_up_steps: int = 5,
) -> Any:
    def build(o: Any, last: int) -> Any:
        parts = [
            lr_scheduler.LinearLR(o, start_fraction, 1.0, warm_up_steps),
            lr_scheduler.ExponentialLR(o, decay_rate),
        ]
        return lr_scheduler.SequentialLR(o, parts, [warm_up_steps], last)

    return walked(build, steps, base_rate)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_TRAPEZOID,
    because=_CHAINED,
    witness={"step": 900, "base_rate": 1.5, "decay_steps": 1000, "warm_up_steps": 0,
             "stable_steps": 0, "final_fraction": 0.0},
)  # fmt: skip
@begins_with_its_first_part(step=7)
@fills(3)
@accepts("warm_up_steps=-1", because=_UNCHECKED)
def warmup_stable_decay(
    steps: Any,
    base_rate: Any,
    *,
    start_fraction: float = 0.25,
    final_fraction: float = 0.125,
    warm_up_steps: int = 4,
    stable_steps: int = 6,
    decay_steps: int = 8,
) -> Any:
    def build(o: Any, last: int) -> Any:
        parts = [
            lr_scheduler.LinearLR(o, start_fraction, 1.0, warm_up_steps),
            lr_scheduler.ConstantLR(o, 1.0, 0),
            lr_scheduler.LinearLR(o, 1.0, final_fraction, decay_steps),
        ]
        corners = list(np.cumsum([warm_up_steps, stable_steps]))
        return lr_scheduler.SequentialLR(o, parts, corners, last)

    return walked(build, steps, base_rate)
