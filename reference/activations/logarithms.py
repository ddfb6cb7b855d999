"""Logarithms of probabilities: of a sigmoid, and of the complement of an exponential."""

from __future__ import annotations

import math

import numpy as np

from reference.facts import bounds, limits, lipschitz, nan, nondecreasing, smooth
from reference.numerics import ULPS, Array, Jet, logistic
from reference.technique import Accuracy, technique


@technique(
    source="Goodfellow, Bengio and Courville 2016, Deep Learning, section 3.10",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["log1p"] + ULPS["round"], inputs=1),
    facts=(nondecreasing, bounds(None, 0.0), lipschitz(1.0), limits(-np.inf, 0.0), nan, smooth()),
    definition=lambda m, x: x - m.log1p(m.exp(x)) if x < 0 else -m.log1p(m.exp(-x)),
)
def log_sigmoid(x: Array) -> Jet:
    """Logarithm of the logistic sigmoid.

    y = -log(1 + exp(-x)),  y' = s(-x),  y'' = -s(x) s(-x)

    s is the logistic function, s(x) = 1 / (1 + exp(-x)).

    *Numerics*: y = min(x, 0) - log1p(exp(-|x|)): both terms have one sign, nothing cancels, and
    the exponential never overflows. One exponential, one log1p, one difference.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: none in formula; torch calls it `logsigmoid`.

    Example:
        >>> log_sigmoid(np.array([-1e4, 0.0, 40.0])).value
        array([-1.00000000e+04, -6.93147181e-01, -4.24835426e-18])
    """
    y = np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))
    rest = logistic(-x)
    return Jet(y, rest, -logistic(x) * rest)


@technique(
    source="Maechler 2012, Accurately computing log(1 - exp(-|a|)), equation 7",
    accuracy=Accuracy(ulps=2 * ULPS["expm1"] + ULPS["log"], inputs=1),
    facts=(nondecreasing, bounds(None, 0.0), limits(np.nan, 0.0), nan),
    definition=lambda m, x: (
        m.without_derivative("nan" if x < 0 else "-inf")
        if x <= 0
        else m.log(-m.expm1(-x))
        if x < 1
        else m.log1p(-m.exp(-x))
    ),
)
def log1mexp(x: Array) -> Jet:
    """Logarithm of one minus an exponential: the log-probability of the complement.

    y = log(1 - exp(-x)),  y' = 1 / (exp(x) - 1),  y'' = -exp(x) / (exp(x) - 1)^2

    Defined for x > 0. At 0 y is -inf, the limit, and below 0 NaN; both have NaN as derivatives.

    *Numerics*: log(-expm1(-x)) for x < log 2 and log1p(-exp(-x)) beyond: each is called where its
    argument is at most 1/2, so that neither 1 - exp nor the logarithm of a number near 1 cancels.
    An error of 3 ulps of expm1, 6 u of it, is 6 u of a logarithm that is at least log 2: 6 ulps;
    then the logarithm's own. The derivatives are e / m and -e / m^2 with e = exp(-x), which does
    not overflow, and m = 1 - e.

    Args:
        x: any shape, no unit: minus a log-probability.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: JAX only. Its gradient below 0 is 1 / expm1(x), a number where the value is NaN.

    Example:
        >>> log1mexp(np.array([1e-300, 40.0])).value
        array([-6.90775528e+02, -4.24835426e-18])
    """
    inside = np.where(x > 0, x, x.dtype.type(np.nan))
    e, m = np.exp(-inside), -np.expm1(-inside)
    y = np.where(x < math.log(2), np.log(m), np.log1p(-e))
    slope = e / m
    return Jet(np.where(x == 0, -np.inf, y).astype(x.dtype), slope, -slope / m)
