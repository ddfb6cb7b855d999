"""Lines of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from typing import Annotated, Any

from torch.optim import lr_scheduler

from backends.binding import Bound, deviates, offers
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


# The factor 1 + d is rounded to the format and multiplied: 2 u a step, relative. d itself carries
# 5 roundings of u, which weigh |d| / (1 + d); these sum up to r_0 / r_t at most in a decay, and
# with r_t they are 5 u r_0. One more for the first rate, a product with the start factor.
_LINEAR = Bound(
    "|error| <= u (2 min(t, T) r_t + 6 r_0) + accepted",
    lambda step, decay_steps, y, base_rate, u, allowed: (
        u * (2 * (step * (step < decay_steps) + decay_steps * (step >= decay_steps)) * y
             + 6 * base_rate) + allowed
    ),
)  # fmt: skip


# q = (1 - t / T) / (1 - (t - 1) / T) carries 2 u T / (T - t), p-fold in q^p; summed over the steps
# and times r_t this is at most 4 p t T^max(0, 1 - p) u r_0. Power, cast and product: 3 u a step.
_POLYNOMIAL = Bound(
    "|error| <= u r_0 (3 t + 4 p t max(1, T^(1 - p)) + 4) + accepted, t <= T",
    lambda step, decay_steps, power, base_rate, u, allowed: (
        u * base_rate * ((3 + 4 * power * max(1.0, max(decay_steps, 1) ** (1 - power)))
                         * (step * (step < decay_steps) + decay_steps * (step >= decay_steps)) + 4)
        + allowed
    ),
)  # fmt: skip


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_LINEAR,
    because=_CHAINED,
    witness={"step": 900, "decay_steps": 1000, "base_rate": 1.5},
)
@counts_from_where_it_is_begun(FROM_THE_TOP, step=7)
@fills_its_rate
@accepts("decay_steps=-1", because=_UNCHECKED)
def linear(
    steps: Any,
    base_rate: Any,
    *,
    final_fraction: float = 0.0,
    decay_steps: Annotated[int, OneOf((10, 1, 0, 97))] = 10,
) -> Any:
    def build(optimizer: Any, last: int) -> Any:
        return lr_scheduler.LinearLR(optimizer, 1.0, final_fraction, decay_steps, last)

    return walked(build, steps, base_rate)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_POLYNOMIAL,
    because=_CHAINED,
    witness={
        "float64": {"step": 2999, "decay_steps": 3000, "base_rate": 1.5},
        "float32": {"step": 2947, "decay_steps": 3000, "base_rate": 50.0},
    },
)
@counts_from_where_it_is_begun(FROM_THE_TOP, step=7)
@fills_its_rate
@accepts("decay_steps=-1", because=_UNCHECKED)
def polynomial(
    steps: Any,
    base_rate: Any,
    *,
    power: float = 2.0,
    final_fraction: Annotated[float, OneOf((0.0,))] = 0.0,
    decay_steps: Annotated[int, OneOf((10, 1, 0, 97))] = 10,
) -> Any:
    del final_fraction  # torch has 0
    return walked(
        lambda o, k: lr_scheduler.PolynomialLR(o, decay_steps, power, k), steps, base_rate
    )
