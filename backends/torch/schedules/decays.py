"""Decays of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from typing import Annotated, Any

from torch.optim import lr_scheduler

from backends.binding import Bound, absent, deviates, offers
from backends.equations.schedules.checkpoints import FROM_THE_TOP, counts_from_where_it_is_begun
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
def constant(steps: Any, base_rate: Any) -> Any:
    return walked(lambda o, k: lr_scheduler.ConstantLR(o, 1.0, 0, k), steps, base_rate)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_PRODUCTS,
    because=_CHAINED,
    witness={
        "float64": {"step": 400, "base_rate": 1.5, "decay_rate": 1 - 2.0**-53},
        "float32": {"step": 400, "base_rate": 1.5, "decay_rate": 1 - 2.0**-24},
    },
)
@counts_from_where_it_is_begun(FROM_THE_TOP, step=7)
@fills_its_rate
@accepts("decay_rate=-0.5", "decay_rate=0.0", because=_UNCHECKED)
def exponential(
    steps: Any,
    base_rate: Any,
    *,
    decay_rate: float = 0.9,
    transition_steps: Annotated[int, OneOf((1,))] = 1,
    delay_steps: Annotated[int, OneOf((0,))] = 0,
    final_fraction: Annotated[float, OneOf((0.0,))] = 0.0,
) -> Any:
    del transition_steps, delay_steps, final_fraction  # torch has 1, 0 and 0
    return walked(lambda o, k: lr_scheduler.ExponentialLR(o, decay_rate, k), steps, base_rate)


inverse_time = absent(
    "torch.optim.lr_scheduler has none; write LambdaLR(optimizer, lambda t: 1 / (1 + k * t / T))."
)


inverse_sqrt = absent(
    "torch.optim.lr_scheduler has none; write LambdaLR(optimizer, lambda t: min((t + 1) / W,"
    " (W / (t + 1)) ** 0.5))."
)
