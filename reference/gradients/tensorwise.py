"""Clipping tensor by tensor: every gradient is shortened by its own length."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from reference.demands import demand
from reference.facts import idempotent, unspoilt_zero
from reference.gradient_facts import chosen, clips, mixable, shrinks_each, takes_nothing
from reference.gradients.clipping import clipped
from reference.gradients.norms import ORDERS, Order, Tensors, length, numbers, scaled_norm
from reference.numerics import Array
from reference.technique import Accuracy, Between, OneOf, technique


def _of_each(grads: Tensors, norm_type: Order) -> list[Any]:
    return [length([g], norm_type) for g in grads]


def _mean_square(grads: Tensors) -> list[Any]:
    return [length([g]) / math.sqrt(max(1, g.size)) for g in grads]


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
    demand(max_norm=max_norm > 0)
    return [clipped([g], max_norm, norm_type, eps)[0][0] for g in grads]


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
    demand(threshold=threshold > 0)
    return [_clipped_by_mean_square(g, threshold) for g in grads]


def _clipped_by_mean_square(g: Array, threshold: float) -> Array:
    scale, root = scaled_norm([g])
    kind = scale.dtype.type
    mean = root / np.sqrt(kind(max(1, g.size)))
    small = scale * mean <= kind(threshold)
    return np.where(small, g, g / scale * (kind(threshold) / mean))
