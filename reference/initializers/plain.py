"""Initializers whose spread does not depend on the layer: normal, uniform, truncated."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import numpy as np

from reference.distributions import NORMAL, UNIFORM, Drawn, cut_normal, drawn
from reference.numerics import Array
from reference.technique import Accuracy, Between, technique

Deviation: TypeAlias = Annotated[float, Between(2.0**-10, 8.0, log=True)]

SMALL = 0.01
"""The usual small standard deviation; it is JAX's default as well."""


@technique(
    source="Zero-mean normal numbers of a free standard deviation; LeCun et al. 1998, Efficient "
    "BackProp, section 4.6",
    accuracy=Accuracy(ulps=0.5, inputs=1),
)
def normal(seed: Array, weight: Array, *, std: Deviation = 1.0) -> Drawn:
    """Zero-mean normal numbers of a free standard deviation.

    W ~ N(0, s^2)

    s: std, whatever the shape of the layer: a signal's variance is multiplied by s^2 fan_in in
    every linear layer, so it vanishes or explodes unless s is chosen by the fans.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round s to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, of any shape.
        std: standard deviation, in the weight's unit.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    *Differences*: torch's normal_ has the default 1, JAX's normal the default 0.01. JAX computes
    in the weight's dtype: 128 different numbers in bfloat16, with the mean -0.012 s.

    Example:
        >>> import numpy as np
        >>> normal(0, np.empty(3), std=2.0).deviation
        2.0
    """
    return drawn(seed, weight, NORMAL, std)


@technique(
    source="Krizhevsky, Sutskever and Hinton 2012, ImageNet classification with deep "
    "convolutional neural networks, section 5",
    accuracy=Accuracy(ulps=0.5, inputs=1),
)
def small_normal(seed: Array, weight: Array) -> Drawn:
    """Small normal numbers, the usual choice before the fans were counted.

    W ~ N(0, 0.01^2)

    Symmetry is broken and activations stay in their linear range; but gradients vanish in deep
    nets, as s^2 fan_in is far below 1.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round 0.01 to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, of any shape.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    *Differences*: JAX's normal() has this deviation as its default; torch's normal_ needs
    std=0.01. In bfloat16, JAX draws 128 different numbers.

    Example:
        >>> import numpy as np
        >>> small_normal(0, np.empty(3)).deviation
        0.01
    """
    return drawn(seed, weight, NORMAL, SMALL)


@technique(
    source="Uniform numbers of a free bound; LeCun et al. 1998, Efficient BackProp, section 4.6",
    accuracy=Accuracy(ulps=0.5, inputs=1),
)
def uniform(
    seed: Array,
    weight: Array,
    *,
    bound: Deviation = 1.0,
    interval: Literal["symmetric", "from_zero"] = "symmetric",
) -> Drawn:
    """Uniform numbers between two bounds.

    W ~ U(-a, a), or W ~ U(0, a) with `interval="from_zero"`

    a: bound. The standard deviation is a / sqrt(3) or a / sqrt(12). Weights from 0 on have a mean,
    a / 2, so a layer's outputs follow the sum of its inputs.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round a to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, of any shape.
        bound: the largest magnitude, in the weight's unit.
        interval: on both sides of 0, or from 0 on.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    *Differences*: JAX's uniform(scale) draws from [0, scale) with scale 0.01 as its default, and
    nothing else; torch's uniform_ from [a, b), with the default [0, 1). In JAX,
    `variance_scaling(a**2 / 3 * fan, "fan_in", "uniform")` or jax.random.uniform is symmetric.

    Example:
        >>> import numpy as np
        >>> uniform(0, np.empty(3), bound=2.0, interval="from_zero").mean
        1.0
    """
    if interval == "from_zero":
        return drawn(seed, weight, UNIFORM, bound / np.sqrt(12.0), bound / 2)
    return drawn(seed, weight, UNIFORM, bound / np.sqrt(3.0))


@technique(
    source="Normal numbers cut off at a multiple of their deviation; Johnson, Kotz and "
    "Balakrishnan 1994, Continuous univariate distributions 1, section 13.10.1",
    accuracy=Accuracy(ulps=0.5, inputs=1),
)
def truncated_normal(
    seed: Array,
    weight: Array,
    *,
    std: Deviation = 1.0,
    bound: Annotated[float, Between(0.25, 2.5, log=True)] = 2.0,
    correction: Literal["none", "variance"] = "none",
) -> Drawn:
    """Normal numbers, cut off on both sides.

    W ~ N(0, s^2) given |W| <= b s; with `correction="variance"` divided by c(b) afterwards

    s: std. b: bound, in standard deviations. c(b)^2 = 1 - 2 b phi(b) / (2 Phi(b) - 1), the variance
    that truncation leaves of 1: 0.7737 for b = 2, so that c = 0.8796. Uncorrected numbers have the
    standard deviation c s, corrected ones s.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round s or its bounds to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, of any shape.
        std: standard deviation before truncation (after it, where corrected).
        bound: where it is cut, in standard deviations before truncation.
        correction: whether the variance lost is made up for.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    *Differences*: neither library's initializer of this name corrects, but JAX's variance_scaling
    does. torch's trunc_normal_ takes its bounds in the weight's unit (defaults -2, 2: with std=0.02
    that cuts at 100 deviations, not at all); JAX's truncated_normal in standard deviations.

    Example:
        >>> import numpy as np
        >>> round(truncated_normal(0, np.empty(3)).deviation, 4)
        0.8796
    """
    distribution, left = cut_normal(bound)
    return drawn(seed, weight, distribution, std * (left if correction == "none" else 1.0))
