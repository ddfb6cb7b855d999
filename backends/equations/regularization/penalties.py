"""Where squares of parameters leave the format: regions and sizes that several bindings share.

They name the parameters (`params`, a tree, or `weight`, rows), the hyper-parameters, and `largest`
and `tiny`, the largest and the smallest normal number of the format.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound

# A sum of squares may round up to the largest number from a little below it.
_NEARLY = 0.99


def tree_overflows(params: Any, largest: float) -> Any:
    """Where the squares of all parameters sum to more than the largest number."""
    total = sum(np.sum(np.square(np.asarray(w, np.longdouble))) for w in params)
    return total > _NEARLY * largest


def _squared(weight: Any) -> Any:
    """Sum of squares of every row, (rows, 1), in extended precision."""
    return np.sum(np.square(np.asarray(weight, np.longdouble)), axis=1, keepdims=True)


def row_overflows(weight: Any, largest: float) -> Any:
    """Rows whose squares sum to more than the largest number."""
    return _squared(weight) > _NEARLY * largest


def row_vanishes(weight: Any, tiny: float, u: float) -> Any:
    """Rows whose squares lose more below the normal numbers than a sum of them rounds."""
    square = _squared(weight)
    return (square > 0) & (square < weight.shape[1] * tiny / u)


def any_row_leaves(weight: Any, largest: float, tiny: float, u: float) -> Any:
    """Whether any row does either."""
    return np.any(row_overflows(weight, largest) | row_vanishes(weight, tiny, u))


def row_leaves(weight: Any, largest: float, tiny: float, u: float) -> Any:
    """Rows that do either."""
    return row_overflows(weight, largest) | row_vanishes(weight, tiny, u)


def zero_row(weight: Any) -> Any:
    """Rows of zeros."""
    return _squared(weight) == 0


def _lengths_lost(
    weight: Any, strength: float, largest: float, tiny: float, u: float, allowed: Any
) -> Any:
    if np.any(row_overflows(weight, largest)):
        return np.inf
    square, n = _squared(weight), weight.shape[1]
    lost = np.sqrt(square) + np.sqrt(n * tiny)
    return allowed + strength * float(np.sum(np.where(row_vanishes(weight, tiny, u), lost, 0)))


# A square below the smallest normal number is off by at most that number.
LENGTHS_LOST = Bound(
    "inf in place of y; or strength * sum(|w_g| + sqrt(n tiny)) over rows whose squares vanish",
    _lengths_lost,
)

OVERFLOWN_SQUARES = {
    name: {"params": size, "strength": 2.0**-10}
    for name, size in {
        "float64": 2e154,
        "float32": 2e19,
        "bfloat16": 2e19,
        "float16": 200.0,
    }.items()
}
"""Witnesses: 26 squares sum to more than the largest number, 2^-11 of them to less."""

LONG_ROWS = {
    "float64": {"weight": 1e160}, "float32": {"weight": 1e25}, "bfloat16": {"weight": 1e25},
}  # fmt: skip
"""Witnesses: rows whose squares overflow; float16 sums in float32 where the library is torch."""

OVERFLOWN = Bound("inf in place of y: no size", lambda: np.inf)


def small_share(strength: float, l1_ratio: float, c: Any, tiny: float) -> Any:
    """Where the factor of the squares' gradient, c k (1 - r) / 2, is subnormal."""
    return np.abs(c) * strength * (1 - l1_ratio) / 2 < tiny


# c k and its product with (1 - r) / 2 lose half the smallest number, 2 u tiny, each; 2 w follows.
SMALL_SHARE = Bound(
    "allowed + 4 u tiny (max|w| + 1): c k (1 - r) / 2 is subnormal and has few digits",
    lambda params, u, tiny, allowed: (
        allowed + 4 * u * tiny * (max(np.max(np.abs(w), initial=0) for w in params) + 1)
    ),
)

SMALL_SHARES = {"params": 200.0, "strength": 2.0**-10, "l1_ratio": 1 - 2.0**-10}

SHORTENED_AWAY = Bound(
    "|error| <= |y| + accepted: 0 in place of y", lambda y, allowed: np.abs(y) + allowed
)

NO_DIRECTION = Bound("w / 0, w / inf, 0 / 0 in place of w / |w|: no size", lambda: np.inf)

EPS_IS_ZERO = (
    "Adam's eps of 1e-8 is 0 in float16: at a gradient of 0 its step is 0 / 0, and every parameter"
    " NaN; an eps from 6e-8 on is not"
)

NO_STEP = Bound("NaN in place of y: no size", lambda: np.inf)
