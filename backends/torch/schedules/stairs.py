"""Stairs of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from typing import Annotated, Any

from torch.optim import lr_scheduler

from backends.binding import Bound, deviates, offers
from backends.equations.schedules.checkpoints import (
    FROM_THE_TOP,
    TWICE_AT_MILESTONES,
    TWICE_THE_STAIR,
    counts_from_where_it_is_begun,
    multiplies_twice,
)
from backends.nonsense import accepts
from backends.torch.schedules import (
    NO_SIXTEEN_BITS,
    SINGLE_AND_DOUBLE,
    fills_its_rate,
    walked,
)
from reference.technique import OneOf

_AGREES = "agrees_with_reference"
_CHAINED = (
    "every rate is the last one times a factor, rounded each time: errors add up with the steps"
)


_UNCHECKED = "torch does not check it"


# (1 + u)^t - 1 <= (t + 1) u while t^2 u <= 2: t roundings of the products.
_PRODUCTS = Bound(
    "|error| <= u (t + 1) r_t + accepted",
    lambda step, y, u, allowed: u * (step + 1) * y + allowed,
)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_PRODUCTS,
    because=_CHAINED,
    witness={
        "float64": {"step": 400, "base_rate": 1.5, "decay_rate": 1 - 2.0**-53, "step_size": 1},
        "float32": {"step": 400, "base_rate": 1.5, "decay_rate": 1 - 2.0**-24, "step_size": 1},
    },
)
@counts_from_where_it_is_begun(FROM_THE_TOP, step=12)
@multiplies_twice(TWICE_THE_STAIR, step=10)
@fills_its_rate
@accepts("decay_rate=-0.5", "step_size=-3", because=_UNCHECKED)
def step(
    steps: Any,
    base_rate: Any,
    *,
    decay_rate: float = 0.1,
    step_size: Annotated[int, OneOf((10, 1, 3, 97))] = 10,
) -> Any:
    return walked(lambda o, k: lr_scheduler.StepLR(o, step_size, decay_rate, k), steps, base_rate)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@counts_from_where_it_is_begun(FROM_THE_TOP, step=8)
@multiplies_twice(TWICE_AT_MILESTONES, step=7)
@fills_its_rate
@accepts("decay_rate=-0.5", because=_UNCHECKED)
def multi_step(
    steps: Any,
    base_rate: Any,
    *,
    decay_rate: float = 0.1,
    milestones: Annotated[tuple[int, ...], OneOf(((3, 7), (0, 5), (1, 2, 3), (5, 5), (30, 80)))] = (
        3,
        7,
    ),
) -> Any:
    return walked(
        lambda o, k: lr_scheduler.MultiStepLR(o, milestones, decay_rate, k), steps, base_rate
    )
