"""Clipping: gradients that are too long are shortened."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import numpy as np

from reference.facts import clips_norm, idempotent, shrinks, unspoilt_zero
from reference.numerics import Array
from reference.technique import Accuracy, Between, OneOf, technique

Tensors: TypeAlias = list[Array]


def numbers(tensors: Tensors) -> int:
    """How many numbers a tree holds: a sum over all of them has as many terms."""
    return sum(np.size(g) for g in tensors)


def scaled_norm(tensors: Tensors) -> tuple[Array, Array]:
    """Euclidean norm of all numbers of a tree as (scale, root): scale * root, free of overflow.

    The scale is the power of two below the largest |g|: dividing by it is exact.
    """
    kind = tensors[0].dtype.type
    largest = max((np.max(abs(g), initial=kind(0)) for g in tensors), key=float)
    if not np.isfinite(largest) or largest == 0:
        return kind(1), sum((np.sum(abs(g)) for g in tensors), kind(0))  # infinite, NaN or 0
    scale = np.ldexp(kind(1), np.frexp(largest)[1] - 1)
    return scale, np.sqrt(sum((np.sum(np.square(g / scale)) for g in tensors), kind(0)))


@technique(
    source="Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural"
    " networks, algorithm 1",
    accuracy=Accuracy(ulps=5, inputs=1, terms=numbers),
    facts=(
        clips_norm(at_most=lambda max_norm: max_norm, margin=lambda eps: eps),
        shrinks,
        idempotent(within=lambda eps, max_norm: eps / max_norm),
        unspoilt_zero,
    ),
)
def clip_by_global_norm(
    grads: Tensors,
    *,
    max_norm: Annotated[float, Between(2.0**-10, 2.0**10, log=True)] = 1.0,
    eps: Annotated[float, OneOf((0.0, 1e-6))] = 0.0,
) -> tuple[Tensors, Array]:
    """Clip by the global norm: all gradients are shortened alike when together they are too long.

    y_i = g_i min(1, c / (|g| + e)),  |g| = sqrt(sum_i g_i^2)

    g_i are all numbers of all gradients, c is max_norm, e is eps.

    *Numerics*: the norm is taken of gradients divided by a power of two near the largest, so that
    neither squares nor their sum overflow or vanish. A sum of n squares rounds n times; the root,
    e, c, the quotient and the product once each. Where the norm is infinite, finite gradients
    become 0 and infinite ones NaN; where it is NaN all become NaN: one bad number spoils the step,
    as the formula has it.

    Args:
        grads: gradients, arrays of any shapes and one dtype.
        max_norm: the largest norm that is left alone; unit of the gradients.
        eps: added to the norm; unit of the gradients. With it, norms up to max_norm - eps only are
            left alone, and gradients clipped twice are shorter by eps / max_norm, in parts.

    Returns:
        Clipped gradients, and the norm that they had.

    *Differences*: torch.nn.utils.clip_grad_norm_ has eps = 1e-6, writes into the gradients and
    returns the norm. optax.clip_by_global_norm has none and returns no norm (optax.global_norm
    does); in float16 it squares in float16, which overflows from gradients of 256 on.

    Example:
        >>> clip_by_global_norm([np.array([3.0]), np.array([4.0])], max_norm=1.0)
        ([array([0.6]), array([0.8])], array(5.))
    """
    scale, root = scaled_norm(grads)
    kind, norm = scale.dtype.type, np.asarray(scale * root)
    if norm + kind(eps) <= kind(max_norm):
        return [g.copy() for g in grads], norm
    share = kind(max_norm) / (root + kind(eps) / scale)
    return [g / scale * share for g in grads], norm
