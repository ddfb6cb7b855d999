"""How an attention layer's weights start when nobody asks for an initializer."""

from __future__ import annotations

from typing import Literal

from reference import starts
from reference.fans import Layout
from reference.initializer_facts import in_parts
from reference.initializers.layers import ROUNDED, Kernel, by_fan_in
from reference.numerics import Array
from reference.starts import Start
from reference.technique import technique


@technique(
    source="Glorot and Bengio 2010, equation 16, over query, key and value at once, as "
    "torch.nn.MultiheadAttention has it; LeCun et al. 1998 for flax's",
    accuracy=ROUNDED,
    facts=(in_parts,),
)
def attention_kernel(
    seed: Array,
    weight: Array,
    *,
    rule: Literal["glorot_uniform_stacked", "lecun_normal"] = "glorot_uniform_stacked",
    layout: Layout = "out_in",
) -> Start:
    """The weights that make query, key and value of attention, as the layer makes them.

    glorot_uniform_stacked: W ~ U(-b, b), b = sqrt(6 / (features + 3 features));
    lecun_normal: Var W = 1 / features

    features: width of the model. The three matrices lie side by side along the output axis; the
    first rule takes the fans of all three as one matrix, so its variance is 1 / (2 features), half
    of what Glorot's rule gives each matrix alone.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, (3 features, features) or (features, 3 features).
        rule: which of the two.
        layout: which axis is the outputs.

    Returns:
        Start: values shaped like weight, in its dtype, in three parts.

    Raises:
        ValueError: the outputs are not three times the inputs.

    *Differences*: torch.nn.MultiheadAttention: glorot_uniform_stacked if query, key and value have
    one width, each matrix alone if not. flax's MultiHeadDotProductAttention: lecun_normal, twice
    the variance.

    Example:
        >>> import numpy as np
        >>> start = attention_kernel(0, np.empty((24, 8)))
        >>> start.parts, round(float(start.deviation**2 * 8), 9)
        (3, 0.5)
    """
    inputs, outputs = weight.shape[::-1] if layout == "out_in" else weight.shape
    if outputs != 3 * inputs:
        message = f"query, key and value of {inputs} features need {3 * inputs} outputs"
        raise ValueError(message)
    axis = 0 if layout == "out_in" else 1
    if rule == "lecun_normal":
        return starts.lecun_normal(seed, weight, inputs, parts=3, axis=axis)
    return starts.uniform(seed, weight, inputs + outputs, parts=3, axis=axis, square=6.0)


@technique(
    source="torch.nn.MultiheadAttention and flax.linen.MultiHeadDotProductAttention, their sources",
    accuracy=ROUNDED,
)
def attention_output_kernel(
    seed: Array, weight: Array, *, rule: Kernel = "uniform_fan_in", layout: Layout = "out_in"
) -> Start:
    """The weight that joins the heads of attention, as the layer makes it.

    uniform_fan_in: W ~ U(-b, b), b = 1 / sqrt(features);  lecun_normal: Var W = 1 / features

    features: width of the model, all heads together: a head's own width does not enter.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, (features, features).
        rule: which of the two.
        layout: which axis is the outputs.

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch initializes query, key and value by Glorot's rule, but leaves this one as
    its Linear makes it. flax's is a Dense over heads and widths: three times the variance.

    Example:
        >>> import numpy as np
        >>> start = attention_output_kernel(0, np.empty((25, 25)))
        >>> round(float(start.deviation * np.sqrt(3)), 9)
        0.2
    """
    return by_fan_in(seed, weight, rule, layout)
