"""Equations for the size of deviations of gradient techniques, with their derivations.

They name the gradient, the true `norm` of its tree of `n` numbers, `entry` (grads or norm) and the
hyper-parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.backend import Bound


def squares_overflow(norm: float, largest: float) -> bool:
    """Where a sum of squares is, or on the way may be, infinite."""
    return norm > np.sqrt(largest / 2)


def squares_vanish(norm: float, n: int, tiny: float, u: float) -> bool:
    """Where what n squares lose below the normal numbers is more than a rounding of their sum."""
    return norm < np.sqrt(n * tiny / u)


# The norm is infinite, max_norm over it 0.
LOST = Bound(
    "grads: |error| <= |y| + accepted, for they are 0; norm: inf",
    lambda y, entry, allowed: np.inf if entry == "norm" else abs(y) + allowed,
)


def _clipped(g: Any, square: float, max_norm: float) -> Any:
    return abs(g) * min(1.0, max_norm / np.sqrt(square) if square > 0 else 1.0)


def _vanished(
    y: Any, gradient: Any, norm: float, n: int, max_norm: float, tiny: float, entry: str,
    allowed: Any,
) -> Any:  # fmt: skip
    if entry == "norm":
        return np.sqrt(n * tiny) + allowed
    square = np.square(np.float64(norm))
    more, less = square + n * tiny, max(square - n * tiny, 0.0)
    ends = [_clipped(gradient, s, max_norm) for s in (more, less)]
    return np.maximum(*(abs(end - abs(y)) for end in ends)) + allowed


# A square below the smallest normal number is off by at most that number (flushed, or rounded).
VANISHED = Bound(
    "norm: |error| <= sqrt(n tiny) + accepted; grads: as if |g|^2 were off by n tiny", _vanished
)
