"""How a layer's biases start when nobody asks for an initializer."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from reference import starts
from reference.initializer_facts import may_be_zero
from reference.initializers.layers import ROUNDED
from reference.numerics import Array
from reference.starts import Start
from reference.technique import OneOf, technique

Inputs: TypeAlias = Annotated[int, OneOf((3, 17))]
"""Sizes of a layer's input. A bias of 3 or 17 inputs is wide: 0.58 or 0.24."""

Positions: TypeAlias = Annotated[int, OneOf((5, 3))]
"""Lengths of a kernel."""

Rule: TypeAlias = Literal["uniform_fan_in", "zeros"]


def _bias(seed: Array, weight: Array, fan: int, *, drawn: bool) -> Start:
    if len(weight.shape) != 1:
        message = f"a bias has one axis, the outputs; not {weight.shape}"
        raise ValueError(message)
    return starts.uniform(seed, weight, fan) if drawn else starts.at_zero(weight)


@technique(
    source="torch.nn.Linear and flax.linen.Dense, their documentation",
    accuracy=ROUNDED,
    facts=(may_be_zero,),
)
def dense_bias(
    seed: Array, weight: Array, *, rule: Rule = "uniform_fan_in", inputs: Inputs = 3
) -> Start:
    """The bias of a fully connected layer, as the layer makes it.

    uniform_fan_in: b_i ~ U(-1 / sqrt(inputs), 1 / sqrt(inputs));  zeros: b_i = 0

    inputs: numbers that enter an output.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the bias to fill, (outputs).
        rule: which of the two.
        inputs: numbers that enter an output.

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the bias has not one axis.

    *Differences*: torch.nn.Linear: uniform_fan_in, as wide as the weights. flax's Dense: zeros.
    To have flax's in torch: `init.zeros_(layer.bias)`. torch's in flax needs the inputs:
    `bias_init=lambda k, s, d: jax.random.uniform(k, s, d, -b, b)`, b = inputs**-0.5.

    Example:
        >>> import numpy as np
        >>> dense_bias(0, np.empty(5), rule="zeros").values
        array([0., 0., 0., 0., 0.])
    """
    return _bias(seed, weight, inputs, drawn=rule == "uniform_fan_in")


@technique(
    source="torch.nn.Conv2d and flax.linen.Conv, their documentation",
    accuracy=ROUNDED,
    facts=(may_be_zero,),
)
def conv_bias(
    seed: Array,
    weight: Array,
    *,
    rule: Rule = "uniform_fan_in",
    inputs: Inputs = 3,
    positions: Positions = 5,
) -> Start:
    """The bias of a convolution, as the layer makes it.

    uniform_fan_in: b_i ~ U(-b, b), b = 1 / sqrt(inputs * positions);  zeros: b_i = 0

    inputs: channels that an output sees; positions: of the kernel.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the bias to fill, (outputs).
        rule: which of the two.
        inputs: channels that an output sees.
        positions: of the kernel.

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the bias has not one axis.

    *Differences*: torch.nn.Conv1d to Conv3d: uniform_fan_in. flax's Conv: zeros.

    Example:
        >>> import numpy as np
        >>> round(float(3 * conv_bias(0, np.empty(8), inputs=3, positions=3).deviation ** 2), 9)
        0.111111111
    """
    return _bias(seed, weight, inputs * positions, drawn=rule == "uniform_fan_in")


@technique(
    source="torch.nn.ConvTranspose2d and flax.linen.ConvTranspose, their documentation",
    accuracy=ROUNDED,
    facts=(may_be_zero,),
)
def transposed_conv_bias(
    seed: Array,
    weight: Array,
    *,
    rule: Literal["uniform_fan_out", "zeros"] = "uniform_fan_out",
    positions: Positions = 5,
) -> Start:
    """The bias of a transposed convolution, as the layer makes it.

    uniform_fan_out: b_i ~ U(-b, b), b = 1 / sqrt(outputs * positions);  zeros: b_i = 0

    outputs: length of the bias; positions: of the kernel.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the bias to fill, (outputs).
        rule: which of the two.
        positions: of the kernel.

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the bias has not one axis.

    *Differences*: torch.nn.ConvTranspose1d to 3d: uniform_fan_out, from the same reading of its
    axes as for `transposed_conv_kernel`: the bias depends on how many biases there are. flax's
    ConvTranspose: zeros.

    Example:
        >>> import numpy as np
        >>> round(float(3 * transposed_conv_bias(0, np.empty(8)).deviation ** 2), 9)
        0.025
    """
    return _bias(seed, weight, weight.shape[0] * positions, drawn=rule == "uniform_fan_out")


@technique(
    source="torch.nn.MultiheadAttention and flax.linen.MultiHeadDotProductAttention, their sources",
    accuracy=ROUNDED,
    facts=(may_be_zero,),
)
def attention_bias(seed: Array, weight: Array) -> Start:
    """The biases that make query, key and value of attention, as the layer makes them.

    b_i = 0

    b: the biases of all three, side by side.

    *Numerics*: exact.

    Args:
        seed: one integer, of no effect.
        weight: the bias to fill, (3 features).

    Returns:
        Start: zeros shaped like weight, in its dtype.

    Raises:
        ValueError: the bias has not one axis.

    *Differences*: none: both libraries start at zero, and so torch's attention differs from its
    Linear.

    Example:
        >>> import numpy as np
        >>> attention_bias(0, np.empty(3)).values
        array([0., 0., 0.])
    """
    return _bias(seed, weight, 0, drawn=False)
