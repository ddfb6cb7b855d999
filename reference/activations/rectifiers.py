"""Rectifiers: activations that pass what is positive, and the identity, which passes everything."""

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
    odd,
    signed_zero,
    smooth,
)
from reference.numerics import Array, Jet
from reference.technique import Accuracy, Between, technique


@technique(
    source="Rosenblatt 1958, The perceptron; Widrow and Hoff 1960, Adaptive switching circuits",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        odd, nondecreasing, lipschitz(1.0), limits(-np.inf, np.inf), fixed_points(0.0, 1.0, -3.0),
        nan, signed_zero, smooth(),
    ),
    definition=lambda m, x: x,
)  # fmt: skip
def identity(x: Array) -> Jet:
    """Identity: the linear unit.

    y = x

    *Numerics*: exact; nothing is rounded.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: torch offers a module only, and returns the very tensor it was given.

    Example:
        >>> identity(np.array([-2.0, 3.0])).value
        array([-2.,  3.])
    """
    slope = np.where(np.isnan(x), x, np.ones_like(x))
    return Jet(x, slope, np.zeros_like(x))


@technique(
    source="Nair and Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        nondecreasing, bounds(0.0, None), lipschitz(1.0), kinks(0.0), limits(0.0, np.inf),
        fixed_points(0.0, 1.0), nan,
    ),
    definition=lambda m, x: x if x > 0 else 0 * x,
)  # fmt: skip
def relu(x: Array) -> Jet:
    """Rectified linear unit.

    y = max(0, x)

    *Numerics*: exact; nothing is rounded.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype. At the kink the derivative is 0 (the left one).

    *Differences*: torch and JAX both take the subgradient 0 at 0. torch returns -0 for -0, JAX +0.
    At NaN the derivative is 1 in torch, 0 in JAX.

    Example:
        >>> relu(np.array([-2.0, 3.0])).value
        array([0., 3.])
    """
    on = np.where(np.isnan(x), x, (x > 0).astype(x.dtype))
    return Jet(np.where(x > 0, x, 0 * on), on, 0 * on)


@technique(
    source="Maas, Hannun and Ng 2013, Rectifier nonlinearities improve neural acoustic models",
    accuracy=Accuracy(ulps=0.5, inputs=0),
    facts=(
        nondecreasing, kinks(0.0), limits(-np.inf, np.inf), fixed_points(0.0, 1.0), nan,
        signed_zero, lipschitz(lambda negative_slope: max(1.0, negative_slope)),
    ),
    definition=lambda m, x, negative_slope: x if x > 0 else negative_slope * x,
)  # fmt: skip
def leaky_relu(x: Array, *, negative_slope: Annotated[float, Between(0.001, 2.0)] = 0.01) -> Jet:
    """Leaky rectified linear unit: a small slope keeps the gradient alive below zero.

    y = max(0, x) + a * min(0, x)

    a is `negative_slope`.

    *Numerics*: one product, correctly rounded: half an ulp.

    Args:
        x: any shape, no unit.
        negative_slope: slope for x < 0; the paper's 0.01.

    Returns:
        Jet shaped like x, in its dtype. At the kink the derivative is a (the left one).

    *Differences*: the subgradient at 0 is a in torch and 1 in JAX.

    Example:
        >>> leaky_relu(np.array([-2.0, 3.0])).value
        array([-0.02,  3.  ])
    """
    return _leaky(x, x.dtype.type(negative_slope))


@technique(
    source="Xu, Wang, Chen and Li 2015, Empirical evaluation of rectified activations",
    accuracy=Accuracy(ulps=1.5, inputs=0),
    facts=(
        nondecreasing, kinks(0.0), limits(-np.inf, np.inf), fixed_points(0.0, 1.0), nan,
        signed_zero, lipschitz(1.0),
    ),
    definition=lambda m, x, lower, upper: x if x > 0 else (lower + upper) / 2 * x,
)  # fmt: skip
def rrelu(
    x: Array,
    *,
    lower: Annotated[float, Between(0.01, 0.25, log=True)] = 1 / 8,
    upper: Annotated[float, Between(0.25, 1.0, log=True)] = 1 / 3,
) -> Jet:
    """Randomized leaky rectified linear unit, in evaluation: with the mean of its slopes.

    y = max(0, x) + a * min(0, x),  a = (l + u) / 2

    l and u are `lower` and `upper`, the ends of the uniform distribution of the slope in training.

    *Numerics*: a is rounded once (at most an ulp of the product), the product once (half an ulp).

    Args:
        x: any shape, no unit.
        lower: smallest slope for x < 0.
        upper: largest slope for x < 0.

    Returns:
        Jet shaped like x, in its dtype. At the kink the derivative is a (the left one).

    *Differences*: the paper draws 1/a from U(3, 8) and evaluates with x / ((3 + 8) / 2), a slope of
    0.182; torch draws a from U(1/8, 1/3) and evaluates with a slope of 0.229. JAX has none.

    Example:
        >>> rrelu(np.array([-2.0, 3.0]), lower=0.25, upper=0.75).value
        array([-1.,  3.])
    """
    one = x.dtype.type(1)
    return _leaky(x, (lower * one + upper * one) / 2)


def _leaky(x: Array, slope_below: Array) -> Jet:
    """x above zero, `slope_below` times x elsewhere."""
    slope = np.where(x > 0, np.ones_like(x), slope_below)
    slope = np.where(np.isnan(x), x, slope)
    return Jet(np.where(x > 0, x, slope * x), slope, np.zeros_like(x))


@technique(
    source="So et al. 2021, Primer: searching for efficient transformers",
    accuracy=Accuracy(ulps=0.5, inputs=0),
    facts=(
        nondecreasing, bounds(0.0, None), limits(0.0, np.inf), fixed_points(0.0, 1.0), nan,
        smooth(0.0),
    ),
    definition=lambda m, x: x * x if x > 0 else 0 * x,
)  # fmt: skip
def squared_relu(x: Array) -> Jet:
    """Squared rectified linear unit.

    y = max(0, x)^2,  y' = 2 max(0, x)

    *Numerics*: one product, correctly rounded: half an ulp.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype. At 0, y'' jumps from 0 to 2; it is 0 there.

    *Differences*: neither library has it; both bindings compose its ReLU and its square.

    Example:
        >>> squared_relu(np.array([-2.0, 3.0])).value
        array([0., 9.])
    """
    above = relu(x)
    return Jet(above.value * above.value, 2 * above.value, 2 * above.first)
