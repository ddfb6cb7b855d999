"""Penalties: what a loss is charged for large parameters."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import numpy as np

from reference.numerics import Array, Linearized
from reference.regularization_facts import (
    additive,
    at_rest,
    homogeneous,
    kink,
    mirrored,
    proportional_to_strength,
)
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

Tensors: TypeAlias = list[Array]
Strength = Annotated[float, Between(2.0**-10, 4.0, log=True)]
Halved = Literal["half", "whole"]
"""Whether the square is halved, so that its gradient is w and not 2 w."""


def _sum(parts: Tensors) -> Array:
    """Sum over a tree, whose every term may round once more on its way."""
    kind = parts[0].dtype.type
    count = sum(p.size for p in parts)
    return stored(sum((np.sum(p) for p in parts), kind(0)), count)


def _squares(params: Tensors, factor: Any) -> Array:
    """factor * sum of w^2, free of overflow on the way: the root of the factor goes inside."""
    root = np.sqrt(params[0].dtype.type(factor))
    return _sum([stored(np.square(root * w), 3) for w in params])


@technique(
    source="Krogh and Hertz 1991, A simple weight decay can improve generalization, equation 1;"
    " Tikhonov 1943",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(at_rest, mirrored, additive, homogeneous(2), proportional_to_strength),
)
def l2_penalty(
    params: Tensors, *, strength: Strength = 1e-2, square: Halved = "half"
) -> Linearized:
    """L2 penalty: the sum of squared parameters, which pulls each towards 0 in proportion.

    R = (k / 2) sum_i w_i^2,  dR/dw_i = k w_i

    w_i are all numbers of all parameters, k is the strength. With `square="whole"` the half is left
    out, of the gradient too: R = k sum_i w_i^2, dR/dw_i = 2 k w_i.

    *Numerics*: sqrt(k / 2) goes inside the square, so that nothing overflows that the result does
    not. A square rounds once, after its factor; a sum of n squares n times; the gradient is two
    products.

    Args:
        params: parameters, arrays of any shapes and one dtype.
        strength: k, the unit of the loss over that of the parameters squared.
        square: half (gradient k w) or whole (gradient 2 k w).

    Returns:
        Linearized: the penalty, a scalar; and the pullback c -> c dR/dw.

    *Differences*: neither torch nor JAX has it as one function. optax.l2_loss is w^2 / 2, and
    optax.tree.norm(params, squared=True) the whole square. Users of both multiply last, so that
    squares overflow (in float16 from |w| = 256 on) where the penalty itself would not.

    Example:
        >>> penalty, pullback = l2_penalty([np.array([1.0, 2.0, 3.0])], strength=0.1)
        >>> float(penalty.round(12)), pullback(1.0)[0]
        (0.7, array([0.1, 0.2, 0.3]))
    """
    kind = params[0].dtype.type
    slope = strength if square == "half" else 2 * strength

    def pullback(c: Array) -> tuple[Array, ...]:
        return tuple(c * kind(slope) * w for w in params)

    return Linearized(_squares(params, slope / 2), pullback)


@technique(
    source="Tibshirani 1996, Regression shrinkage and selection via the lasso, equation 3",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(
        kink(lambda strength: strength),
        at_rest,
        mirrored,
        additive,
        homogeneous(1),
        proportional_to_strength,
    ),
)
def l1_penalty(params: Tensors, *, strength: Strength = 1e-2) -> Linearized:
    """L1 penalty: the sum of magnitudes, which pulls each parameter towards 0 by the same force.

    R = k sum_i |w_i|,  dR/dw_i = k sign(w_i),  sign(0) = 0

    w_i are all numbers of all parameters, k is the strength. At 0 every number from -k to k is a
    subgradient; 0 is the one of least size, and the only one that leaves a zero parameter alone.

    *Numerics*: magnitudes are exact, each product rounds once, a sum of n terms n times.

    Args:
        params: parameters, arrays of any shapes and one dtype.
        strength: k, the unit of the loss over that of the parameters.

    Returns:
        Linearized: the penalty, a scalar; and the pullback c -> c k sign(w).

    *Differences*: neither library has it as one function; torch.linalg.vector_norm(w, 1) and
    optax.tree.norm(params, ord=1) are the sums. torch takes 0 for the slope of |w| at 0, JAX 1:
    a parameter of 0 is pushed away by the whole strength there.

    Example:
        >>> penalty, pullback = l1_penalty([np.array([1.0, -2.0, 0.0])], strength=0.5)
        >>> float(penalty), pullback(1.0)[0]
        (1.5, array([ 0.5, -0.5,  0. ]))
    """
    k = params[0].dtype.type(strength)

    def pullback(c: Array) -> tuple[Array, ...]:
        return tuple(c * k * np.sign(w) for w in params)

    return Linearized(_sum([k * np.abs(w) for w in params]), pullback)


@technique(
    source="Zou and Hastie 2005, Regularization and variable selection via the elastic net; in the"
    " form of Friedman, Hastie and Tibshirani 2010, equation 2",
    accuracy=Accuracy(ulps=1, inputs=3),
    facts=(
        kink(lambda strength, l1_ratio: strength * l1_ratio),
        at_rest,
        mirrored,
        additive,
        proportional_to_strength,
    ),
)
def elastic_net(
    params: Tensors,
    *,
    strength: Strength = 1e-2,
    l1_ratio: Annotated[float, Between(0.0, 1.0)] = 0.5,
) -> Linearized:
    """Elastic net: a mean of the L1 and the halved L2 penalty, weighted by a ratio.

    R = k sum_i (r |w_i| + (1 - r) w_i^2 / 2),  dR/dw_i = k (r sign(w_i) + (1 - r) w_i)

    w_i are all numbers of all parameters, k is the strength, r is l1_ratio; sign(0) = 0.

    *Numerics*: both terms are at least 0, so nothing cancels; each rounds three times on its way
    (1 - r, its factors), a sum of n terms n times.

    Args:
        params: parameters, arrays of any shapes and one dtype.
        strength: k, the unit of the loss.
        l1_ratio: r, the share of the L1 penalty, from 0 to 1.

    Returns:
        Linearized: the penalty, a scalar; and the pullback.

    *Differences*: neither library has it; users of both add the two penalties. Zou and Hastie
    print two strengths and no half: their l1 is k r, their l2 is k (1 - r) / 2.

    Example:
        >>> penalty, pullback = elastic_net([np.array([2.0, 0.0])], strength=1.0, l1_ratio=0.25)
        >>> float(penalty.round(12)), pullback(1.0)[0]
        (2.0, array([1.75, 0.  ]))
    """
    kind = params[0].dtype.type
    flat, bowl = kind(strength) * kind(l1_ratio), kind(strength) * (1 - kind(l1_ratio))
    magnitudes = _sum([flat * np.abs(w) for w in params])
    squares = _squares(params, bowl / 2)

    def pullback(c: Array) -> tuple[Array, ...]:
        return tuple(c * (flat * np.sign(w) + bowl * w) for w in params)

    return Linearized(magnitudes + squares, pullback)


@technique(
    source="Yuan and Lin 2006, Model selection and estimation in regression with grouped variables,"
    " equation 2.1, for groups of one size",
    accuracy=Accuracy(ulps=2, inputs=4, terms=lambda weight: weight.shape[1]),
    facts=(at_rest, mirrored, homogeneous(1), proportional_to_strength),
)
def group_lasso(weight: Array, *, strength: Strength = 1e-2) -> Linearized:
    """Group lasso: the sum of the lengths of rows, which lets whole rows become 0 and no others.

    R = k sum_g |w_g|,  dR/dw_g = k w_g / |w_g|,  and 0 where w_g = 0

    w_g is a row, one group (the weights of one output), |w_g| its Euclidean norm, k the strength.
    At a row of zeros every vector of length up to k is a subgradient; 0 is the shortest one.

    *Numerics*: a row is divided by a power of two near its largest number, so that squares neither
    overflow nor vanish. A row of n numbers: n + 4 roundings for square, sum, root and quotient.

    Args:
        weight: (groups, n).
        strength: k, the unit of the loss over that of the weights. Yuan and Lin's factor sqrt(n)
            is part of it.

    Returns:
        Linearized: the penalty, a scalar; and the pullback.

    *Differences*: neither library has it; torch.linalg.vector_norm(w, dim=1).sum() has the gradient
    0 at a row of zeros, jax.numpy.linalg.norm(w, axis=1) NaN: there optax.safe_norm(w, 0.0,
    axis=1) is the one to take. All square as they are.

    Example:
        >>> penalty, pullback = group_lasso(np.array([[3.0, 4.0], [0.0, 0.0]]), strength=1.0)
        >>> float(penalty), pullback(1.0)[0]
        (5.0, array([[0.6, 0.8],
           [0. , 0. ]]))
    """
    k = weight.dtype.type(strength)
    scale, root = row_norms(weight)
    lengths = k * scale * root

    def pullback(c: Array) -> tuple[Array]:
        return (c * k * (weight / scale / np.where(root == 0, 1, root)),)

    return Linearized(stored(np.sum(lengths), len(weight)), pullback)


def row_norms(weight: Array) -> tuple[Array, Array]:
    """Euclidean norm of every row as (scale, root), each (rows, 1): scale * root, no overflow.

    The scale is the power of two below the row's largest number (1 for a row of zeros, or of one
    that is not finite): dividing by it is exact.
    """
    kind = weight.dtype.type
    largest = np.max(np.abs(weight), axis=1, keepdims=True, initial=0)
    usual = np.isfinite(largest) & (largest > 0)
    power = np.frexp(np.where(usual, largest, kind(1)))[1] - 1
    scale = np.ldexp(kind(1), power).astype(weight.dtype)
    return scale, np.sqrt(np.sum(np.square(weight / scale), axis=1, keepdims=True))
