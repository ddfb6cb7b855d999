"""Stairs of optax: functions of the step."""

from __future__ import annotations

from math import log
from typing import Annotated, Any

import numpy as np
import optax

from backends.binding import Bound, deviates, offers
from backends.jax.programs import untraceable
from backends.jax.schedules import FLOAT32_STEPS, IN_PYTHON, SINGLE_AND_DOUBLE, spread
from backends.nonsense import accepts
from reference.technique import OneOf

_AGREES = "agrees_with_reference"
_CONSTANT = "optax takes it for a constant schedule and logs so"
_UNCHECKED = "optax does not check it"
_SINGLE = "optax divides the int32 step in float32, and so takes the power in float32, with x64 too"
_SINGLE_STAIRS = Bound(
    "|error| <= r_0 (v g^p (p + 2 p |ln g| + 32) + 2^-126) + accepted, p = floor(t / s), v = 2^-24",
    lambda step, decay_rate, step_size, base_rate, allowed: (
        _powered(step // step_size, decay_rate) * base_rate + allowed
    ),
)


_FLUSHED = Bound(
    "|error| <= 2^-126 r_0 + accepted", lambda base_rate, allowed: 2.0**-126 * base_rate + allowed
)

# XLA divides by multiplying with 1 / s: where that falls short of a whole number, a stair is late.
_ONE_STAIR = Bound(
    "|error| <= r_0 (g^(p - 1) - g^p + v g^(p - 1) (p + 2 p |ln g| + 32) + 2^-126) + accepted,"
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
    """What a float32 power is off by: below its normal numbers, as far as 0."""
    return 2.0**-24 * g**p * (p + 2 * p * abs(log(g)) + 32) + 2.0**-126


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
@deviates(
    _AGREES,
    where=lambda step, decay_rate, step_size: decay_rate ** (step // max(step_size, 1)) < 2.0**-126,
    at_most=_FLUSHED,
    because="a power of the factor that is subnormal in float32 is 0, whatever it is multiplied by",
    witness={"step": 385, "step_size": 10, "base_rate": 50.0},
    dtypes=("float32",),
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
