"""Constraints: after a step parameters are put back to where they may be."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import numpy as np

from reference.gradients.norms import numbers, scaled_norm
from reference.numerics import Array
from reference.regularization.penalties import row_norms
from reference.regularization_facts import (
    bounded_rows,
    bounded_tree,
    keeps_zero_rows,
    nonnegative,
    projects,
    rows_alone,
    unit_rows,
)
from reference.technique import Accuracy, Between, OneOf, technique

Tensors: TypeAlias = list[Array]
Bound = Annotated[float, Between(2.0**-4, 2.0**4, log=True)]


def _row(weight: Array) -> int:
    """How many numbers a row has: its norm is a sum of as many terms."""
    return int(weight.shape[1])


@technique(
    source="Srebro and Shraibman 2005, Rank, trace-norm and max-norm; Srivastava et al. 2014,"
    " Dropout, section 5.1",
    accuracy=Accuracy(ulps=4, inputs=1, terms=_row),
    facts=(
        bounded_rows(lambda max_norm: max_norm),
        projects(lambda eps, max_norm: eps / max_norm),
        keeps_zero_rows,
        rows_alone,
    ),
)
def max_norm(
    weight: Array,
    *,
    max_norm: Bound = 1.0,
    eps: Annotated[float, OneOf((0.0, 1e-7))] = 0.0,
) -> Array:
    """Max-norm constraint: the incoming weights of a unit are shortened where they are too long.

    w_r' = w_r c / (|w_r| + e)  where |w_r| > c,  w_r elsewhere

    w_r is a row (the weights that enter one output), |w_r| its Euclidean norm, c is max_norm, e is
    eps.

    *Numerics*: the norm is taken of a row divided by a power of two near its largest number: its
    square neither overflows nor vanishes. A sum of n squares rounds n times; the root, e, c, the
    quotient and the product once each.

    Args:
        weight: (outputs, inputs).
        max_norm: c, the longest a row may be; unit of the weights.
        eps: e, added to the norm of a row that is shortened; unit of the weights.

    Returns:
        Weights, shaped like the given ones.

    *Differences*: torch.renorm(w, 2, 0, c) has e = 1e-7. optax has no function of rows; its
    projection_l2_ball under jax.vmap is this one with e = 0. torch.nn.Embedding(max_norm=) renorms
    in place, and only the rows that are looked up.

    Example:
        >>> max_norm(np.array([[3.0, 4.0], [0.3, 0.4]]), max_norm=1.0)
        array([[0.6, 0.8],
               [0.3, 0.4]])
    """
    kind = weight.dtype.type
    scale, root = row_norms(weight)
    share = kind(max_norm) / (root + kind(eps) / scale)
    return np.where(scale * root > kind(max_norm), weight / scale * share, weight)


@technique(
    source="Salimans and Kingma 2016, Weight normalization, equation 2 with g = 1",
    accuracy=Accuracy(ulps=4, inputs=1, terms=_row),
    facts=(unit_rows, projects(lambda: 0.0), keeps_zero_rows, rows_alone),
)
def unit_norm(weight: Array, *, eps: Annotated[float, OneOf((0.0, 1e-12))] = 0.0) -> Array:
    """Unit-norm constraint: every row is brought to length 1.

    w_r' = w_r / max(|w_r|, e),  and 0 where w_r = 0

    w_r is a row, |w_r| its Euclidean norm, e is eps: a row that is shorter stays shorter than 1.

    *Numerics*: as `max_norm`. A row of zeros has no direction and stays as it is.

    Args:
        weight: (outputs, inputs).
        eps: e, the least norm that is divided by; unit of the weights.

    Returns:
        Weights, shaped like the given ones.

    *Differences*: torch.nn.functional.normalize(w, dim=1) has e = 1e-12, which is 0 in float16: a
    row of zeros becomes NaN there. optax's projection_l2_sphere under jax.vmap has e = 0 and makes
    NaN of a row of zeros in every format.

    Example:
        >>> unit_norm(np.array([[3.0, 4.0], [0.0, 0.0]]))
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    kind = weight.dtype.type
    scale, root = row_norms(weight)
    least = np.maximum(root, kind(eps) / scale)
    return weight / scale / np.where(least == 0, 1, least)


@technique(
    source="Parikh and Boyd 2014, Proximal algorithms, section 6.5.1",
    accuracy=Accuracy(ulps=5, inputs=1, terms=numbers),
    facts=(bounded_tree(lambda max_norm: max_norm), projects(lambda: 0.0)),
)
def l2_ball(params: Tensors, *, max_norm: Bound = 1.0) -> Tensors:
    """Projection onto the L2 ball: all parameters together are shortened when they are too long.

    w_i' = w_i min(1, c / |w|),  |w| = sqrt(sum_i w_i^2)

    w_i are all numbers of all parameters, c is max_norm. The point of the ball nearest to w.

    *Numerics*: as `max_norm`, with the norm of the whole tree.

    Args:
        params: parameters, arrays of any shapes and one dtype.
        max_norm: c, the radius of the ball; unit of the parameters.

    Returns:
        Parameters, shaped like the given ones.

    *Differences*: optax.projections.projection_l2_ball squares as it is, which overflows from norms
    of sqrt(largest) on: all parameters become 0. torch has it for gradients only.

    Example:
        >>> l2_ball([np.array([3.0]), np.array([4.0])], max_norm=1.0)
        [array([0.6]), array([0.8])]
    """
    scale, root = scaled_norm(params)
    kind = scale.dtype.type
    if scale * root <= kind(max_norm):
        return [w.copy() for w in params]
    share = kind(max_norm) / root
    return [w / scale * share for w in params]


@technique(
    source="Lee and Seung 1999, Learning the parts of objects by non-negative matrix factorization",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(nonnegative, projects(lambda: 0.0)),
)
def non_negative(params: Tensors) -> Tensors:
    """Non-negativity constraint: parameters below 0 are put to 0.

    w_i' = max(w_i, 0)

    w_i are all numbers of all parameters. The nearest point at which none is negative.

    *Numerics*: exact. NaN stays NaN.

    Args:
        params: parameters, arrays of any shapes and one dtype.

    Returns:
        Parameters, shaped like the given ones.

    *Differences*: torch.clamp(min=0) and optax.projections.projection_non_negative are alike.

    Example:
        >>> non_negative([np.array([-1.0, 2.0])])
        [array([0., 2.])]
    """
    return [np.maximum(w, w.dtype.type(0)) for w in params]
