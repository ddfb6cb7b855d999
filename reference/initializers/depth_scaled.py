"""Initializers of residual branches, whose spread falls with the depth of the net."""

from __future__ import annotations

import math
from typing import Annotated

from reference.distributions import NORMAL, Drawn, drawn
from reference.fans import Layout, fans
from reference.initializers.plain import Deviation
from reference.numerics import Array
from reference.technique import Accuracy, OneOf, technique


@technique(
    source="Zhang, Dauphin and Ma 2019, Fixup initialization: residual learning without "
    "normalization, section 3.2, rule 2",
    accuracy=Accuracy(ulps=0.5, inputs=1),
)
def fixup_normal(
    seed: Array,
    weight: Array,
    *,
    branches: Annotated[int, OneOf((1, 3, 50))] = 1,
    layers: Annotated[int, OneOf((2, 3))] = 2,
    layout: Layout = "out_in",
) -> Drawn:
    """Fixup initialization of the layers inside a residual branch, but for the last, which is 0.

    W ~ N(0, s^2),  s = L^(-1 / (2m - 2)) sqrt(2 / fan_in)

    L: branches, residual branches of the net. m: layers, weight layers in a branch. It is He's
    initialization, shrunk so that one step of gradient descent changes the net's output as much
    with many branches as with one.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round s to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, two or more axes in the order of `layout`.
        branches: how many residual branches the net has.
        layers: how many weight layers a branch has, 2 or more.
        layout: which axes are outputs and inputs.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    Raises:
        ValueError: the weight has fewer than two axes, a branch fewer than two layers.

    *Differences*: neither library has it; it is composed of He's initializer and a factor.

    Example:
        >>> import numpy as np
        >>> fixup_normal(0, np.empty((4, 8)), branches=4).deviation  # half of He's 1/2
        0.25
    """
    if layers < 2:
        message = f"a branch has two layers or more, of which the last is 0; got {layers}"
        raise ValueError(message)
    fan_in = fans(weight.shape, layout)[0]
    shrunk = branches ** (-1 / (2 * layers - 2))
    return drawn(seed, weight, NORMAL, shrunk * math.sqrt(2 / fan_in) if fan_in else 0.0)


@technique(
    source="Radford et al. 2019, Language models are unsupervised multitask learners (GPT-2), "
    "section 2.3",
    accuracy=Accuracy(ulps=0.5, inputs=1),
)
def residual_normal(
    seed: Array,
    weight: Array,
    *,
    std: Deviation = 0.02,
    additions: Annotated[int, OneOf((1, 2, 24, 96))] = 1,
) -> Drawn:
    """GPT-2's initialization of the layers that add to the residual stream.

    W ~ N(0, s^2 / N)

    s: std. N: additions to the stream, two for each block of a transformer (attention and MLP). The
    sum of N branches has the variance of one.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round the deviation to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, of any shape.
        std: standard deviation with a single addition.
        additions: how many branches add to the stream.

    Returns:
        Drawn: values shaped like weight, in its dtype, and the distribution that they follow.

    *Differences*: neither library has it; it is composed of `normal` with std / sqrt(N).

    Example:
        >>> import numpy as np
        >>> residual_normal(0, np.empty((4, 8)), std=1.0, additions=4).deviation
        0.5
    """
    return drawn(seed, weight, NORMAL, std / math.sqrt(additions))
