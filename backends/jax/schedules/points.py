"""Rates through points, of optax: functions of the step."""

from __future__ import annotations

from typing import Any, Literal

import jax
import optax

from backends.binding import Bound, deviates, offers
from backends.jax.schedules import FLOAT32_STEPS, SINGLE_AND_DOUBLE

_AGREES = "agrees_with_reference"
_POINTS = Bound(
    "|error| <= r_0 max(s, 1) (12 v + 8 u) + accepted, v = 2^-24: shares are float32 numbers, and"
    " the difference of two values cancels",
    lambda base_rate, scales, u, allowed: (
        base_rate * max(1.0, *scales) * (12 * 2.0**-24 + 8 * u) + allowed
    ),
)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_POINTS,
    because="optax takes the share of an interval in float32, with x64 too",
    witness={"step": 50, "milestones": (30, 97)},
    dtypes=("float64",),
)
def piecewise_interpolate(
    steps: Any,
    base_rate: Any,
    *,
    milestones: tuple[int, ...] = (4, 10),
    scales: tuple[float, ...] = (0.5, 0.125),
    between: Literal["linear", "cosine"] = "linear",
) -> Any:
    points = dict(zip(milestones, scales, strict=True))
    schedule = optax.piecewise_interpolate_schedule(between, base_rate, points)
    return jax.vmap(schedule)(steps.reshape(-1)).reshape(steps.shape)
