"""Exponential units: linear on the right, an exponential that saturates on the left."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.facts import (
    bounds,
    fixed_points,
    kinks,
    limits,
    lipschitz,
    nan,
    nondecreasing,
    signed_zero,
    smooth,
)
from reference.numerics import ULPS, Array, Jet
from reference.technique import Accuracy, Between, technique

# Equation 14 solved for mean 0 and variance 1, in mpmath; the paper prints 1.6733 and 1.0507.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@technique(
    source="Clevert, Unterthiner and Hochreiter 2016, Fast and accurate deep network learning by "
    "exponential linear units, equation 15 (arXiv:1511.07289)",
    accuracy=Accuracy(ulps=ULPS["expm1"] + 1, inputs=1),
    facts=(
        nondecreasing, bounds(lambda alpha: -alpha, None), lipschitz(lambda alpha: max(1.0, alpha)),
        kinks(0.0), limits(lambda alpha: -alpha, np.inf), fixed_points(0.0), nan, signed_zero,
    ),
    definition=lambda m, x, alpha: x if x > 0 else alpha * (m.exp(x) - 1),
)  # fmt: skip
def elu(x: Array, *, alpha: Annotated[float, Between(0.125, 4.0, log=True)] = 1.0) -> Jet:
    """Exponential linear unit: saturates on the left and pushes the mean towards zero.

    y = x for x > 0, a (exp(x) - 1) for x <= 0

    a is `alpha`.

    *Numerics*: expm1 on the left, where exp(x) - 1 cancels near 0; exp for the derivatives, where
    expm1(x) + 1 cancels in the tail. One elementary function and a product, which may take half an
    ulp and an ulp across a power of two.

    Args:
        x: any shape, no unit.
        alpha: minus the value at -infinity; the paper's 1.

    Returns:
        Jet shaped like x, in its dtype. At the kink (a other than 1) the derivative is a, the left.

    *Differences*: none in formula. JAX differentiates expm1 as expm1(x) + 1 and loses the
    derivative from x = -17.3 in float32.

    Example:
        >>> elu(np.array([-1e-20, 3.0])).value
        array([-1.e-20,  3.e+00])
    """
    left = np.where(x > 0, np.zeros_like(x), x)
    slope = alpha * np.exp(left)
    return _joined(x, alpha * np.expm1(left), slope, slope)


@technique(
    source="Barron 2017, Continuously differentiable exponential linear units, equation 2 "
    "(arXiv:1704.07483)",
    accuracy=Accuracy(ulps=ULPS["expm1"] + 1, inputs=2),
    facts=(
        nondecreasing, bounds(lambda alpha: -alpha, None), lipschitz(1.0), smooth(0.0),
        limits(lambda alpha: -alpha, np.inf), fixed_points(0.0), nan, signed_zero,
    ),
    definition=lambda m, x, alpha: x if x > 0 else alpha * (m.exp(x / alpha) - 1),
)  # fmt: skip
def celu(x: Array, *, alpha: Annotated[float, Between(0.125, 4.0, log=True)] = 1.0) -> Jet:
    """Continuously differentiable exponential linear unit: an ELU whose slope at 0 is always 1.

    y = max(0, x) + min(0, a (exp(x / a) - 1))

    a is `alpha`.

    *Numerics*: as `elu`. The argument of the exponential is rounded once as x / a, twice as
    x (1 / a): hence inputs = 2.

    Args:
        x: any shape, no unit.
        alpha: minus the value at -infinity, and the width of the bend; the paper's 1.

    Returns:
        Jet shaped like x, in its dtype. At 0 the second derivative jumps from 1 / a to 0.

    *Differences*: none in formula. JAX differentiates expm1 as expm1(x) + 1 and loses the
    derivative from x = -17.3 a in float32. torch rounds a to single precision in its backward
    pass, also in float64.

    Example:
        >>> celu(np.array([0.0, -1e9]), alpha=2.0).value
        array([ 0., -2.])
    """
    left = np.where(x > 0, np.zeros_like(x), x) / alpha
    slope = np.exp(left)
    return _joined(x, alpha * np.expm1(left), slope, slope / alpha)


@technique(
    source="Klambauer, Unterthiner, Mayr and Hochreiter 2017, Self-normalizing neural networks, "
    "equations 2 and 14 (arXiv:1706.02515)",
    accuracy=Accuracy(ulps=ULPS["expm1"] + 4, inputs=1),
    facts=(
        nondecreasing, bounds(-SELU_SCALE * SELU_ALPHA, None), lipschitz(SELU_SCALE * SELU_ALPHA),
        kinks(0.0), limits(-SELU_SCALE * SELU_ALPHA, np.inf), fixed_points(0.0), nan, signed_zero,
    ),
    definition=lambda m, x: (
        m.number("1.0507009873554804934193349852946")
        * (x if x > 0 else m.number("1.6732632423543772848170429916717") * (m.exp(x) - 1))
    ),
)  # fmt: skip
def selu(x: Array) -> Jet:
    """Scaled exponential linear unit: standard normal inputs give mean 0 and variance 1 again.

    y = l x for x > 0, l a (exp(x) - 1) for x <= 0

    l = 1.0507009873554805, a = 1.6732632423543772; both follow from mean 0 and variance 1
    (equation 14).

    *Numerics*: as `elu`. Two constants are rounded, and two products: at most an ulp each.

    Args:
        x: any shape, no unit: standardized, for the fixed point to hold.

    Returns:
        Jet shaped like x, in its dtype. At the kink the derivative is l a = 1.758, the left one.

    *Differences*: none in formula. JAX differentiates expm1 as expm1(x) + 1 and loses the
    derivative from x = -17.3 in float32.

    Example:
        >>> selu(np.array([-np.inf, 1.0])).value
        array([-1.75809934,  1.05070099])
    """
    left = np.where(x > 0, np.zeros_like(x), x)
    slope = SELU_SCALE * SELU_ALPHA * np.exp(left)
    found = _joined(SELU_SCALE * x, SELU_SCALE * SELU_ALPHA * np.expm1(left), slope, slope)
    return found._replace(first=np.where(x > 0, x.dtype.type(SELU_SCALE), found.first))


def _joined(x: Array, left: Array, slope: Array, curvature: Array) -> Jet:
    """The identity for x > 0, the given jet for x <= 0 (and NaN)."""
    right = x > 0
    return Jet(
        np.where(right, x, left),
        np.where(right, np.ones_like(x), slope),
        np.where(right, np.zeros_like(x), curvature),
    )
