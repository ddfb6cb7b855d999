"""Initializers whose variance is a gain over one fan: He's and LeCun's."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

from reference.distributions import UNIFORM, Drawn, drawn
from reference.fans import Layout, fans
from reference.initializer_facts import carries
from reference.initializers.variance_scaling import DISTRIBUTIONS, Shape
from reference.numerics import Array
from reference.technique import Accuracy, Between, technique

Slope: TypeAlias = Annotated[float, Between(0.0, 2.0)]
"""Slope of the leaky ReLU that follows, on its negative side: 0 for a ReLU, 1 for no activation."""

Mode: TypeAlias = Literal["fan_in", "fan_out"]
"""What keeps its variance: signals on the way forward, or gradients on the way back."""


def _he(shape: tuple[int, ...], layout: Layout, mode: Mode, negative_slope: float) -> float:
    fan = fans(shape, layout)[mode == "fan_out"]
    return math.sqrt(2 / ((1 + negative_slope**2) * fan)) if fan else 0.0


@technique(
    source="He, Zhang, Ren and Sun 2015, Delving deep into rectifiers, equations 10, 14 and 15",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(
        *carries("relu", negative_slope=0.0),
        *carries("leaky_relu", negative_slope=0.5),
    ),
)
def he_normal(
    seed: Array,
    weight: Array,
    *,
    negative_slope: Slope = 0.0,
    mode: Mode = "fan_in",
    layout: Layout = "out_in",
    distribution: Shape = "normal",
) -> Drawn:
    """He (Kaiming) initialization from a normal distribution.

    W ~ N(0, s^2),  s^2 = 2 / ((1 + a^2) fan)

    a: negative_slope of the leaky ReLU that follows the layer. fan: numbers that enter an output,
    or outputs that an input enters, counting the kernel's positions. With
    `distribution="truncated_normal"` the numbers end at two standard deviations of the normal
    distribution and are brought back to the variance s^2.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round s to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, two or more axes in the order of `layout`.
        negative_slope: of the activation that follows, no unit.
        mode: which fan divides.
        layout: which axes are outputs and inputs.
        distribution: whole or truncated normal.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch's kaiming_normal_ draws whole normal numbers and knows slope and mode.
    JAX's he_normal truncates, for ReLU and fan_in only:
    `variance_scaling(2 / (1 + a**2), mode, "normal", in_axis=1, out_axis=0)` is torch's.

    Example:
        >>> import numpy as np
        >>> he_normal(0, np.empty((4, 8))).deviation
        0.5
    """
    deviation = _he(weight.shape, layout, mode, negative_slope)
    return drawn(seed, weight, DISTRIBUTIONS[distribution], deviation)


@technique(
    source="He, Zhang, Ren and Sun 2015, Delving deep into rectifiers, equations 10, 14 and 15",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(
        *carries("relu", negative_slope=0.0),
        *carries("leaky_relu", negative_slope=0.5),
    ),
)
def he_uniform(
    seed: Array,
    weight: Array,
    *,
    negative_slope: Slope = 0.0,
    mode: Mode = "fan_in",
    layout: Layout = "out_in",
) -> Drawn:
    """He (Kaiming) initialization from a uniform distribution.

    W ~ U(-b, b),  b = sqrt(6 / ((1 + a^2) fan))

    a and fan as in he_normal: the variance b^2 / 3 is the same as there.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round b to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, two or more axes in the order of `layout`.
        negative_slope: of the activation that follows, no unit.
        mode: which fan divides.
        layout: which axes are outputs and inputs.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch's kaiming_uniform_ knows slope and mode; its Linear and Conv layers call it
    with a = sqrt(5), which makes b = 1 / sqrt(fan_in) and is no rule of He's. JAX's he_uniform is
    for ReLU and fan_in only; `variance_scaling(2 / (1 + a**2), mode, "uniform")` is torch's.

    Example:
        >>> import numpy as np
        >>> round(he_uniform(0, np.empty((4, 6))).deviation * 3**0.5, 12)  # b
        1.0
    """
    return drawn(seed, weight, UNIFORM, _he(weight.shape, layout, mode, negative_slope))


def _lecun(shape: tuple[int, ...], layout: Layout) -> float:
    fan_in = fans(shape, layout)[0]
    return 1 / math.sqrt(fan_in) if fan_in else 0.0


@technique(
    source="LeCun, Bottou, Orr and Mueller 1998, Efficient BackProp, equation 16; Klambauer et "
    "al. 2017, Self-normalizing neural networks",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(
        *carries("linear"),
        *carries("selu", distribution="normal"),
    ),
)
def lecun_normal(
    seed: Array, weight: Array, *, layout: Layout = "out_in", distribution: Shape = "normal"
) -> Drawn:
    """LeCun initialization from a normal distribution, for linear layers and SELU.

    W ~ N(0, 1 / fan_in)

    fan_in: numbers that enter an output, counting the kernel's positions. A truncated distribution
    ends at two standard deviations and is brought back to that variance.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round the deviation to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, two or more axes in the order of `layout`.
        layout: which axes are outputs and inputs.
        distribution: whole or truncated normal.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch spells it kaiming_normal_ with nonlinearity="linear", whole. JAX's
    lecun_normal truncates; it is the default of flax's Dense and Conv. torch's "selu" is a gain of
    3/4 and no LeCun initialization.

    Example:
        >>> import numpy as np
        >>> lecun_normal(0, np.empty((2, 4))).deviation
        0.5
    """
    return drawn(seed, weight, DISTRIBUTIONS[distribution], _lecun(weight.shape, layout))


@technique(
    source="LeCun, Bottou, Orr and Mueller 1998, Efficient BackProp, equation 16",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(*carries("linear"),),
)
def lecun_uniform(seed: Array, weight: Array, *, layout: Layout = "out_in") -> Drawn:
    """LeCun initialization from a uniform distribution.

    W ~ U(-a, a),  a = sqrt(3 / fan_in)

    fan_in: numbers that enter an output, counting the kernel's positions. The variance is
    1 / fan_in.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round a to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, two or more axes in the order of `layout`.
        layout: which axes are outputs and inputs.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch spells it kaiming_uniform_ with nonlinearity="linear". torch's default for
    Linear, U(-1/sqrt(fan_in), 1/sqrt(fan_in)), has a third of its variance.

    Example:
        >>> import numpy as np
        >>> lecun_uniform(0, np.empty((2, 4))).deviation
        0.5
    """
    return drawn(seed, weight, UNIFORM, _lecun(weight.shape, layout))
