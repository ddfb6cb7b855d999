"""Compositions of optax: functions of the step."""

from __future__ import annotations

from math import log
from typing import Any

import optax

from backends.binding import Bound, absent, deviates, offers
from backends.jax.programs import untraceable
from backends.jax.schedules import FLOAT32_STEPS, IN_PYTHON, SINGLE_AND_DOUBLE, spread
from backends.nonsense import accepts

_AGREES = "agrees_with_reference"
_UNCHECKED = "optax does not check it"
_SINGLE = "optax divides the int32 step in float32, and so takes powers in float32, with x64 too"

# As for decays: p v from g, 2 v p |ln g| from p, 16 ulps of the power; 3 v r_0 on a line.
_SINGLE_POWER = Bound(
    "|error| <= v r_0 (g^p (p + 2 p |ln g| + 32) + 3) + accepted, p = t, v = 2^-24",
    lambda step, decay_rate, base_rate, allowed: (
        2.0**-24 * base_rate * (step + 2 * step * abs(log(decay_rate)) + 35) + allowed
    ),
)
_LINES = Bound(
    "|error| <= r_0 (6 v + 4 u) + accepted, v = 2^-24: 1 - t / T is a float32 number, and cancels",
    lambda base_rate, u, allowed: base_rate * (6 * 2.0**-24 + 4 * u) + allowed,
)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@untraceable(IN_PYTHON)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_SINGLE_POWER,
    because=_SINGLE,
    witness={"step": 7, "milestone_steps": 60},
    dtypes=("float64",),
)
@accepts("milestone_steps=-1", because=_UNCHECKED)
def sequential(
    steps: Any, base_rate: Any, *, decay_rate: float = 0.95, milestone_steps: int = 5
) -> Any:
    parts = [
        optax.exponential_decay(base_rate, 1, decay_rate),
        optax.linear_schedule(base_rate, 0.5 * base_rate, 10),
    ]
    return optax.join_schedules(parts, [milestone_steps])(steps)


chained = absent("optax has none; multiply functions of the step.")


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@untraceable(IN_PYTHON)
@deviates(
    _AGREES,
    where=lambda step: step >= 0,
    at_most=_SINGLE_POWER,
    because=_SINGLE,
    witness={"step": 12},
    dtypes=("float64",),
)
@deviates(
    _AGREES,
    where=lambda step, warm_up_steps: step < warm_up_steps,
    at_most=_LINES,
    because="optax goes down from r_0 by r_0 (1 - a) (1 - t / W): a small start is lost in the"
    " rounding of the rest",
    witness={"step": 1000, "warm_up_steps": 10_000_000, "start_fraction": 2.0**-7},
    dtypes=("float32",),
)
@accepts("warm_up_steps=-1", "decay_rate=-0.5", because=_UNCHECKED)
def warmup_exponential(
    steps: Any,
    base_rate: Any,
    *,
    start_fraction: float = 0.25,
    decay_rate: float = 0.95,
    warm_up_steps: int = 5,
) -> Any:
    start = start_fraction * base_rate
    return optax.warmup_exponential_decay_schedule(start, base_rate, warm_up_steps, 1, decay_rate)(
        steps
    )


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@deviates(
    _AGREES,
    where=lambda step: step >= 0,
    at_most=_LINES,
    because="optax forms 1 - t / T in float32, with x64 too: small rates are right to the ulp of"
    " r_0 only",
    witness={"step": 9_999_000, "decay_steps": 10_000_000, "warm_up_steps": 0, "stable_steps": 0,
             "final_fraction": 0.0},
)  # fmt: skip
@accepts("warm_up_steps=-1", "final_fraction=1.5", because=_UNCHECKED)
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
    parts = [
        optax.linear_schedule(start_fraction * base_rate, base_rate, warm_up_steps),
        optax.constant_schedule(base_rate),
        optax.linear_schedule(base_rate, final_fraction * base_rate, decay_steps),
    ]
    joined = optax.join_schedules(parts, [warm_up_steps, warm_up_steps + stable_steps])
    return spread(joined, steps)
