"""What the usual formulas for projections of rows lose, with the derivation of each equation.

n is the length of a row, m its mean, v its variance, s = 1 / sqrt(v + eps), c the cotangents; a sum
of n products is off by n u times the sum of their sizes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from backends.binding import Bound


def _mean(x: Any) -> Any:
    return np.mean(x, axis=-1, keepdims=True)


def _sum(x: Any) -> Any:
    return np.sum(x, axis=-1, keepdims=True)


def squares(x: Any) -> Any:
    """Sum of a row's squares, for each of its numbers."""
    return np.broadcast_to(_sum(x * x), x.shape)


def squares_overflow(x: Any, largest: float) -> Any:
    """Where the squares of a row sum to more than the largest number."""
    return squares(x) > largest


class _Row(NamedTuple):
    """Of each row: s, |y|, 1 + r, and what the rounded mean moves y by."""

    scale: Any
    normalized: Any
    growth: Any
    moved: Any


def _row(x: Any, eps: float, u: float) -> _Row:
    n, apart = x.shape[-1], x - _mean(x)
    v, lost = _mean(apart**2), (3 * n + 3) * u * _mean(x * x)
    most = np.sqrt((v + eps) / np.maximum(v + eps - lost, eps)) - 1
    least = 1 - np.sqrt((v + eps) / (v + eps + lost))
    off = np.maximum(np.maximum(most, least), lost >= v)
    scale = (v + eps) ** -0.5
    moved = (n + 1) * u * _mean(np.abs(x)) * scale
    return _Row(scale, np.abs(apart) * scale, 1 + off, moved)


def mean_outweighs(x: Any, eps: float) -> Any:
    """Where a mean lies beyond its deviation, so that mean(x^2) - m^2 cancels."""
    return np.broadcast_to(_mean(x) ** 2 > _mean((x - _mean(x)) ** 2) + eps, x.shape)


def _standardized(x: Any, eps: float, u: float, allowed: Any) -> Any:
    row = _row(x, eps, u)
    return row.normalized * (row.growth - 1) + row.growth * (allowed + row.moved)


def _gradient(x: Any, eps: float, u: float, c: Any, allowed: Any) -> Any:
    row, signed = _row(x, eps, u), np.sign(x - _mean(x))
    along = np.abs(_mean(c * signed * row.normalized))
    grown = np.abs(c - _mean(c)) * (row.growth - 1) + row.normalized * along * (row.growth**3 - 1)
    moved = row.moved * (along + row.normalized * _mean(np.abs(c)))
    return row.scale * grown + row.growth**3 * (allowed + row.scale * moved)


# Sum of squares and square of the mean keep 3 n + 3 roundings of mean(x^2) between them: the
# squares 1, their mean n, twice the mean's n, its square 1, the difference 1. The variance loses
# `lost` = (3 n + 3) u mean(x^2), a negative one counts as 0 and passes no gradient (r >= 1 then):
# s grows to (1 + r) s at most, and with it whatever the usual roundings do. The mean, off by
# (n + 1) u mean|x|, moves y by s times that: two passes would move v with it, one does not.
ONE_PASS = Bound(
    "|y| r + (1 + r) (allowed + d), 1 + r = sqrt((v + eps) / (v + eps - lost)), lost = (3 n + 3) u "
    "mean(x^2), d = (n + 1) u s mean|x|",
    _standardized,
)
ONE_PASS_GRADIENT = Bound(
    "s (|c - mean c| r + |y mean(c y)| ((1 + r)^3 - 1)) + (1 + r)^3 (allowed + s d (|mean(c y)| + "
    "|y| mean|c|)), r and d as for the value",
    _gradient,
)


def _three_terms(x: Any, eps: float, u: float, c: Any, allowed: Any) -> Any:
    y, s = _row(x, eps, u).normalized, _row(x, eps, u).scale
    terms = np.abs(c) + _mean(np.abs(c)) + y * _mean(np.abs(c) * y)
    raw = s * (y * _mean(np.abs(c * x)) + np.abs(x) * _mean(np.abs(c) * y))
    return allowed + (x.shape[-1] + 4) * u * s * (terms + raw)


# s (c_i - mean(c) - y_i mean(c y)) from sums over raw x: n roundings of each sum, a product with s
# or y, the two subtractions, and the rounding of s.
THREE_TERMS = Bound(
    "allowed + (n + 4) u s (|c_i| + mean|c| + |y_i| mean|c y| + s |y_i| mean|c x| + s |x_i| "
    "mean|c y|): the three terms of the gradient cancel",
    _three_terms,
)


def slope_overflows(x: Any, eps: float, u: float, largest: float) -> Any:
    """Where (v + eps)^(-3/2), with the least variance that one pass may find, overflows."""
    n, v = x.shape[-1], _mean((x - _mean(x)) ** 2)
    least = np.maximum(v - (3 * n + 3) * u * _mean(x * x), 0) + eps
    return np.broadcast_to(least**-1.5 > largest, x.shape)


# A subnormal number read as 0 moves x_i - m by less than twice the smallest normal number.
READ_AS_ZERO = Bound(
    "allowed + 2 tiny / sqrt(eps): subnormal numbers are read as 0; 1 / sqrt(eps) magnifies them",
    lambda eps, tiny, allowed: allowed + 2 * tiny / np.sqrt(eps),
)

# Zero in place of y misses all of it.
NOTHING_LEFT = Bound("allowed + |y|: 0 in place of y", lambda y, allowed: allowed + np.abs(y))


def longest(x: Any) -> Any:
    """Where one number holds more than half of its row's squares."""
    return x * x > _sum(x * x) / 2


def outlies(x: Any, eps: float) -> Any:
    """Where one number holds more than half of its row's variance."""
    del eps
    return longest(x - _mean(x))


def _scaled_first(x: Any, eps: float, u: float, allowed: Any) -> Any:
    n, size = x.shape[-1], _mean(np.abs(x))
    return allowed + u * _row(x, eps, u).scale * (2 * np.abs(x) + (n + 2) * size)


# s x_i rounds s and the product, s m the n + 1 roundings of the mean and one more; the usual slack
# holds them but where one number outlies the others and y no longer moves with x.
SCALED_FIRST = Bound(
    "allowed + u s (2 |x_i| + (n + 2) mean|x|): s m is taken from s x_i, both of the mean's size",
    _scaled_first,
)


def _turned(x: Any, eps: float, u: float, c: Any, allowed: Any) -> Any:
    norm = np.maximum(np.sqrt(_sum(x * x)), eps)
    y = np.abs(x / norm)
    return allowed + (2 * x.shape[-1] + 6) * u * y * _sum(np.abs(c) * y) / norm


# c_i / r - y_i sum(c y) / r: the second term has r twice more (n / 2 + 1 roundings each), a sum of
# n products and four products and quotients.
TURNED = Bound(
    "allowed + (2 n + 6) u |y_i| sum_j |c_j y_j| / r: c_i - y_i sum(c y) cancels", _turned
)

# Each of the k numbers left is off by k + 1 roundings of max|x| in the threshold, a mean of k
# numbers of that size, and one in the difference.
THRESHOLD = Bound(
    "allowed + n (n + 2) u max|x|: the threshold is rounded in the size of x, not of 1",
    lambda x, u, allowed: (
        allowed + x.shape[-1] * (x.shape[-1] + 2) * u * np.max(np.abs(x), axis=-1)
    ),
)
