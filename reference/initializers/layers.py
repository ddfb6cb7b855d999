"""How a layer's weights start when nobody asks for an initializer: kernels and tables."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from reference import starts
from reference.fans import Layout, fans
from reference.numerics import Array
from reference.starts import Start
from reference.technique import Accuracy, OneOf, technique

Kernel: TypeAlias = Literal["uniform_fan_in", "lecun_normal"]
"""U(-b, b) with b = 1 / sqrt(fan_in), or LeCun's variance 1 / fan_in, truncated normal."""

InFirst: TypeAlias = Literal["in_first", "in_out"]
"""Axes of a transposed convolution: (in, out, *kernel) as in torch, or (*kernel, in, out)."""

Groups: TypeAlias = Annotated[int, OneOf((1, 3))]

ROUNDED = Accuracy(ulps=0.5, inputs=2)


def by_fan_in(seed: Array, weight: Array, rule: Kernel, layout: Layout) -> Start:
    """Either rule, by the fan_in of the weight's own axes."""
    fan_in, _ = fans(weight.shape, layout)
    draw = starts.uniform if rule == "uniform_fan_in" else starts.lecun_normal
    return draw(seed, weight, fan_in)


@technique(
    source="LeCun, Bottou, Orr and Mueller 1998, Efficient BackProp, section 4.6; the uniform "
    "rule: Torch7's nn.Linear, kept by torch (pytorch issue 57109)",
    accuracy=ROUNDED,
)
def dense_kernel(
    seed: Array, weight: Array, *, rule: Kernel = "uniform_fan_in", layout: Layout = "out_in"
) -> Start:
    """The weight of a fully connected layer, as the layer makes it.

    uniform_fan_in: W ~ U(-b, b), b = 1 / sqrt(fan_in);  lecun_normal: Var W = 1 / fan_in

    fan_in: numbers that enter an output. U(-b, b) has the variance 1 / (3 fan_in), a third of
    LeCun's: a linear layer shrinks a signal by sqrt(3).

    *Numerics*: drawn in float64, rounded once (ulps = 1/2). An implementation may round the bound
    and its root (inputs = 2).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, axes in the order of `layout`; its values do not count.
        rule: which of the two.
        layout: which axis is the outputs.

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch.nn.Linear: uniform_fan_in, written kaiming_uniform_(a=sqrt(5)). flax's
    Dense: lecun_normal, three times the variance. To have flax's in torch:
    `init.trunc_normal_(w, std=s/0.8796, a=-2*s/0.8796, b=2*s/0.8796)`, s = fan_in**-0.5; torch's
    in flax: `kernel_init=variance_scaling(1/3, "fan_in", "uniform")`.

    Example:
        >>> import numpy as np
        >>> torchs = dense_kernel(0, np.empty((4, 25)))
        >>> flaxs = dense_kernel(0, np.empty((25, 4)), rule="lecun_normal", layout="in_out")
        >>> bool(np.max(abs(torchs.values)) <= 0.2)
        True
        >>> round(float((flaxs.deviation / torchs.deviation) ** 2), 9)
        3.0
    """
    return by_fan_in(seed, weight, rule, layout)


@technique(
    source="LeCun, Bottou, Orr and Mueller 1998, Efficient BackProp, section 4.6; the uniform "
    "rule: Torch7's nn.SpatialConvolution, kept by torch",
    accuracy=ROUNDED,
)
def conv_kernel(
    seed: Array,
    weight: Array,
    *,
    rule: Kernel = "uniform_fan_in",
    layout: Layout = "out_in",
    groups: Groups = 1,
) -> Start:
    """The kernel of a convolution, as the layer makes it.

    uniform_fan_in: W ~ U(-b, b), b = 1 / sqrt(fan_in);  lecun_normal: Var W = 1 / fan_in

    fan_in = in / groups * positions: what enters one output. The weight's own input axis has the
    length in / groups already.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, one kernel axis or more; outputs divisible by groups.
        rule: which of the two.
        layout: (out, in / groups, *kernel) or (*kernel, in / groups, out).
        groups: how many groups of channels do not see each other.

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the outputs are not divisible by groups.

    *Differences*: torch.nn.Conv1d to Conv3d: uniform_fan_in. flax's Conv: lecun_normal, three times
    the variance. Both count the inputs of one group.

    Example:
        >>> import numpy as np
        >>> grouped = conv_kernel(0, np.empty((6, 1, 5, 5)), groups=3)
        >>> round(float(grouped.deviation * np.sqrt(3)), 9)  # 1 / sqrt(1 * 25)
        0.2
    """
    outputs = weight.shape[0 if layout == "out_in" else -1]
    if outputs % groups:
        message = f"{outputs} outputs cannot be divided into {groups} groups"
        raise ValueError(message)
    return by_fan_in(seed, weight, rule, layout)


@technique(
    source="torch.nn.ConvTranspose2d and flax.linen.ConvTranspose, their documentation",
    accuracy=ROUNDED,
)
def transposed_conv_kernel(
    seed: Array,
    weight: Array,
    *,
    rule: Literal["uniform_fan_out", "lecun_normal"] = "uniform_fan_out",
    layout: InFirst = "in_first",
) -> Start:
    """The kernel of a transposed convolution, as the layer makes it.

    uniform_fan_out: W ~ U(-b, b), b = 1 / sqrt(out * positions);
    lecun_normal: Var W = 1 / (in * positions)

    in, out: channels; positions: of the kernel.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, one kernel axis or more.
        rule: which of the two.
        layout: (in, out, *kernel) or (*kernel, in, out).

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch reads the fans of (in, out, *kernel) as if it were (out, in, *kernel), so
    its fan_in is out * positions: the more outputs, the smaller the weights, however many inputs
    are summed. flax's kernel is (*kernel, in, out), and its fan_in counts inputs.

    Example:
        >>> import numpy as np
        >>> up = transposed_conv_kernel(0, np.empty((64, 4, 5, 5)))
        >>> round(float(up.deviation * np.sqrt(3)), 9)  # 1 / sqrt(4 * 25), whatever the 64 inputs
        0.1
    """
    if rule == "uniform_fan_out":
        _, fan_out = _transposed_fans(weight.shape, layout)
        return starts.uniform(seed, weight, fan_out)
    fan_in, _ = _transposed_fans(weight.shape, layout)
    return starts.lecun_normal(seed, weight, fan_in)


def _transposed_fans(shape: tuple[int, ...], layout: InFirst) -> tuple[int, int]:
    if layout == "in_out":
        return fans(shape, "in_out")
    fan_out, fan_in = fans(shape, "out_in")
    return fan_in, fan_out


@technique(
    source="torch.nn.Bilinear, its documentation",
    accuracy=ROUNDED,
)
def bilinear_kernel(seed: Array, weight: Array) -> Start:
    """The weight of a bilinear layer, as the layer makes it.

    W ~ U(-b, b), b = 1 / sqrt(first)

    y_k = x1' W_k x2 + b_k sums over first * second products, yet only the first input's size
    enters the bound: the output's variance grows with the second.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, (out, first, second).

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the weight has not three axes.

    *Differences*: flax has no bilinear layer.

    Example:
        >>> import numpy as np
        >>> round(float(bilinear_kernel(0, np.empty((2, 25, 400))).deviation * np.sqrt(3)), 9)
        0.2
    """
    if len(weight.shape) != 3:
        message = f"a bilinear weight is (out, first, second), not {weight.shape}"
        raise ValueError(message)
    return starts.uniform(seed, weight, weight.shape[1])


@technique(
    source="torch.nn.Embedding and flax.linen.Embed, their documentation",
    accuracy=ROUNDED,
)
def embedding_table(
    seed: Array,
    weight: Array,
    *,
    rule: Literal["standard_normal", "normal_over_features"] = "standard_normal",
) -> Start:
    """The table of an embedding, as the layer makes it.

    standard_normal: W ~ N(0, 1);  normal_over_features: W ~ N(0, 1 / features)

    features: length of an embedding. With the first rule an embedding has the length
    sqrt(features) in the mean, with the second 1.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, (entries, features).
        rule: which of the two.

    Returns:
        Start: values shaped like weight, in its dtype, and how they are distributed.

    Raises:
        ValueError: the weight has not two axes.

    *Differences*: torch.nn.Embedding: standard_normal. flax's Embed: normal_over_features, in
    which `variance_scaling(1, "fan_in", "normal", out_axis=0)` counts entries on both axes and is
    left with features. To have flax's in torch: `init.normal_(w, std=features**-0.5)`; torch's in
    flax: `embedding_init=normal(1.0)`.

    Example:
        >>> import numpy as np
        >>> embedding_table(0, np.empty((7, 16)), rule="normal_over_features").deviation
        0.25
    """
    if len(weight.shape) != 2:
        message = f"a table is (entries, features), not {weight.shape}"
        raise ValueError(message)
    fan = 1 if rule == "standard_normal" else weight.shape[1]
    return starts.normal(seed, weight, fan)
