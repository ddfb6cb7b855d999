"""Equations for the size of deviations of gradient techniques, with their derivations.

They name the gradient, the true `norm` of the group of numbers that it is in (of order
`norm_type`), the size `n` of its tree, `entry` (grads or norm) and the hyper-parameters.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from backends.binding import Bound


def powers_overflow(norm: Any, norm_type: float, largest: float) -> Any:
    """Where a sum of powers |g|^p is, or on the way may be, infinite."""
    return norm > _root(largest / 2, norm_type)


def powers_vanish(norm: Any, norm_type: float, n: int, tiny: float, u: float) -> Any:
    """Where what n powers lose below the normal numbers is more than a rounding of their sum."""
    return (norm < _root(n * tiny / u, norm_type)) & (norm_type != math.inf)


def _root(x: Any, norm_type: float) -> Any:
    return np.power(x, 1 / norm_type) if norm_type != math.inf else np.inf


# The norm is infinite, the bound over it 0.
LOST = Bound(
    "grads: |error| <= |y| + accepted, for they are 0; norm: inf",
    lambda y, entry, allowed: np.inf if entry == "norm" else abs(y) + allowed,
)


NEEDLESSLY_REFUSED = Bound(
    "grads: |error| <= |g| + accepted, for they are left as they are; 1 is told for 0",
    lambda gradient, entry, allowed: 1.0 if entry == "norm" else abs(gradient) + allowed,
)


def clipped(g: Any, power: Any, norm_type: float, max_norm: float) -> Any:
    """|g| min(1, c / |g|), with the norm given as the sum of powers."""
    norm = np.power(np.maximum(power, 0.0), 1 / norm_type)
    with np.errstate(all="ignore"):
        return abs(g) * np.where(norm > max_norm, max_norm / norm, 1.0)


def _vanished(
    y: Any, gradient: Any, norm: Any, norm_type: float, n: int, max_norm: float, tiny: float,
    entry: str, allowed: Any,
) -> Any:  # fmt: skip
    if entry == "norm":
        return _norm_vanished(norm_type, n, tiny, allowed)
    power = np.power(np.float64(norm), norm_type)
    ends = [clipped(gradient, p, norm_type, max_norm) for p in (power + n * tiny, power - n * tiny)]
    return np.maximum(*(abs(end - abs(y)) for end in ends)) + allowed


def _norm_vanished(norm_type: float, n: int, tiny: float, allowed: Any) -> Any:
    return np.power(n * tiny, 1 / norm_type) + allowed


# A power below the smallest normal number is off by at most that number (flushed, or rounded).
VANISHED = Bound(
    "norm: |error| <= (n tiny)^(1/p) + accepted; grads: as if |g|^p were off by n tiny", _vanished
)
NORM_VANISHED = Bound("|error| <= (n tiny)^(1/p) + accepted", _norm_vanished)


def _normalized_vanished(y: Any, norm: float, n: int, eps: float, tiny: float, allowed: Any) -> Any:
    square = norm * norm
    ends = (np.sqrt(max(s, 0.0)) + eps for s in (square + n * tiny, square - n * tiny))
    return np.maximum(*(abs(y) * abs((norm + eps) / end - 1) for end in ends)) + allowed


NORMALIZED_VANISHED = Bound(
    "|error| <= |y| |(|g| + e) / (sqrt(|g|^2 +- n tiny) + e) - 1| + accepted", _normalized_vanished
)


def _adaptively_vanished(
    y: Any, gradient: Any, own: Any, weights: Any, n: int, clipping: float, eps: float,
    tiny: float, entry: str, allowed: Any,
) -> Any:  # fmt: skip
    ends = []
    for way in (-1, 1):
        norm = np.sqrt(np.maximum(own * own + way * n * tiny, 0.0))
        weight = np.sqrt(np.maximum(weights * weights - way * n * tiny, 0.0))
        limit = clipping * np.maximum(weight, eps)
        with np.errstate(all="ignore"):
            ends.append(np.where(norm > limit, limit / norm, 1.0))
    if entry != "grads":
        return allowed
    return np.maximum(*(abs(abs(gradient) * end - abs(y)) for end in ends)) + allowed


ADAPTIVELY_VANISHED = Bound(
    "|error| <= |g| |min(1, L / |g|) - the same with |g|^2 and |w|^2 off by n tiny| + accepted",
    _adaptively_vanished,
)
