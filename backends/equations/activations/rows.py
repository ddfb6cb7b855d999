"""What the usual formulas for rows lose, with the derivation of each equation.

n is the length of a row, p its softmax, m its maximum, r the sum of the other numbers' exp(x - m),
c the cotangents. In first order, with elementary functions off by at most one ulp (2 u).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from backends.binding import Bound


def outweighs(x: Any) -> Any:
    """Where one number has more than half of its row's exponentials."""
    return special.softmax(x, axis=-1) > 0.5


def _dot(p: Any, c: Any) -> Any:
    return np.sum(p * np.abs(c), axis=-1, keepdims=True)


def _terms(x: Any) -> int:
    return int(np.shape(x)[-1])


def shares_pullback(sign: int) -> Bound:
    """Error of p (c - sum(c p)), the usual pullback of softmax, of sign * x.

    The sum of the computed p is not 1: the n - 1 roundings of the normalizer and one of each
    quotient are left in 1 - sum(p), and the products and the sum c p add n. Where one p is near 1,
    c - sum(c p) keeps them all, while the truth is small: 2 n u p_i sum_j p_j |c_j|.
    """

    def size(x: Any, c: Any, u: float, allowed: Any) -> Any:
        p = special.softmax(sign * x, axis=-1)
        return allowed + 2 * _terms(x) * u * p * _dot(p, c)

    return Bound(
        "allowed + 2 n u p_i sum_j p_j |c_j|: 1 - sum(p) and sum(c p) keep 2 n roundings", size
    )


# log(1 + r) is off by the n - 1 roundings of 1 + r, 2 u r / (1 + r) of the exponentials and 2 u of
# itself where it is at most 1: where log1p(r) is below u, it is lost.
LOG_OF_SUM = Bound(
    "allowed + (n + 3) u: r is rounded to the format of 1 + r before the logarithm is taken",
    lambda x, u, allowed: allowed + (_terms(x) + 3) * u,
)

# The same, and the logarithm m + log(1 + r) is rounded before x_t is taken off.
LOG_OF_SUM_LESS_LOGIT = Bound(
    "allowed + (n + 4 + |log sum exp(x)|) u: the logarithm is rounded before x_t is taken off",
    lambda x, u, allowed: allowed + (_terms(x) + 4 + np.abs(special.logsumexp(x, axis=-1))) * u,
)


def right_class(x: Any, targets: Any) -> Any:
    """At the target, where it has more than half of its row's exponentials."""
    return outweighs(x) & (np.arange(_terms(x)) == targets[..., None])


# log p is off by (n + 3) u as above and by its rounding (at most log 2 u), p = exp(log p) by 2 u
# more; p - 1 keeps it all.
SHARE_LESS_ONE = Bound(
    "allowed + (n + 6) u p |c|: p - 1 cancels, and keeps the n + 6 roundings of p",
    lambda x, c, u, allowed: (
        allowed + (_terms(x) + 6) * u * special.softmax(x, axis=-1) * np.abs(c)[..., None]
    ),
)

# log(n) is off by 2 u of itself, log sum exp(x) by the roundings above and of its own.
LOG_OF_MEAN = Bound(
    "allowed + (n + 3 + |y| + 4 log n) u: log n is taken off a rounded logarithm of the same size",
    lambda x, y, u, allowed: allowed + (_terms(x) + 3 + np.abs(y) + 4 * np.log(_terms(x))) * u,
)
