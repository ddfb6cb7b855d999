"""Lines of optax: functions of the step."""

from __future__ import annotations

from typing import Any

import numpy as np
import optax

from backends.binding import Bound, deviates, offers
from backends.jax.schedules import FLOAT32_STEPS, SINGLE_AND_DOUBLE, spread
from backends.nonsense import accepts

_AGREES = "agrees_with_reference"
_CONSTANT = "optax takes it for a constant schedule and logs so"
_UNCHECKED = "optax does not check it"
_CANCELS = (
    "optax forms 1 - t / T: near the end the rate is right to the ulp of r_0 only, and at the end"
    " it is the final one to that"
)


# t / T is a float32 quotient, in float64 too: it rounds once, or twice where XLA multiplies by
# 1 / T, to 2 v. 1 - t / T is exact or rounds by less. The power takes the error of its base along.
# A CPU that fuses 1 - t (1 / T) gets less than 0 at the end where T fl(1 / T) > 1 (T = 10, say):
# then the power is NaN, if it is no whole number.
_LEFT_CANCELS = Bound(
    "|error| <= r_0 ((q + 3 v)^p - max(q - 3 v, 0)^p) + accepted, q = max(T - t, 0) / T, v = 2^-24;"
    " NaN from t = T on where T fl(1 / T) > 1 and p is no whole number",
    lambda step, decay_steps, base_rate, allowed, power: np.where(
        (step >= decay_steps) & (power % 1 > 0) & _fuses_below_zero(decay_steps),
        np.inf,
        _widened(step, decay_steps, base_rate, power) + allowed,
    ),
)


_LINE_CANCELS = Bound(
    "|error| <= 6 v r_0 + accepted, v = 2^-24",
    lambda step, decay_steps, base_rate, allowed: (
        _widened(step, decay_steps, base_rate, 1.0) + allowed
    ),
)


def _fuses_below_zero(decay_steps: int) -> bool:
    """Whether T times the float32 nearest to 1 / T is above 1, before it is rounded."""
    length = max(decay_steps, 1)
    return float(np.float32(1) / np.float32(length)) * length > 1


def _widened(step: Any, decay_steps: int, base_rate: float, power: float) -> Any:
    left, by = (decay_steps - step) * (step < decay_steps) / max(decay_steps, 1), 3 * 2.0**-24
    low = (left - by) * (left > by)
    return base_rate * ((left + by) ** power - low**power)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_LINE_CANCELS,
    because=_CANCELS,
    witness={"step": 9_999_000, "decay_steps": 10_000_000, "base_rate": 50.0},
)
@accepts("decay_steps=-1", because=_CONSTANT)
@accepts("final_fraction=1.5", "final_fraction=-0.5", because=_UNCHECKED)
def linear(
    steps: Any, base_rate: Any, *, final_fraction: float = 0.0, decay_steps: int = 10
) -> Any:
    return spread(optax.linear_schedule(base_rate, final_fraction * base_rate, decay_steps), steps)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_LEFT_CANCELS,
    because=_CANCELS,
    witness={"step": 9_999_000, "decay_steps": 10_000_000, "base_rate": 50.0},
)
@accepts("decay_steps=-1", because=_CONSTANT)
@accepts("final_fraction=1.5", "final_fraction=-0.5", because=_UNCHECKED)
def polynomial(
    steps: Any,
    base_rate: Any,
    *,
    power: float = 2.0,
    final_fraction: float = 0.0,
    decay_steps: int = 10,
) -> Any:
    end = final_fraction * base_rate
    return spread(optax.polynomial_schedule(base_rate, end, power, decay_steps), steps)
