"""Decays of optax: functions of the step."""

from __future__ import annotations

from math import log
from typing import Annotated, Any

import numpy as np
import optax

from backends.backend import Bound, absent, deviates, offers
from backends.jax import untraceable
from backends.jax.schedules import FLOAT32_STEPS, IN_PYTHON, SINGLE_AND_DOUBLE, spread
from backends.nonsense import accepts
from reference.technique import OneOf

_AGREES = "agrees_with_reference"
_CONSTANT = "optax takes it for a constant schedule and logs so"
_UNCHECKED = "optax does not check it"
_SINGLE = "optax divides the int32 step in float32, and so takes the power in float32, with x64 too"
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


# In float64 as well g, t / s and the power are float32's: v p from g, 2 v p |ln g| from p, and the
# power's own 16 ulps. A power of 0 is 1.
_SINGLE_POWER = Bound(
    "|error| <= v r_0 g^p (p + 2 p |ln g| + 32) + accepted, p = t / s, v = 2^-24",
    lambda step, decay_rate, transition_steps, delay_steps, base_rate, allowed: (
        _powered((step - delay_steps) * (step > delay_steps) / transition_steps, decay_rate)
        * base_rate
        + allowed
    ),
)
_SINGLE_STAIRS = Bound(
    "|error| <= v r_0 g^p (p + 2 p |ln g| + 32) + accepted, p = floor(t / s), v = 2^-24",
    lambda step, decay_rate, step_size, base_rate, allowed: (
        _powered(step // step_size, decay_rate) * base_rate + allowed
    ),
)


# XLA divides by multiplying with 1 / s: where that falls short of a whole number, a stair is late.
_ONE_STAIR = Bound(
    "|error| <= r_0 (g^(p - 1) - g^p) + v r_0 g^(p - 1) (p + 2 p |ln g| + 32) + accepted,"
    " p = floor(t / s)",
    lambda step, decay_rate, step_size, base_rate, allowed: (
        base_rate * _stair(step // step_size - 1, decay_rate) + allowed
    ),
)


def _stair(p: Any, g: float) -> Any:
    return g**p * (1 - g) + _powered(p, g)


def _late(step: Any, step_size: int) -> Any:
    """Multiples of s whose product with 1 / s, rounded to float32, is below the whole number."""
    t, share = np.asarray(step, np.float32), np.float32(1) / np.float32(max(step_size, 1))
    return (step % max(step_size, 1) == 0) & (t * share < t / np.float32(max(step_size, 1)))


def _late_stair(law: str, behind: Any, shows_at: int) -> Any:
    return deviates(
        law,
        where=lambda step, step_size: _late(step - behind(step_size), step_size),
        at_most=_ONE_STAIR,
        because="t / s falls short of a whole number, as XLA multiplies by 1 / s: the stair is"
        " taken one step late",
        witness={"step": shows_at, "step_size": 97},
        dtypes=("float64", "float32"),
        devices=("cpu",),
    )


def _powered(p: Any, g: float) -> Any:
    return 2.0**-24 * g**p * (p + 2 * p * abs(log(g)) + 32)


def constant(steps: Any, base_rate: Any) -> Any:
    return spread(optax.constant_schedule(base_rate), steps)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@untraceable(IN_PYTHON)
@deviates(
    _AGREES,
    where=lambda step, delay_steps: step > delay_steps,
    at_most=_SINGLE_POWER,
    because=_SINGLE,
    witness={"step": 7, "decay_rate": 0.9},
    dtypes=("float64",),
)
@accepts("decay_rate=0.0", "transition_steps=0", because=_CONSTANT)
@accepts("decay_rate=-0.5", because=_UNCHECKED)
def exponential(
    steps: Any,
    base_rate: Any,
    *,
    decay_rate: float = 0.9,
    transition_steps: int = 1,
    delay_steps: int = 0,
    final_fraction: float = 0.0,
) -> Any:
    end = final_fraction * base_rate
    return spread(
        optax.exponential_decay(
            base_rate, transition_steps, decay_rate, delay_steps, end_value=end
        ),
        steps,
    )


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@untraceable(IN_PYTHON)
@deviates(
    _AGREES,
    where=lambda step, step_size: step >= step_size,
    at_most=_SINGLE_STAIRS,
    because=_SINGLE,
    witness={"step": 25, "decay_rate": 0.1},
    dtypes=("float64",),
)
@_late_stair(_AGREES, lambda _: 0, 194)
@_late_stair("changes_at_its_milestones_only", lambda _: 1, 195)
@_late_stair("is_multiplied_by_its_factor", lambda s: s, 194)
@accepts("step_size=0", "step_size=-3", because=_CONSTANT)
@accepts("decay_rate=-0.5", because=_UNCHECKED)
def step(steps: Any, base_rate: Any, *, decay_rate: float = 0.1, step_size: int = 10) -> Any:
    schedule = optax.exponential_decay(base_rate, step_size, decay_rate, staircase=True)
    return spread(schedule, steps)


@untraceable(IN_PYTHON)
def multi_step(
    steps: Any,
    base_rate: Any,
    *,
    decay_rate: float = 0.1,
    milestones: Annotated[
        tuple[int, ...], OneOf(((3, 7), (0, 5), (1, 2, 3), (30, 80), (9_999_999,)))
    ] = (3, 7),
) -> Any:
    schedule = optax.piecewise_constant_schedule(base_rate, dict.fromkeys(milestones, decay_rate))
    return spread(schedule, steps)


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


_ANY_CALLABLE = "optax has none; any function of the step is a schedule: "
inverse_time = absent(_ANY_CALLABLE + "lambda t: r / (1 + k * t / T).")
inverse_sqrt = absent(
    _ANY_CALLABLE + "lambda t: r * jnp.minimum((t + 1) / W, jnp.sqrt(W / (t + 1)))."
)
