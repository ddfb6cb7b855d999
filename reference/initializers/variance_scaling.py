"""Initializers whose variance is a gain over the fans of the layer."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

from reference.distributions import NORMAL, Drawn, drawn, truncated_normal
from reference.fans import Layout, fans
from reference.numerics import Array
from reference.technique import Accuracy, Between, technique

Shape: TypeAlias = Literal["normal", "truncated_normal"]
"""A normal distribution, whole or truncated at two of its standard deviations."""

Gain: TypeAlias = Annotated[float, Between(0.25, 4.0, log=True)]

_NORMALS = {"normal": NORMAL, "truncated_normal": truncated_normal(2.0)}


@technique(
    source="Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward "
    "neural networks, equation 12",
    accuracy=Accuracy(ulps=0.5, inputs=1),
)
def glorot_normal(
    seed: Array,
    weight: Array,
    *,
    gain: Gain = 1.0,
    layout: Layout = "out_in",
    distribution: Shape = "normal",
) -> Drawn:
    """Glorot (Xavier) initialization from a normal distribution.

    W ~ N(0, s^2),  s^2 = gain^2 * 2 / (fan_in + fan_out)

    fan_in and fan_out: numbers that enter an output, outputs that an input enters, each counting
    the kernel's positions. gain: the factor that makes up for the activation. With
    `distribution="truncated_normal"`, W = s Z / c with Z normal on [-2, 2] and c^2 its variance,
    0.8796^2: the variance is still s^2.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round s to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, two or more axes in the order of `layout`. Only its shape and
            dtype count, its values do not.
        gain: factor on the standard deviation, no unit.
        layout: which axes are outputs and inputs.
        distribution: whole or truncated normal.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch's xavier_normal_ draws from the whole normal distribution and takes a gain.
    JAX's glorot_normal truncates at two standard deviations and has no gain: the nearest to torch
    is `variance_scaling(gain**2, "fan_avg", "normal", in_axis=1, out_axis=0)`. JAX computes in the
    weight's dtype: in bfloat16 it returns 128 different numbers with mean -0.018 s, and the sum of
    n of them has the variance n s^2 (1 + 0.0003 n). torch computes in float32 and rounds once.

    Example:
        >>> import numpy as np
        >>> first = glorot_normal(0, np.empty((2, 6)))
        >>> first.values.shape, first.deviation
        ((2, 6), 0.5)
    """
    deviation = gain * math.sqrt(2 / sum(fans(weight.shape, layout)))
    return drawn(seed, weight, _NORMALS[distribution], deviation)
