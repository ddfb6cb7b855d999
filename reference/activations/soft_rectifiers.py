"""Soft rectifiers: smooth functions that fade to 0 on the left and to the identity on the right."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.facts import bounds, limits, lipschitz, nan, nondecreasing, smooth
from reference.numerics import ULPS, Array, Jet, logistic
from reference.technique import Accuracy, Between, technique


@technique(
    source="Dugas, Bengio, Belisle, Nadeau and Garcia 2001, Incorporating second-order functional "
    "knowledge for better option pricing",
    accuracy=Accuracy(
        ulps=ULPS["exp"] + ULPS["log1p"] + ULPS["div"] + ULPS["round"], inputs=2
    ),
    facts=(
        nondecreasing, bounds(0.0, None), lipschitz(1.0), limits(0.0, np.inf), nan, smooth(),
    ),
    definition=lambda m, x, beta: (
        m.log1p(m.exp(beta * x)) / beta if x < 0 else x + m.log1p(m.exp(-beta * x)) / beta
    ),
)  # fmt: skip
def softplus(x: Array, *, beta: Annotated[float, Between(0.125, 8.0, log=True)] = 1.0) -> Jet:
    """Softplus: a rectifier with a rounded corner, the integral of the sigmoid.

    y = log(1 + exp(b x)) / b,  y' = s(b x),  y'' = b s(b x) s(-b x)

    b is `beta`, s is the logistic function, s(x) = 1 / (1 + exp(-x)).

    *Numerics*: y = max(x, 0) + log1p(exp(-|b x|)) / b: both terms are positive, nothing cancels,
    and the exponential never overflows. One exponential, one log1p, one quotient, one sum; the
    product b x is rounded on the way in.

    Args:
        x: any shape, no unit.
        beta: sharpness of the corner, whose size is log(2) / b.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: JAX has b = 1 alone. torch returns x itself where b x > threshold = 20, an
    approximation that is off by log1p(exp(-b x)) / b <= 2.1e-9 / b: nothing in float32, ten million
    ulps in float64, and its derivatives beyond are 1 and 0. It is no form of its own but a guard
    against overflow (without it exp(b x) is inf), and so registered as a deviation of torch.

    Example:
        >>> softplus(np.array([-40.0, 0.0, 1e4])).value
        array([4.24835426e-18, 6.93147181e-01, 1.00000000e+04])
    """
    z = beta * x
    slope = logistic(z)
    y = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(z))) / beta
    return Jet(y, slope, beta * slope * logistic(-z))


@technique(
    source="Barron 2021, Squareplus: a softplus-like algebraic rectifier, equation 1 "
    "(arXiv:2112.11687)",
    accuracy=Accuracy(ulps=2 * ULPS["sqrt"] + 2 + ULPS["div"], inputs=1),
    facts=(
        nondecreasing, bounds(0.0, None), lipschitz(1.0), limits(0.0, np.inf), nan, smooth(),
    ),
    definition=lambda m, x, b: (x + m.sqrt(x * x + b)) / 2,
)  # fmt: skip
def squareplus(x: Array, *, b: Annotated[float, Between(0.25, 16.0, log=True)] = 4.0) -> Jet:
    """Squareplus: a rectifier with a rounded corner by a square root alone.

    y = (x + r) / 2,  y' = y / r,  y'' = b / (2 r^3),  r = sqrt(x^2 + b)

    *Numerics*: for x < 0 x + r cancels: there y = b / (2 (r - x)), the same number. r is the
    hypotenuse of x and sqrt(b), which does not overflow before x does. Two roots, two sums, one
    quotient.

    Args:
        x: any shape, no unit.
        b: width of the corner, y(0) = sqrt(b) / 2; the paper's 4 gives softplus' curvature at 0.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: JAX only, as (x + sqrt(x * x + b)) / 2: it cancels on the left and overflows for
    |x| > 1.8e19 in float32.

    Example:
        >>> squareplus(np.array([-1e9, 0.0, 1e300])).value
        array([1.e-009, 1.e+000, 1.e+300])
    """
    r = np.hypot(x, np.sqrt(x.dtype.type(b)))
    half = np.abs(x) / 2 + r / 2
    y = np.where(x < 0, b / 4 / half, half)
    return Jet(y, y / r, b / 2 / r / r / r)
