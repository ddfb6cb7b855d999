"""Clipping by norms: gradients that are too long are shortened."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from reference.facts import idempotent, shrinks, unspoilt_zero
from reference.gradient_facts import (
    chosen,
    clips,
    mixable,
    refuses,
    shrinks_each,
    takes_nothing,
)
from reference.gradients.norms import ORDERS, Order, Tensors, length, numbers, scaled_norm
from reference.numerics import Array
from reference.technique import Accuracy, Between, OneOf, technique


def _of_the_tree(grads: Tensors, norm_type: Order) -> list[Any]:
    return [length(grads, norm_type)] * len(grads)


def _of_each(grads: Tensors, norm_type: Order) -> list[Any]:
    return [length([g], norm_type) for g in grads]


def _mean_square(grads: Tensors) -> list[Any]:
    return [length([g]) / math.sqrt(max(1, g.size)) for g in grads]


def _clipped(
    grads: Tensors, max_norm: float, norm_type: Order, eps: float
) -> tuple[Tensors, Array]:
    scale, root = scaled_norm(grads, norm_type)
    kind, norm = scale.dtype.type, np.asarray(scale * root)
    if norm + kind(eps) <= kind(max_norm):
        return [g.copy() for g in grads], norm
    share = kind(max_norm) / (root + kind(eps) / scale)
    return [g / scale * share for g in grads], norm


def _valid(bound: float, name: str) -> None:
    if not bound > 0:
        message = f"{name} must be above 0, not {bound}"
        raise ValueError(message)


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
        ([array([0.6]), array([0.8])], array(5.))
    """
    del foreach
    _valid(max_norm, "max_norm")
    return _clipped(grads, max_norm, norm_type, eps)


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
    _valid(max_norm, "max_norm")
    if np.isfinite(scaled_norm(grads, norm_type)[1]):
        return _clipped(grads, max_norm, norm_type, eps)[0], np.asarray(0, np.int32)
    return [g.copy() for g in grads], np.asarray(1, np.int32)


@technique(
    source="Abadi et al. 2016, TensorFlow: a system for large-scale machine learning"
    " (tf.clip_by_norm); A3, gradient clipping",
    accuracy=Accuracy(ulps=5, inputs=1, terms=numbers),
    facts=(
        clips(_of_each, lambda max_norm: max_norm, lambda eps: eps),
        shrinks_each,
        idempotent(within=lambda eps, max_norm: eps / max_norm),
        unspoilt_zero,
        mixable,
        takes_nothing,
        chosen("norm_type"),
    ),
)
def clip_by_norm(
    grads: Tensors,
    *,
    max_norm: Annotated[float, Between(2.0**-10, 2.0**10, log=True)] = 1.0,
    norm_type: Annotated[Order, OneOf(ORDERS)] = 2,
    eps: Annotated[float, OneOf((0.0, 1e-6))] = 0.0,
) -> Tensors:
    """Clip every gradient by its own norm: tensors do not know of each other.

    y = g min(1, c / (|g| + e)),  |g| = (sum_i |g_i|^p)^(1/p) over one tensor

    g is one tensor of the tree, c is max_norm, p is norm_type, e is eps.

    *Numerics*: as clipping by the global norm, of one tensor at a time. The direction of the whole
    gradient changes where some tensors are clipped and others are not.

    Args:
        grads: gradients, arrays of any shapes.
        max_norm: the largest norm of a tensor that is left alone; unit of the gradients.
        norm_type: the order p of the norm; "inf" for the largest number.
        eps: added to the norm; unit of the gradients.

    Returns:
        Clipped gradients.

    Raises:
        ValueError: max_norm is not above 0.

    *Differences*: torch.nn.utils.clip_grad_norm_ on one parameter at a time, with eps = 1e-6.
    optax.clip_by_global_norm on one leaf at a time (jax.tree.map, or optax.partition), without.

    Example:
        >>> clip_by_norm([np.array([3.0, 4.0]), np.array([0.5])], max_norm=1.0)
        [array([0.6, 0.8]), array([0.5])]
    """
    _valid(max_norm, "max_norm")
    return [_clipped([g], max_norm, norm_type, eps)[0][0] for g in grads]


@technique(
    source="Shazeer and Stern 2018, Adafactor: adaptive learning rates with sublinear memory cost,"
    " section 6",
    accuracy=Accuracy(ulps=6, inputs=1, terms=numbers),
    facts=(
        clips(_mean_square, lambda threshold: threshold),
        shrinks_each,
        idempotent(within=lambda: 0.0),
        unspoilt_zero,
        mixable,
        takes_nothing,
    ),
)
def clip_by_block_rms(
    grads: Tensors,
    *,
    threshold: Annotated[float, Between(2.0**-10, 2.0**10, log=True)] = 1.0,
) -> Tensors:
    """Clip every gradient by the root of its mean square: large tensors may be longer.

    y = g / max(1, r / c),  r = sqrt((1/n) sum_i g_i^2) over one tensor of n numbers

    g is one tensor of the tree, c is threshold.

    *Numerics*: the norm of one tensor as in clipping by it; mean, root, c and the two quotients
    round once each. A tensor with a NaN becomes NaN; one with an infinity 0 and NaN.

    Args:
        grads: gradients, arrays of any shapes.
        threshold: the largest root mean square that is left alone; unit of the gradients.

    Returns:
        Clipped gradients.

    Raises:
        ValueError: threshold is not above 0.

    *Differences*: optax.clip_by_block_rms. PyTorch has none; inside torch.optim.Adafactor the same
    is done to the update.

    Example:
        >>> clip_by_block_rms([np.array([3.0, 4.0, 0.0, 0.0])], threshold=1.0)
        [array([1.2, 1.6, 0. , 0. ])]
    """
    _valid(threshold, "threshold")
    return [_clipped_by_mean_square(g, threshold) for g in grads]


def _clipped_by_mean_square(g: Array, threshold: float) -> Array:
    scale, root = scaled_norm([g])
    kind = scale.dtype.type
    mean = root / np.sqrt(kind(max(1, g.size)))
    if scale * mean <= kind(threshold):
        return g.copy()
    return g / scale * (kind(threshold) / mean)
