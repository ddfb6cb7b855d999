"""Equations for deviations of Adafactor: decays that are formed in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound
from reference.demands import POW

_SINGLE = 2.0**-24


def _weight(taken: int, decay_exponent: float) -> float:
    """The weight t^-c of the new square."""
    return float((taken + 1.0) ** -decay_exponent)


def _moved(
    entry: str, off: float, weight: float, y: Any, update: Any, allowed: Any
) -> Any:  # fmt: skip
    """What weights off by `off` move: a moment, or the update through all moments and the clipping.

    A moment b old + w new is off by off (old + new) <= off moment (1 / b + 1 / w). Rows, columns
    and their mean go into the update with a half each, and so they do into the root mean square
    that clips it: 3 in parts of the update. Where that is NaN, nothing is added.
    """
    if weight == 1:  # the first step: t^-c is 1, and there is no old
        return allowed
    if entry == "params":
        return 3 * off * (1 / weight + 1 / (1 - weight)) * abs(np.nan_to_num(update)) + allowed
    return off * abs(np.nan_to_num(y)) * (1 / weight + 1 / (1 - weight)) + allowed


def _by_power(
    entry: str, taken: int, decay_exponent: float, y: Any, update: Any, allowed: Any
) -> Any:  # fmt: skip
    weight = _weight(taken, decay_exponent)
    off = _SINGLE * (1 + (2 * POW + 2) * weight)
    return _moved(entry, off, weight, y, update, allowed)


def _one_step_back(
    entry: str, taken: int, decay_exponent: float, y: Any, update: Any, allowed: Any
) -> Any:  # fmt: skip
    weight = _weight(taken, decay_exponent)
    rate = abs(np.nan_to_num(update)) / (2 * max(taken, 1)) if entry == "params" else 0.0
    return rate + _moved(entry, weight / max(taken, 1), weight, y, update, allowed)


# t^-c costs a power (16 ulps) in float32; 1 - t^-c and 1 minus that round to the ulp of 1.
SINGLE_DECAY = Bound(
    "|error| <= d |moment| (1 / w + 1 / (1 - w)) + accepted, params: 3 times that part of the"
    " update, d = 2^-24 (1 + 34 w), w = t^-c: the decay in float32",
    _by_power,
)

# A step too few moves 1 / sqrt(t) by 1 / (2 t) of itself, and t^-c by c / t.
LATE_COUNTER = Bound(
    "|error| <= d |moment| (1 / w + 1 / (1 - w)) + accepted, params: 3 times that part of the"
    " update, and 1 / (2 t) of it, w = t^-c, d = w / t: one step too few",
    _one_step_back,
)

# In twenty steps w is 1/20 at least and 1 - w is 0.29: a moment is off by at most 90 2^-24 of
# itself in each, of which 28 u (2 a + b) are accepted already.
SINGLE_DECAY_GROWS = Bound(
    "|error| <= accepted (1 + 90 2^-24 / (28 u)): the decay in float32, at every step",
    lambda u, allowed: allowed * (1 + 90 * _SINGLE / (28 * u)),
)

NAN_STAYS = Bound("what is NaN in theory moves on", lambda: np.inf)
NAN_APPEARS = Bound("NaN = 0 / 0", lambda: np.inf)
INFINITE_LERP = Bound("NaN = inf - (inf - v) b", lambda: np.inf)
