"""Equations for the size of deviations that several bindings share, each with its derivation."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound


def _logistic(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1 + e)


# y = 1 / (1 + exp(-x)) is off by 2 u y (the sum and the quotient round) + 6 u s' (exp within 3
# ulps). s' = y (1 - y) passes that on unweakened and rounds three times more.
LOGISTIC_SLOPE = Bound(
    "|error| <= u s(x) (2 + 9 s(-x)): 1 - y cancels, and keeps the rounding of y",
    lambda x, u: u * _logistic(x) * (2 + 9 * _logistic(-x)),
)

# s'' = y (1 - y) (1 - 2 y), or y' (1 - y) - y y': the same, and five roundings of at most s'.
LOGISTIC_CURVATURE = Bound(
    "|error| <= u s(x) (2 + 11 s(-x)): 1 - y and 1 - 2 y cancel, and keep the rounding of y",
    lambda x, u: u * _logistic(x) * (2 + 11 * _logistic(-x)),
)

# out = max(0, x) + log1p(exp(-|x|)) is rounded by half an ulp of |x| at most: exp(x - out) is off
# by that part, and by 8 u of log1p, exp and a product.
LOG_SUM_SLOPE = Bound(
    "|error| <= u (|x| + 8): exp(x - out) keeps the rounding of out",
    lambda x, u: u * (np.abs(x) + 8),
)


def _size(y: Any) -> Any:
    return np.abs(y)


# Zero in place of a number misses all of it.
VANISHED = Bound("|error| = |y|: 0 in place of y", _size)

# The product with infinity or the quotient of infinities that follows an overflow has no size.
UNBOUNDED = Bound("NaN or infinite: no size", lambda: np.inf)

# A law that counts losses (of a sign, of a NaN) calls each one 1.
LOST = Bound("a loss, counted as 1", lambda: 1.0)

# A gradient that is exactly zero misses all of the truth.
DEAD = Bound("|error| = |y'|: all of it is lost", _size)
