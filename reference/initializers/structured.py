"""Initializers with a structure: orthogonal, identity, dirac, sparse."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

import numpy as np

from reference import initializer_facts as facts
from reference.distributions import NORMAL
from reference.fans import Layout
from reference.initializer_facts import carries
from reference.initializers.plain import Deviation
from reference.initializers.variance_scaling import Gain
from reference.numerics import Array
from reference.structures import Orthonormal, Thinned, at_the_centre, haar, outputs_by_inputs
from reference.technique import Accuracy, Between, OneOf, technique

Centre: TypeAlias = Literal["lower", "upper"]
"""Which of an even kernel's two middles: index (k - 1) // 2 or k // 2. Odd kernels have one."""

_LEAST_AXES, _MOST_AXES = 3, 5


@technique(
    source="Saxe, McClelland and Ganguli 2014, Exact solutions to the nonlinear dynamics of "
    "learning in deep linear networks; Mezzadri 2007, How to generate random matrices from the "
    "classical compact groups",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(
        *carries("linear", gain=1.0),
        *carries("relu", gain=math.sqrt(2)),
    ),
)
def orthogonal(
    seed: Array, weight: Array, *, gain: Gain = 1.0, layout: Layout = "out_in"
) -> Orthonormal:
    """Orthogonal initialization: a random matrix that keeps lengths, from the Haar measure.

    W W' = g^2 I with no more outputs than inputs, W' W = g^2 I otherwise

    g: gain. W as a matrix: a row for each output, holding its inputs and the kernel's positions.
    W = g Q sign(diag R), QR a matrix of normal numbers: without the signs Q is not uniform.

    *Numerics*: factorized in float64 by Householder's reflections and rounded once (ulps = 1/2).
    An implementation may round g (inputs = 1) and factorize in float32 for 16-bit formats.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, two or more axes in the order of `layout`.
        gain: factor on the matrix, no unit.
        layout: which axes are outputs and inputs.

    Returns:
        Orthonormal: values shaped like weight, in its dtype, the gain and the matrix in them.

    Raises:
        ValueError: the weight has fewer than two axes.

    *Differences*: torch's orthogonal_ keeps outputs first; JAX's orthogonal last, or where
    `column_axis` says. Neither factorizes 16-bit matrices: torch raises a RuntimeError, JAX a
    NotImplementedError; draw in float32 and convert.

    Example:
        >>> import numpy as np
        >>> w = orthogonal(0, np.empty((2, 3)), gain=2.0).values
        >>> bool(np.allclose(w @ w.T, 4 * np.eye(2)))
        True
    """
    if weight.ndim < 2:
        message = f"a weight of shape {weight.shape} is no matrix; give it outputs and inputs"
        raise ValueError(message)
    values = np.zeros(weight.shape)
    if weight.size:
        rows, columns = outputs_by_inputs(values, layout).shape
        q = gain * haar(np.random.default_rng(int(seed)), rows, columns)
        values = (q if layout == "out_in" else q.T).reshape(weight.shape)
    return Orthonormal(values.astype(weight.dtype), gain, lambda w: outputs_by_inputs(w, layout))


@technique(
    source="Xiao et al. 2018, Dynamical isometry and a mean field theory of CNNs, section 3 and "
    "algorithm 1",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(facts.zero_elsewhere,),
)
def delta_orthogonal(
    seed: Array,
    weight: Array,
    *,
    gain: Gain = 1.0,
    layout: Layout = "in_out",
    centre: Centre = "lower",
) -> Orthonormal:
    """Delta-orthogonal initialization: an orthogonal matrix at the kernel's middle, zeros around.

    W[middle] = g Q with Q'Q = I (one column for each input), W = 0 elsewhere

    g: gain. A convolution with W is one with a kernel of size 1: it keeps the length of every
    pixel's channels exactly, whatever the depth.

    *Numerics*: as for orthogonal.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, three to five axes in the order of `layout`.
        gain: factor on the matrix, no unit.
        layout: which axes are outputs and inputs.
        centre: which middle an even kernel has.

    Returns:
        Orthonormal: values shaped like weight, in its dtype, the gain and the matrix in them.

    Raises:
        ValueError: the weight has not three to five axes, or more inputs than outputs.

    *Differences*: JAX's delta_orthogonal takes the lower middle, (k - 1) // 2; torch has none, and
    its dirac_ takes the upper middle, k // 2.

    Example:
        >>> import numpy as np
        >>> w = delta_orthogonal(0, np.empty((3, 1, 2))).values
        >>> [round(float(np.sum(w[i] ** 2)), 9) for i in range(3)]
        [0.0, 1.0, 0.0]
    """
    _three_to_five_axes(weight)
    values = np.zeros(weight.shape)
    matrix = at_the_centre(values, layout, centre)
    outputs, inputs = matrix.shape
    if outputs < inputs:
        message = f"{inputs} inputs do not fit into {outputs} outputs with their lengths kept"
        raise ValueError(message)
    if weight.size:
        matrix[...] = gain * haar(np.random.default_rng(int(seed)), outputs, inputs)
    return Orthonormal(
        values.astype(weight.dtype), gain, lambda w: at_the_centre(w, layout, centre)
    )


def _three_to_five_axes(weight: Array) -> None:
    if not _LEAST_AXES <= weight.ndim <= _MOST_AXES:
        message = f"a kernel has 3 to 5 axes; a weight of shape {weight.shape} has {weight.ndim}"
        raise ValueError(message)


@technique(
    source="Le, Jaitly and Hinton 2015, A simple way to initialize recurrent networks of "
    "rectified linear units",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(facts.keeps_signals,),
)
def identity(seed: Array, weight: Array) -> Array:
    """Identity matrix, ones on the main diagonal of any matrix.

    W_ij = 1 if i = j else 0

    A layer with this weight returns its inputs, as many as it has outputs.

    *Numerics*: exact.

    Args:
        seed: one integer; unused.
        weight: the matrix to fill.

    Returns:
        An array shaped like weight, in its dtype.

    Raises:
        ValueError: the weight is no matrix.

    *Differences*: torch's eye_ is an initializer; JAX's users compose it of jax.numpy.eye.

    Example:
        >>> import numpy as np
        >>> identity(0, np.empty((2, 3)))
        array([[1., 0., 0.],
               [0., 1., 0.]])
    """
    del seed
    if weight.ndim != 2:
        message = f"an identity is a matrix; a weight of shape {weight.shape} is none"
        raise ValueError(message)
    return np.eye(*weight.shape).astype(weight.dtype)


@technique(
    source="Zagoruyko and Komodakis 2017, DiracNets: training very deep neural networks without "
    "skip-connections, section 3",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(facts.keeps_signals,),
)
def dirac(
    seed: Array,
    weight: Array,
    *,
    groups: Annotated[int, OneOf((1, 2, 3))] = 1,
    layout: Layout = "out_in",
    centre: Centre = "upper",
) -> Array:
    """Dirac initialization: a convolution that returns its input.

    W[o, i, middle] = 1 if (o mod O/G) = i else 0, all else 0

    G: groups, O outputs. In a grouped convolution each group keeps the channels that enter it.

    *Numerics*: exact.

    Args:
        seed: one integer; unused.
        weight: the kernel to fill, three to five axes in the order of `layout`; the inputs are
            those of one group.
        groups: of the convolution.
        layout: which axes are outputs and inputs.
        centre: which middle an even kernel has.

    Returns:
        An array shaped like weight, in its dtype.

    Raises:
        ValueError: the weight has not three to five axes, or outputs that do not fall into groups.

    *Differences*: torch's dirac_ takes the upper middle, k // 2, of an even kernel, which is what
    `padding="same"` needs where one more zero is added on the right. JAX has none.

    Example:
        >>> import numpy as np
        >>> dirac(0, np.empty((2, 2, 3)))[:, :, 1]
        array([[1., 0.],
               [0., 1.]])
    """
    del seed
    _three_to_five_axes(weight)
    values = np.zeros_like(weight)
    matrix = at_the_centre(values, layout, centre)
    each, rest = divmod(len(matrix), groups)
    if rest:
        message = f"{len(matrix)} outputs do not fall into {groups} groups"
        raise ValueError(message)
    for group in range(groups):
        np.fill_diagonal(matrix[group * each : (group + 1) * each], 1)
    return values


@technique(
    source="Martens 2010, Deep learning via Hessian-free optimization, section 5",
    accuracy=Accuracy(ulps=0.5, inputs=1),
)
def sparse(
    seed: Array,
    weight: Array,
    *,
    sparsity: Annotated[float, Between(0.1, 0.9)] = 0.5,
    std: Deviation = 0.01,
) -> Thinned:
    """Sparse initialization: the same number of zeros in every column, normal numbers elsewhere.

    ceil(p rows) zeros in each column, at places drawn without replacement; N(0, s^2) elsewhere

    p: sparsity. s: std. With as many inputs as are left, an output's sum does not grow with the
    layer's width, and units stay different.

    *Numerics*: drawn and scaled in float64 and rounded once to the weight's dtype (ulps = 1/2). An
    implementation may round s to that dtype first (inputs = 1).

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the matrix to fill, (rows, columns).
        sparsity: share of zeros in a column.
        std: standard deviation of the other numbers.

    Returns:
        Thinned: values shaped like weight, in its dtype, zeros a column, and the distribution.

    Raises:
        ValueError: the weight is no matrix.

    *Differences*: torch's sparse_ takes the numbers from its `generator`, but the places of the
    zeros from the global one. Its columns are inputs: Martens limits the inputs of each unit, which
    is a row. JAX has none.

    Example:
        >>> import numpy as np
        >>> w = sparse(0, np.empty((4, 3)), sparsity=0.3).values
        >>> np.count_nonzero(w == 0, axis=0)
        array([2, 2, 2])
    """
    if weight.ndim != 2:
        message = f"sparse columns are those of a matrix; a weight of shape {weight.shape} is none"
        raise ValueError(message)
    source, (rows, columns) = np.random.default_rng(int(seed)), weight.shape
    zeros = math.ceil(sparsity * rows)
    values = std * source.standard_normal(weight.shape)
    places = source.permuted(np.tile(np.arange(rows)[:, None], columns), axis=0)
    values[places < zeros] = 0.0
    return Thinned(values.astype(weight.dtype), zeros, NORMAL, std)
