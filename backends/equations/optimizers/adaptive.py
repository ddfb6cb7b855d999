"""Equations for the size of deviations of optimizers that scale by a history."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound

# Where s is 0 there is no gradient either, unless its square was lost.
NO_STEP = Bound(
    "|error| <= |update| + accepted: there is no step at all where the sum of squares is 0",
    lambda update, allowed: abs(update) + allowed,
)


def squares_vanish(
    entry: str, gradient: Any, parameter: Any, weight_decay: float, square_sum: Any, tiny: float
) -> Any:
    """Where the sum of squares is no normal number."""
    slope = abs(gradient) + weight_decay * abs(parameter)
    return (entry == "params") & (square_sum < tiny) & (slope * slope < tiny)


def _clipped(step_size: Any, smallest_step: float, largest_step: float, allowed: Any) -> Any:
    return abs(np.clip(step_size, smallest_step, largest_step) - step_size) + 2 * allowed


CLIPPED = Bound(
    "|error| <= |clip(D) - D| + 2 accepted: a step size is clipped although it did not change",
    _clipped,
)
NAN_TURN = Bound(
    "inf: a number where NaN is due, or another than is due next to one", lambda: np.inf
)


def _late(gradient: Any, update: Any, previous: Any, allowed: Any) -> Any:
    off = np.where(gradient * previous < 0, 0.0, abs(previous + update))
    return np.nan_to_num(off + 2 * allowed, nan=np.inf)


# What is kept is D sign(g), by which w falls. It comes a call late; where the sign turns in between
# it never comes, and nothing is due.
LATE = Bound(
    "|error| <= |previous update - update| + 2 accepted, and 2 accepted at a turn: the previous"
    " update comes now, NaN too",
    _late,
)
LATE_FIRST = Bound(
    "|error| <= |update| + accepted: the first step is none",
    lambda update, allowed: abs(update) + allowed,
)
LATE_STRIDES = Bound(
    "|error| <= |y - the stride before| + 2 accepted, and 2 accepted at a turn: that one comes now",
    lambda y, before, allowed: np.where(y == 0, 0.0, abs(y - before)) + 2 * allowed,
)
LATE_JOURNEY = Bound(
    "|error| <= the way travelled + accepted: the last step has not come, nor any before a turn",
    lambda travelled, allowed: travelled + allowed,
)


def spread_cancels(
    entry: str, gradient: Any, square_average: Any, gradient_average: Any, decay: float, eps: float,
    u: float, *, eps_in_root: bool,
) -> Any:  # fmt: skip
    """Where v - m^2 (with eps under the root) is within a few roundings of v."""
    v = decay * square_average + (1 - decay) * gradient * gradient
    m = decay * gradient_average + (1 - decay) * gradient
    inside = v - m * m + (eps if eps_in_root else 0.0)
    return (entry in ("params", "momentum_buffer")) & (inside <= 64 * u * v)


# v and m^2 are off by up to 4 u v and 8 u m^2: the difference by half of itself or more where it
# is less than 24 u v, and by a fifth where it is 64.
NO_SPREAD = Bound("inf: the root of a difference that is all rounding", lambda: np.inf)


def flat(gradient: float, **more: float) -> dict[str, float]:
    """A gradient that has always been the same: for witnesses."""
    averages = {"square_average": gradient * gradient, "gradient_average": gradient}
    return {"gradient": gradient, **averages, "momentum_buffer": 0.0, "decay": 0.7, **more}
