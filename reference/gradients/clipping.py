"""Clipping by the norm of all gradients: together too long, they are shortened alike."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from reference.demands import demand
from reference.facts import idempotent, shrinks, unspoilt_zero
from reference.gradient_facts import chosen, clips, mixable, refuses
from reference.gradients.norms import ORDERS, Order, Tensors, length, numbers, scaled_norm
from reference.numerics import Array
from reference.technique import Accuracy, Between, OneOf, technique


def _of_the_tree(grads: Tensors, norm_type: Order) -> list[Any]:
    return [length(grads, norm_type)] * len(grads)


def clipped(grads: Tensors, max_norm: float, norm_type: Order, eps: float) -> tuple[Tensors, Array]:
    """Return gradients whose common norm is max_norm - eps at most; and the norm that they had."""
    scale, root = scaled_norm(grads, norm_type)
    kind, norm = scale.dtype.type, scale * root
    share = kind(max_norm) / (root + kind(eps) / scale)
    short = norm + kind(eps) <= kind(max_norm)
    return [np.where(short, g, g / scale * share) for g in grads], norm


@technique(
    source="Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural"
    " networks, algorithm 1",
    accuracy=Accuracy(ulps=5, inputs=1, terms=numbers),
    facts=(
        clips(_of_the_tree, lambda max_norm: max_norm, lambda eps: eps),
        shrinks,
        idempotent(within=lambda eps, max_norm: eps / max_norm),
        unspoilt_zero,
        mixable,
        chosen("norm_type", "foreach"),
    ),
)
def clip_by_global_norm(
    grads: Tensors,
    *,
    max_norm: Annotated[float, Between(2.0**-10, 2.0**10, log=True)] = 1.0,
    norm_type: Annotated[Order, OneOf(ORDERS)] = 2,
    eps: Annotated[float, OneOf((0.0, 1e-6))] = 0.0,
    foreach: Annotated[bool, OneOf((False, True))] = False,
) -> tuple[Tensors, Array]:
    """Clip by the global norm: all gradients are shortened alike when together they are too long.

    y_i = g_i min(1, c / (|g| + e)),  |g| = (sum_i |g_i|^p)^(1/p)

    g_i are all numbers of all gradients, c is max_norm, p is norm_type, e is eps.

    *Numerics*: the norm is taken of gradients divided by a power of two near the largest, so that
    neither powers nor their sum overflow or vanish. A sum of n powers rounds n times; the root,
    e, c, the quotient and the product once each. Where the norm is infinite, finite gradients
    become 0 and infinite ones NaN; where it is NaN all become NaN: one bad number spoils the step,
    as the formula has it.

    Args:
        grads: gradients, arrays of any shapes and one dtype.
        max_norm: the largest norm that is left alone; unit of the gradients.
        norm_type: the order p of the norm; "inf" for the largest number.
        eps: added to the norm; unit of the gradients. With it, norms up to max_norm - eps only are
            left alone, and gradients clipped twice are shorter by eps / max_norm, in parts.
        foreach: how a library walks the tensors: one after the other, or all in one call. The
            result does not depend on it.

    Returns:
        Clipped gradients, and the norm that they had.

    Raises:
        ValueError: max_norm is not above 0.

    *Differences*: torch.nn.utils.clip_grad_norm_ has eps = 1e-6, takes every p, writes into the
    gradients, skips parameters that have none and returns the norm. optax.clip_by_global_norm has
    neither eps nor p and returns no norm (optax.global_norm does); in float16 it squares in
    float16, which overflows from gradients of 256 on.

    Example:
        >>> clip_by_global_norm([np.array([3.0]), np.array([4.0])], max_norm=1.0)
        ([array([0.6]), array([0.8])], np.float64(5.0))
    """
    del foreach
    demand(max_norm=max_norm > 0)
    return clipped(grads, max_norm, norm_type, eps)


@technique(
    source="Paszke et al. 2019, PyTorch, nn.utils.clip_grad_norm_ with error_if_nonfinite=True;"
    " Pascanu, Mikolov and Bengio 2013, algorithm 1",
    accuracy=Accuracy(ulps=5, inputs=1, terms=numbers),
    facts=(
        clips(_of_the_tree, lambda max_norm: max_norm, lambda eps: eps),
        shrinks,
        idempotent(within=lambda eps, max_norm: eps / max_norm),
        unspoilt_zero,
        mixable,
        refuses,
        chosen("norm_type", "foreach"),
    ),
)
def clip_or_refuse(
    grads: Tensors,
    *,
    max_norm: Annotated[float, Between(2.0**-10, 2.0**10, log=True)] = 1.0,
    norm_type: Annotated[Order, OneOf(ORDERS)] = 2,
    eps: Annotated[float, OneOf((0.0, 1e-6))] = 0.0,
    foreach: Annotated[bool, OneOf((False, True))] = False,
) -> tuple[Tensors, Array]:
    """Clip by the global norm, or refuse: where the norm is no finite number nothing is touched.

    y_i = g_i min(1, c / (|g| + e)) where |g| is finite, else g_i;  |g| = (sum_i |g_i|^p)^(1/p)

    g_i are all numbers of all gradients, c is max_norm, p is norm_type, e is eps.

    *Numerics*: as clipping by the global norm. Where it refuses, gradients keep every bit, so that
    one can still see which of them was bad. Finite gradients have a finite norm, however long.

    Args:
        grads: gradients, arrays of any shapes and one dtype.
        max_norm: the largest norm that is left alone; unit of the gradients.
        norm_type: the order p of the norm; "inf" for the largest number.
        eps: added to the norm; unit of the gradients.
        foreach: how a library walks the tensors. The result does not depend on it.

    Returns:
        Clipped gradients, or those that were given; and 1 where they were refused, else 0.

    Raises:
        ValueError: max_norm is not above 0.

    *Differences*: torch.nn.utils.clip_grad_norm_(error_if_nonfinite=True) raises RuntimeError where
    1 is told here; its default clips all the same, and all gradients become NaN or 0. A compiled
    JAX program cannot raise: optax.apply_if_finite skips such steps (`skip_non_finite`).

    Example:
        >>> clip_or_refuse([np.array([3.0, 4.0])]), clip_or_refuse([np.array([3.0, np.inf])])
        (([array([0.6, 0.8])], array(0, dtype=int32)), ([array([ 3., inf])], array(1, dtype=int32)))
    """
    del foreach
    demand(max_norm=max_norm > 0)
    fine = np.isfinite(scaled_norm(grads, norm_type)[1])
    shortened, _ = clipped(grads, max_norm, norm_type, eps)
    kept = [np.where(fine, y, g) for g, y in zip(grads, shortened, strict=True)]
    return kept, np.where(fine, 0, 1).astype(np.int32)
