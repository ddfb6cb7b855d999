"""Hard activations: sigmoids, tanh, swish and softplus with their curves replaced by few pieces."""

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


@technique(
    source="Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        nondecreasing, bounds(0.0, 6.0), lipschitz(1.0), kinks(0.0, 6.0), limits(0.0, 6.0),
        fixed_points(0.0, 1.0, 6.0), nan,
    ),
    definition=lambda m, x: 6 + 0 * x if x > 6 else x if x > 0 else 0 * x,
)  # fmt: skip
def relu6(x: Array) -> Jet:
    """Rectified linear unit that saturates at 6, so that few bits suffice.

    y = min(max(0, x), 6)

    *Numerics*: exact; nothing is rounded.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype. At both kinks the derivative is 0 (the lower one).

    *Differences*: none in value; torch and JAX both take the subgradient 0 at both kinks.

    Example:
        >>> relu6(np.array([-2.0, 3.0, 8.0])).value
        array([0., 3., 6.])
    """
    return Jet(np.clip(x, 0, 6), _between(x, 0, 6), np.zeros_like(x))


@technique(
    source="Collobert 2004, Large scale machine learning (thesis)",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        nondecreasing, bounds(lambda low: low, lambda high: high), lipschitz(1.0),
        kinks(lambda low: low, lambda high: high), limits(lambda low: low, lambda high: high),
        fixed_points(0.0, 0.25, -0.25), nan, signed_zero,
    ),
    definition=lambda m, x, low, high: high + 0 * x if x > high else low + 0 * x if x < low else x,
)  # fmt: skip
def hard_tanh(
    x: Array,
    *,
    low: Annotated[float, Between(-4.0, -0.25)] = -1.0,
    high: Annotated[float, Between(0.25, 4.0)] = 1.0,
) -> Jet:
    """Hyperbolic tangent made of three lines.

    y = min(max(l, x), h)

    l and h are `low` and `high`.

    *Numerics*: exact; nothing is rounded.

    Args:
        x: any shape, no unit.
        low: what x is cut to below, -1 in the thesis.
        high: what x is cut to above, 1 in the thesis.

    Returns:
        Jet shaped like x, in its dtype. At both kinks the derivative is 0 (the lower one).

    *Differences*: torch names the bounds `min_val` and `max_val`; JAX's are fixed at -1 and 1. The
    subgradient at both kinks is 0 in torch and 1 in JAX.

    Example:
        >>> hard_tanh(np.array([-2.0, 0.5, 3.0])).value
        array([-1. ,  0.5,  1. ])
    """
    return Jet(np.clip(x, low, high), _between(x, low, high), np.zeros_like(x))


@technique(
    source="Howard et al. 2019, Searching for MobileNetV3, section 5.2",
    accuracy=Accuracy(ulps=1 + ULPS["div"], inputs=0),
    facts=(
        nondecreasing, bounds(0.0, 1.0), lipschitz(1 / 6), kinks(-3.0, 3.0), limits(0.0, 1.0), nan,
    ),
    definition=lambda m, x: 1 + 0 * x if x > 3 else (x + 3) / 6 if x > -3 else 0 * x,
)  # fmt: skip
def hard_sigmoid(x: Array) -> Jet:
    """Logistic sigmoid made of three lines.

    y = min(max(0, x + 3), 6) / 6

    *Numerics*: the sum is rounded once, which is at most an ulp of the quotient, and is exact for
    -6 <= x <= -1.5 (Sterbenz), so that the lower end keeps its relative accuracy; one division.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype. At both kinks the derivative is 0 (the lower one).

    *Differences*: torch and JAX agree, also in the subgradient 0 at both kinks; torch offers no
    second derivative. Keras 2 had min(max(0, 0.2 x + 0.5), 1); BinaryConnect's hard sigmoid is
    `sparse_sigmoid` here.

    Example:
        >>> hard_sigmoid(np.array([-4.0, 0.0, 3.0])).value
        array([0. , 0.5, 1. ])
    """
    return Jet(np.clip(x + 3, 0, 6) / 6, _between(x, -3, 3) / 6, np.zeros_like(x))


@technique(
    source="Howard et al. 2019, Searching for MobileNetV3, section 5.2",
    accuracy=Accuracy(ulps=2 + ULPS["div"], inputs=2),
    facts=(
        bounds(-0.375, None, attained=True), lipschitz(1.5), kinks(-3.0, 3.0), limits(0.0, np.inf),
        fixed_points(0.0, 3.0, 64.0), nan, signed_zero,
    ),
    definition=lambda m, x: x if x > 3 else x * (x + 3) / 6 if x > -3 else 0 * x,
)  # fmt: skip
def hard_swish(x: Array) -> Jet:
    """Swish with the hard sigmoid for its gate.

    y = x min(max(0, x + 3), 6) / 6,  y' = (2 x + 3) / 6 for -3 < x < 3

    *Numerics*: a sum and a product before the division, each at most an ulp of the result. The
    derivative has a root at x = -1.5. Who forms it as gate + x / 6 rounds each term twice, which is
    4 u |x| / 6 = 2 u |x y''| at the root: hence inputs=2. Here it is one sum, exact at the root.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype. At both kinks the derivative is the outer one, 0 and 1.

    *Differences*: torch divides last, and overflows where 6 x does; JAX divides first. Both return
    NaN at -inf.

    Example:
        >>> hard_swish(np.array([-4.0, 1.0, 3.0, 8.0])).value
        array([0.        , 0.66666667, 3.        , 8.        ])
    """
    above = (x >= 3) | np.isnan(x)
    below = x <= -3
    middle = x * ((x + 3) / 6)
    nothing = np.zeros_like(x)
    one = np.where(np.isnan(x), x, np.ones_like(x))
    return Jet(
        np.where(above, x, np.where(below, nothing, middle)),
        np.where(above, one, np.where(below, nothing, (2 * x + 3) / 6)),
        _between(x, -3, 3) / 3,
    )


@technique(
    source="Blondel, Martins and Niculae 2020, Learning with Fenchel-Young losses",
    accuracy=Accuracy(ulps=2.5, inputs=0),
    facts=(
        nondecreasing, bounds(0.0, None), lipschitz(1.0), limits(0.0, np.inf),
        fixed_points(1.0, 64.0), nan, smooth(-1.0, 1.0),
    ),
    definition=lambda m, x: x if x > 1 else (x + 1) * (x + 1) / 4 if x > -1 else 0 * x,
)  # fmt: skip
def sparse_plus(x: Array) -> Jet:
    """Softplus made of two lines and a parabola: exactly zero from -1 down.

    y = 0 for x <= -1,  (x + 1)^2 / 4 for -1 < x < 1,  x for x >= 1

    *Numerics*: the sum is rounded once and counts twice, as a factor of the square; the square is
    rounded once more (half an ulp).

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype. At -1 and 1 the second derivative jumps; it is 0 there.

    *Differences*: JAX only; its derivative is NaN where 2 (x + 1) overflows.

    Example:
        >>> sparse_plus(np.array([-2.0, 0.0, 3.0])).value
        array([0.  , 0.25, 3.  ])
    """
    slope = sparse_sigmoid(x)
    middle = slope.value * slope.value
    return Jet(np.where(x >= 1, x, middle), slope.value, slope.first)


@technique(
    source="Blondel, Martins and Niculae 2020, Learning with Fenchel-Young losses",
    accuracy=Accuracy(ulps=0.5, inputs=0),
    facts=(
        nondecreasing, bounds(0.0, 1.0), lipschitz(0.5), kinks(-1.0, 1.0), limits(0.0, 1.0),
        fixed_points(1.0), nan,
    ),
    definition=lambda m, x: 1 + 0 * x if x > 1 else (x + 1) / 2 if x > -1 else 0 * x,
)  # fmt: skip
def sparse_sigmoid(x: Array) -> Jet:
    """Derivative of sparse plus: sparsemax of two classes, and BinaryConnect's hard sigmoid.

    y = min(max(0, x + 1), 2) / 2

    *Numerics*: one sum, correctly rounded: half an ulp.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype. At both kinks the derivative is 0 (the lower one).

    *Differences*: JAX only; its subgradient at both kinks is 1/4, the middle one.

    Example:
        >>> sparse_sigmoid(np.array([-2.0, 0.0, 3.0])).value
        array([0. , 0.5, 1. ])
    """
    return Jet(np.clip(x + 1, 0, 2) / 2, _between(x, -1, 1) / 2, np.zeros_like(x))


def _between(x: Array, low: float, high: float) -> Array:
    """1 for low < x < high, 0 elsewhere, NaN at NaN: asked of x, not of a rounded sum of it."""
    inside = ((x > low) & (x < high)).astype(x.dtype)
    return np.where(np.isnan(x), x, inside)
