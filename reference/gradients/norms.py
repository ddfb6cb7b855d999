"""Norms: how long a tree of gradients is, and gradients brought to one length."""

from __future__ import annotations

import functools
import math
from typing import Annotated, Any, TypeAlias

import numpy as np

from reference.gradient_facts import chosen, mixable
from reference.numerics import Array
from reference.stored import stored
from reference.technique import Accuracy, Between, OneOf, technique

Tensors: TypeAlias = list[Array]

Order: TypeAlias = float | str
"""The order p of a norm: a number, or "inf" for the largest number."""

ORDERS: tuple[Order, ...] = (2, 1, 3, "inf")
"""Orders that are drawn: Euclid's, the city block, a higher one, the largest number."""


def numbers(tensors: Tensors) -> int:
    """How many numbers a tree holds: a sum over all of them has as many terms."""
    return sum(np.size(g) for g in tensors)


def scaled_norm(tensors: Tensors, norm_type: Order = 2) -> tuple[Array, Array]:
    """p-norm of all numbers of a tree as (scale, root): scale * root, free of overflow.

    The scale is the power of two below the largest |g|: dividing by it is exact.
    """
    kind: Any = np.result_type(*tensors).type if tensors else np.float64
    each = [np.max(abs(g), initial=kind(0)) for g in tensors]
    largest = functools.reduce(np.maximum, each, kind(0))
    sound = np.isfinite(largest) & (largest > 0)
    scale = np.where(sound, np.ldexp(kind(1), np.frexp(largest)[1] - 1), kind(1))
    p = float(norm_type)
    if p == math.inf:
        return scale, largest / scale
    parts = [abs(g / scale) for g in tensors]
    if p in (1.0, 2.0):
        total: Any = sum((np.sum(x if p == 1 else np.square(x)) for x in parts), kind(0))
        return scale, total if p == 1 else np.sqrt(total)
    if not np.all(sound):  # infinite, NaN or 0
        return scale, sum((np.sum(x) for x in parts), kind(0))
    root = np.power(sum((np.sum(np.power(x, kind(p))) for x in parts), kind(0)), 1 / kind(p))
    # Two powers, and 1/p rounded: that moves the norm by ln(norm) u, in parts.
    return scale, stored(np.asarray(root), 6 + abs(float(np.log(scale) + np.log(root))))[()]


def length(tensors: Tensors, norm_type: Order = 2) -> Array:
    """p-norm of a tree in extended precision, as one number."""
    scale, root = scaled_norm([g.astype(np.longdouble) for g in tensors], norm_type)
    return scale * root


@technique(
    source="Horn and Johnson 2012, Matrix Analysis, 2nd edition, section 5.2 (the p-norms)",
    accuracy=Accuracy(ulps=3, inputs=1, terms=numbers),
    facts=(mixable, chosen("norm_type", "foreach")),
)
def global_norm(
    grads: Tensors,
    *,
    norm_type: Annotated[Order, OneOf(ORDERS)] = 2,
    foreach: Annotated[bool, OneOf((False, True))] = False,
) -> Array:
    """Measure the norm of all gradients together, as if they were one vector.

    |g| = (sum_i |g_i|^p)^(1/p),  for p = inf: max_i |g_i|

    g_i are all numbers of all gradients, p is norm_type.

    *Numerics*: gradients are divided by a power of two near the largest, so that neither powers nor
    their sum overflow or vanish. A sum of n powers rounds n times, the root once more. Where p is
    neither 1, 2 nor infinite, 1/p is rounded, too, which moves the norm by ln |g| roundings. One
    NaN makes the norm NaN, one infinity makes it infinite.

    Args:
        grads: gradients, arrays of any shapes.
        norm_type: the order p; "inf" for the largest number.
        foreach: how a library walks the tensors: one after the other, or all in one call. The
            result does not depend on it.

    Returns:
        The norm, one number.

    *Differences*: torch.nn.utils.get_total_norm takes every p and walks either way.
    optax.tree.norm takes p = 1, 2 and inf, and calls p `ord`. Both sum powers as they are. Of a
    tree with an empty tensor, torch has no norm of order inf: it raises a RuntimeError.

    Example:
        >>> float(global_norm([np.array([3.0]), np.array([-4.0])]))
        5.0
    """
    del foreach
    scale, root = scaled_norm(grads, norm_type)
    return scale * root


@technique(
    source="optax 0.2.8, normalize_by_update_norm; Hazan, Levy and Shalev-Shwartz 2015, Beyond"
    " convexity: stochastic quasi-convex optimization, algorithm 1",
    accuracy=Accuracy(ulps=5, inputs=1, terms=numbers),
    facts=(mixable,),
)
def normalize_by_norm(
    grads: Tensors,
    *,
    scale_factor: Annotated[float, Between(0.125, 8.0, log=True)] = 1.0,
    eps: Annotated[float, Between(1e-6, 0.5, log=True)] = 1e-6,
) -> Tensors:
    """Bring all gradients together to one length: only their direction is kept.

    y_i = s g_i / (|g| + e),  |g| = sqrt(sum_i g_i^2)

    g_i are all numbers of all gradients, s is scale_factor, e is eps.

    *Numerics*: as the global norm; e is divided by the same power of two as the gradients. Sum,
    root, e, s, quotient and product round once each. Zeros stay zeros, as e > 0.

    Args:
        grads: gradients, arrays of any shapes.
        scale_factor: the length that they get; negative or positive.
        eps: added to the norm, so that zeros have a quotient; unit of the gradients.

    Returns:
        Gradients whose norm together is almost s.

    *Differences*: optax.normalize_by_update_norm. PyTorch has nothing of it:
    torch.nn.functional.normalize takes one tensor and max(|g|, e) in place of |g| + e.

    Example:
        >>> normalize_by_norm([np.array([3.0, 4.0])], eps=0.0)
        [array([0.6, 0.8])]
    """
    scale, root = scaled_norm(grads)
    kind = scale.dtype.type
    share = kind(scale_factor) / (root + kind(eps) / scale)
    return [g / scale * share for g in grads]
