"""Warm-ups of optax: functions of the step."""

from __future__ import annotations

from math import log
from typing import Any

import optax

from backends.binding import Bound, deviates, offers
from backends.jax.programs import untraceable
from backends.jax.schedules import FLOAT32_STEPS, IN_PYTHON, SINGLE_AND_DOUBLE, spread
from backends.nonsense import accepts

_UNCHECKED = "optax does not check it"
_AS_CONSTANT = "optax takes it for a constant schedule and logs so"

# 1 - t / W is a float32 number, off by 3 v at most; it is multiplied by a r_0 - r_0.
_LINE = Bound(
    "|error| <= 3 v r_0 + accepted, v = 2^-24: t / W is a float32 quotient, with x64 too",
    lambda base_rate, allowed: 3 * 2.0**-24 * base_rate + allowed,
)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@deviates(
    "agrees_with_reference",
    where=lambda step: step >= 0,
    at_most=_LINE,
    because="optax divides the int32 step in float32, with x64 too",
    witness={"step": 7, "warm_up_steps": 97, "start_fraction": 0.25},
    dtypes=("float64",),
)
@deviates(
    "agrees_with_reference",
    where=lambda step: step >= 0,
    at_most=_LINE,
    because="optax goes down from r_0 by r_0 (1 - a) (1 - t / W): a start that is small is lost in"
    " the rounding of the rest",
    witness={"step": 1000, "warm_up_steps": 10_000_000, "start_fraction": 2.0**-7},
    dtypes=("float32",),
)
@accepts("warm_up_steps=-1", because=_AS_CONSTANT)
@accepts("start_fraction=1.5", "start_fraction=-0.5", because=_UNCHECKED)
def linear_warm_up(
    steps: Any, base_rate: Any, *, start_fraction: float = 0.25, warm_up_steps: int = 5
) -> Any:
    start = start_fraction * base_rate
    return spread(optax.warmup_constant_schedule(start, base_rate, warm_up_steps), steps)


# t / W rounds to 2 v, 1 / a to v; a float32 power of 16 ulps.
_SINGLE_POWER = Bound(
    "|error| <= v r_0 (3 ln(1 / a) + 34) + accepted, v = 2^-24",
    lambda start_fraction, base_rate, allowed: (
        2.0**-24 * base_rate * (3 * log(1 / start_fraction) + 34) + allowed
    ),
)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@untraceable(IN_PYTHON)
@deviates(
    "agrees_with_reference",
    where=lambda step: step > 0,
    at_most=_SINGLE_POWER,
    because="optax divides the int32 step in float32, and so takes the power in float32, with x64"
    " too",
    witness={"step": 7, "warm_up_steps": 97},
    dtypes=("float64",),
)
@accepts("warm_up_steps=0", because=_AS_CONSTANT)
@accepts("start_fraction=-0.5", because=_UNCHECKED)
def exponential_warm_up(
    steps: Any, base_rate: Any, *, start_fraction: float = 0.25, warm_up_steps: int = 5
) -> Any:
    start, growth = start_fraction * base_rate, 1 / start_fraction
    schedule = optax.exponential_decay(start, warm_up_steps, growth, end_value=base_rate)
    return spread(schedule, steps)


@accepts("start_fraction=1.5", "start_fraction=-0.5", because=_UNCHECKED)
def constant_warm_up(
    steps: Any, base_rate: Any, *, start_fraction: float = 0.25, warm_up_steps: int = 5
) -> Any:
    parts = [
        optax.constant_schedule(start_fraction * base_rate),
        optax.constant_schedule(base_rate),
    ]
    return spread(optax.join_schedules(parts, [warm_up_steps]), steps)
