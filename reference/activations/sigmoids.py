"""Sigmoids: smooth steps whose derivative vanishes at both ends."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.facts import (
    bounds,
    fixed_points,
    limits,
    lipschitz,
    nan,
    nondecreasing,
    odd,
    signed_zero,
    smooth,
)
from reference.numerics import ULPS, Array, Jet, logistic
from reference.technique import Accuracy, Between, technique


@technique(
    source="Verhulst 1845; Han and Moraga 1995, The influence of the sigmoid function parameters",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"], inputs=1),
    facts=(nondecreasing, bounds(0.0, 1.0), lipschitz(0.25), limits(0.0, 1.0), nan, smooth()),
    definition=lambda m, x: 1 / (1 + m.exp(-x)),
)
def sigmoid(x: Array) -> Jet:
    """Logistic sigmoid.

    y = s(x) = 1 / (1 + exp(-x)),  y' = s(x) s(-x),  y'' = -y' tanh(x / 2)

    *Numerics*: s(-x) is evaluated in place of 1 - s(x), which cancels in the upper tail, and
    tanh(x / 2) in place of 2 s(x) - 1, which cancels at 0. One exponential of -|x|, which never
    overflows, and one division.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: none in formula. torch and JAX form y (1 - y) and lose the derivative from
    x = 16.64 in float32; JAX keeps it under `jax.lax.logistic(x, accuracy=HIGHEST)`. In float16
    JAX forms exp(-x) in float16 too and returns 0 from x = -11.09 down.

    Example:
        >>> sigmoid(np.array([0.0, 40.0])).first
        array([2.50000000e-01, 4.24835426e-18])
    """
    y, rest = logistic(x), logistic(-x)
    slope = y * rest
    return Jet(y, slope, slope * -np.tanh(x / 2))


@technique(
    source="LeCun, Bottou, Orr and Mueller 1998, Efficient BackProp, section 4.4",
    accuracy=Accuracy(ulps=ULPS["tanh"], inputs=1),
    facts=(
        odd, nondecreasing, bounds(-1.0, 1.0), lipschitz(1.0), limits(-1.0, 1.0),
        fixed_points(0.0), nan, signed_zero, smooth(),
    ),
    definition=lambda m, x: m.tanh(x),
)  # fmt: skip
def tanh(x: Array) -> Jet:
    """Hyperbolic tangent.

    y = tanh(x),  y' = 1 / cosh(x)^2,  y'' = -2 y y'

    *Numerics*: 1 / cosh^2 in place of 1 - y^2, which cancels in both tails.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: none in formula. torch forms 1 - y^2, JAX (1 + y) (1 - y): both lose the
    derivative from |x| = 9 in float32.

    Example:
        >>> tanh(np.array([0.0, 20.0])).first
        array([1.0000000e+00, 1.6993417e-17])
    """
    y, slope = np.tanh(x), _sech(x) ** 2
    return Jet(y, slope, -2 * y * slope)


@technique(
    source="LeCun, Bottou, Orr and Mueller 1998, Efficient BackProp, section 4.4",
    accuracy=Accuracy(ulps=ULPS["tanh"] + 2, inputs=2),
    facts=(
        odd, nondecreasing, bounds(lambda amplitude: -amplitude, lambda amplitude: amplitude),
        lipschitz(lambda amplitude, slope: amplitude * slope), fixed_points(0.0), nan, signed_zero,
        limits(lambda amplitude: -amplitude, lambda amplitude: amplitude), smooth(),
    ),
    definition=lambda m, x, amplitude, slope: amplitude * m.tanh(slope * x),
)  # fmt: skip
def scaled_tanh(
    x: Array,
    *,
    amplitude: Annotated[float, Between(0.25, 4.0, log=True)] = 1.7159,
    slope: Annotated[float, Between(0.125, 4.0, log=True)] = 2 / 3,
) -> Jet:
    """LeCun's hyperbolic tangent: unit variance in gives unit variance out, f(1) = 1.

    y = A tanh(S x),  y' = A S / cosh(S x)^2,  y'' = -2 A S^2 tanh(S x) / cosh(S x)^2

    A is `amplitude`, S is `slope`.

    *Numerics*: as `tanh`. The product S x rounds once on the way in, A times it on the way out,
    which may take an ulp across a power of two. What may be subnormal comes last, for scaling up
    would scale its rounding up as well: 1 / cosh is squared after A and S are in, and where
    tanh(S x) is S x, -2 A S^3 x is formed from x itself.

    Args:
        x: any shape, no unit.
        amplitude: the value at infinity; 1.7159 in the paper.
        slope: the argument's scale; 2/3 in the paper.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: neither library has it, both compose it from tanh.

    Example:
        >>> scaled_tanh(np.array([1.0])).value.round(4)
        array([1.])
    """
    t, sech = np.tanh(slope * x), _sech(slope * x)
    steepness = amplitude * slope * sech
    curvature = np.where(t == slope * x, -2 * slope**2 * x, -2 * slope * t) * steepness * sech
    return Jet(amplitude * t, steepness * sech, curvature)


@technique(
    source="Bergstra, Desjardins, Lamblin and Bengio 2009, Quadratic polynomials learn better "
    "image features",
    accuracy=Accuracy(ulps=1 + ULPS["div"], inputs=1),
    facts=(
        odd, nondecreasing, bounds(-1.0, 1.0), lipschitz(1.0), limits(-1.0, 1.0),
        fixed_points(0.0), nan, signed_zero, smooth(0.0),
    ),
    definition=lambda m, x: x / (1 + abs(x)),
)  # fmt: skip
def softsign(x: Array) -> Jet:
    """Softsign: a sigmoid whose tails are polynomial, so that its gradient fades slowly.

    y = x / (1 + |x|),  y' = 1 / (1 + |x|)^2,  y'' = -2 sign(x) / (1 + |x|)^3

    *Numerics*: the quotient r = 1 / (1 + |x|) is squared, and not 1 + |x|, which would overflow.
    The sum is off by u, at most one ulp; then one division. At infinity the limit, not inf / inf.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype. At 0 the second derivative jumps from 2 to -2; it is 0.

    *Differences*: none in formula; JAX calls it `soft_sign`. At +-inf both return NaN;
    both lose the derivative to cancellation from |x| = 1e7 in float32, and JAX in float16 returns
    1 / (1 + |x|) from |x| = 255 on, 256 times the truth.

    Example:
        >>> softsign(np.array([-np.inf, 1.0])).value
        array([-1. ,  0.5])
    """
    r = 1 / (1 + np.abs(x))
    y = np.where(np.isinf(x), np.sign(x), x / (1 + np.abs(x)))
    return Jet(y, r * r, -2 * np.sign(x) * r * r * r)


def _sech(x: Array) -> Array:
    """1 / cosh(x) by exp(-|x|), which never overflows."""
    e = np.exp(-np.abs(x))
    return 2 * e / (1 + e * e)
