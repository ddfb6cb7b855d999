"""Initializers that keep lengths: random orthonormal matrices, plain or in a kernel's middle."""

from __future__ import annotations

import math

import numpy as np

from reference import initializer_facts as facts
from reference.fans import Layout
from reference.initializers.variance_scaling import Gain
from reference.numerics import Array
from reference.structures import (
    Centre,
    Orthonormal,
    at_the_centre,
    haar,
    outputs_by_inputs,
    three_to_five_axes,
)
from reference.technique import Accuracy, technique


@technique(
    source="Saxe, McClelland and Ganguli 2014, Exact solutions to the nonlinear dynamics of "
    "learning in deep linear networks; Mezzadri 2007, How to generate random matrices from the "
    "classical compact groups",
    accuracy=Accuracy(ulps=0.5, inputs=1),
    facts=(*facts.carries("linear", gain=1.0), *facts.carries("relu", gain=math.sqrt(2))),
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
    three_to_five_axes(weight)
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
