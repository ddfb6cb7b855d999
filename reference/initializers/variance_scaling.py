"""Initializers whose variance is a gain over both fans of the layer, or over any mean of them."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

from reference.distributions import NORMAL, UNIFORM, Drawn, drawn, truncated_normal
from reference.fans import AnyLayout, Layout, fans
from reference.initializer_facts import carries
from reference.numerics import Array
from reference.technique import Accuracy, Between, OneOf, technique

Shape: TypeAlias = Literal["normal", "truncated_normal"]
"""A normal distribution, whole or truncated at two of its standard deviations."""

Gain: TypeAlias = Annotated[float, Between(0.25, 4.0, log=True)]

DISTRIBUTIONS = {
    "normal": NORMAL,
    "truncated_normal": truncated_normal(2.0),
    "uniform": UNIFORM,
}


def _glorot(shape: tuple[int, ...], layout: Layout, gain: float) -> float:
    both = sum(fans(shape, layout))
    return gain * math.sqrt(2 / both) if both else 0.0


@technique(
    source="Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward "
    "neural networks, equation 12",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(
        *carries("linear", gain=1.0),
        *carries("tanh", gain=5 / 3, distribution="normal"),
        *carries("sigmoid", gain=1.0, distribution="normal"),
    ),
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
    deviation = _glorot(weight.shape, layout, gain)
    return drawn(seed, weight, DISTRIBUTIONS[distribution], deviation)


@technique(
    source="Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward "
    "neural networks, equation 16",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(
        *carries("linear", gain=1.0),
        *carries("relu", gain=math.sqrt(2)),
    ),
)
def glorot_uniform(
    seed: Array, weight: Array, *, gain: Gain = 1.0, layout: Layout = "out_in"
) -> Drawn:
    """Glorot (Xavier) initialization from a uniform distribution, their normalized initialization.

    W ~ U(-a, a),  a = gain * sqrt(6 / (fan_in + fan_out))

    fan_in, fan_out and gain as in glorot_normal: the variance a^2 / 3 is the same as there.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round a to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, two or more axes in the order of `layout`.
        gain: factor on the standard deviation, no unit.
        layout: which axes are outputs and inputs.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch's xavier_uniform_ takes a gain; JAX's glorot_uniform has none, and
    `variance_scaling(gain**2, "fan_avg", "uniform", in_axis=1, out_axis=0)` is torch's. In bfloat16
    JAX draws 128 different numbers, left ends of as many cells, with the mean -0.0135 s; torch
    returns what rounds to the excluded end a as -a, so that its mean is down to -0.0135 s too,
    where a is just above a power of 2.

    Example:
        >>> import numpy as np
        >>> first = glorot_uniform(0, np.empty((2, 4)))
        >>> round(first.deviation * 3**0.5, 12)  # a
        1.0
    """
    deviation = _glorot(weight.shape, layout, gain)
    return drawn(seed, weight, UNIFORM, deviation)


@technique(
    source="He, Zhang, Ren and Sun 2015, Delving deep into rectifiers, equations 10 and 14, for "
    "any scale; the means of the fans as in Glorot and Bengio 2010",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(
        *carries("linear", scale=1.0, mode="fan_avg", distribution="normal"),
        *carries("relu", scale=2.0, mode="fan_avg", distribution="normal"),
    ),
)
def variance_scaling(
    seed: Array,
    weight: Array,
    *,
    scale: Annotated[float, Between(0.0625, 16.0, log=True)] = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"] = "fan_in",
    distribution: Literal["truncated_normal", "normal", "uniform"] = "truncated_normal",
    layout: AnyLayout = "in_out",
    groups: Annotated[int, OneOf((1, 3))] = 1,
) -> Drawn:
    """Variance scaling: the family that Glorot's, He's and LeCun's initializations belong to.

    Var W = scale / fan,  fan = fan_in, fan_out, (fan_in + fan_out) / 2 or sqrt(fan_in fan_out)

    scale: 1 for LeCun's, 2 for He's, gain^2 for Glorot's. mode: which fan. distribution: normal;
    normal, truncated at two standard deviations and brought back to the stated variance; or uniform
    on [-sqrt(3 Var), sqrt(3 Var)].

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round the variance to that dtype, and its square root (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, its axes in the order of `layout`.
        scale: factor on the variance, no unit.
        mode: which fan, or which mean of the fans, divides.
        distribution: what the numbers follow.
        layout: which axes are outputs, inputs, kernel, heads, or stacked layers.
        groups: of a grouped convolution, whose inputs enter the outputs of their group only.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    Raises:
        ValueError: too few axes for the layout, or outputs that do not fall into the groups.

    *Differences*: torch has none; kaiming_normal_ and kaiming_uniform_ cover scale 1 and 2 with
    fan_in and fan_out. JAX takes the axes as numbers (in_axis, out_axis, batch_axis) and knows no
    groups: it counts the outputs of every group as fan_out. torch reads a transposed convolution's
    (in, out, *kernel) as (out, in, *kernel), so its fan_in is the true fan_out.

    Example:
        >>> import numpy as np
        >>> first = variance_scaling(0, np.empty((3, 3, 2, 8)), scale=2.0, mode="fan_out")
        >>> round(2.0 / first.deviation**2, 9)  # 3 * 3 * 8 outputs
        72.0
    """
    fan_in, fan_out = fans(weight.shape, layout, groups)
    means = {"fan_avg": (fan_in + fan_out) / 2, "fan_geo_avg": math.sqrt(fan_in * fan_out)}
    fan = (means | {"fan_in": fan_in, "fan_out": fan_out})[mode]
    return drawn(seed, weight, DISTRIBUTIONS[distribution], math.sqrt(scale / fan) if fan else 0.0)
