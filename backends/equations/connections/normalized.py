"""What E[z^2] - E[z]^2 costs a sum that is normalized, and everything in front of it.

With D numbers to a row, sum of squares and square of the mean keep 3 D + 3 roundings of E[z^2]
between them: the variance loses up to `lost` = (3 D + 3) u E[z^2], however small it is, and a
negative one counts as 0. So s = 1 / sqrt(var + eps) grows to (1 + r) s at most, and with it what
the usual roundings do. The gradient of z, which has three factors s, is off by e; what stands in
front of the sum is off by what e becomes on its way back, in magnitudes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound

FAR = {
    "x": ((1.0, -0.5, 0.25), (0.5, 0.75, -1.0)),
    "w1": ((0.5, -0.25, 1.0), (1.0, 0.5, 0.25)), "b1": (1.0, 2.0),
    "w2": ((0.5, 0.25), (-0.5, 0.5), (0.25, -0.75)), "b2": (1000.1, 1000.3, 999.8),
    "weight": (1.0, 2.0, -1.5), "bias": (0.5, 0.0, 1.0),
}  # fmt: skip
"""A last bias that all features share: the mean lies far from the spread."""


def _mean(z: Any) -> Any:
    return np.mean(z, axis=1, keepdims=True)


def _sum(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, alpha: float) -> tuple[Any, Any]:
    active = np.maximum(x @ w1.T + b1, 0)
    return alpha * x + active @ w2.T + b2, active


def _growth(z: Any, eps: float, u: float) -> tuple[Any, Any, Any]:
    """The normalized numbers, s and r, row by row."""
    centered = z - _mean(z)
    var, lost = _mean(centered**2), (3 * z.shape[1] + 3) * u * _mean(z * z)
    most = np.sqrt((var + eps) / np.maximum(var + eps - lost, eps)) - 1
    least = 1 - np.sqrt((var + eps) / (var + eps + lost))
    r = np.maximum(np.maximum(most, least), lost >= var)
    scale = (var + eps) ** -0.5
    return centered * scale, scale, r


def mean_is_far(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, alpha: float, eps: float) -> bool:
    """Whether the mean of a row of the sum lies beyond its deviation."""
    z, _ = _sum(x, w1, b1, w2, b2, alpha)
    return bool(np.any(_mean(z) ** 2 > _mean((z - _mean(z)) ** 2) + eps))


def _output(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, weight: Any,
    alpha: float, eps: float, u: float, allowed: Any,
) -> Any:  # fmt: skip
    z, _ = _sum(x, w1, b1, w2, b2, alpha)
    unit, _, r = _growth(z, eps, u)
    return np.abs(weight * unit) * r + (1 + r) * allowed


def _pulled(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, weight: Any,
    alpha: float, eps: float, c: Any, u: float, allowed: Any, output: str,
) -> Any:  # fmt: skip
    z, active = _sum(x, w1, b1, w2, b2, alpha)
    unit, scale, r = _growth(z, eps, u)
    weighed = c * weight
    along = np.abs(unit * _mean(weighed * unit))
    e = scale * (np.abs(weighed - _mean(weighed)) * r + along * ((1 + r) ** 3 - 1))
    of_hidden = np.where(active > 0, e @ np.abs(w2), 0)
    moved = (
        alpha * e + of_hidden @ np.abs(w1), of_hidden.T @ np.abs(x), of_hidden.sum(axis=0),
        e.T @ active, e.sum(axis=0), np.sum(np.abs(c * unit) * r, axis=0), 0.0,
    )  # fmt: skip
    return moved[int(output[1])] + (1 + np.max(r, initial=0.0)) ** 3 * allowed


SUBTRACTED_SQUARES = Bound(
    "|error| <= |w z^| r + (1 + r) allowed; lost = (3 D + 3) u E[z^2]", _output
)
SUBTRACTED_SQUARES_PULLED = Bound(
    "|error| <= (1 + r)^3 allowed, and of z e = s (|w c - E w c| r + |z^ E w c z^| ((1 + r)^3 - 1))"
    " and what it becomes on its way back; lost = (3 D + 3) u E[z^2]",
    _pulled,
)
BECAUSE = (
    "use_fast_variance=True, the default, computes the variance as E[z^2] - E[z]^2, which cancels "
    "where the mean is far from 0; with use_fast_variance=False it agrees"
)
