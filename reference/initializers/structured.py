"""Initializers with ones or zeros at certain places: identity, dirac, sparse."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from reference import initializer_facts as facts
from reference.distributions import NORMAL
from reference.fans import Layout
from reference.initializers.plain import Deviation
from reference.numerics import Array
from reference.structures import Centre, Thinned, at_the_centre, three_to_five_axes
from reference.technique import Accuracy, Between, OneOf, technique


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
    three_to_five_axes(weight)
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
    values = np.asarray(std * source.standard_normal(weight.shape))
    places = source.permuted(np.tile(np.arange(rows)[:, None], columns), axis=0)
    values[places < zeros] = 0.0
    return Thinned(values.astype(weight.dtype), zeros, NORMAL, std)
