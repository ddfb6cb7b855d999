"""Clipping by values: every number by itself, of gradients and of weights."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from reference.facts import idempotent, unspoilt_zero
from reference.gradient_facts import chosen, clips, mixable, shrinks_units, takes_nothing
from reference.gradients.norms import Tensors
from reference.technique import Accuracy, Between, OneOf, technique


def _sizes(grads: Tensors) -> list[Any]:
    return [np.abs(g) for g in grads]


def _excess(grads: Tensors, low: float, high: float) -> list[Any]:
    """How far every number is on its way to its end: 1 is the end."""
    return [np.where(g < 0, g / low, g / high) for g in grads]


def _within(tensors: Tensors, low: float, high: float) -> Tensors:
    if not low <= high:
        message = f"the lower bound {low} is above the upper bound {high}"
        raise ValueError(message)
    return [np.clip(x, x.dtype.type(low), x.dtype.type(high)) for x in tensors]


@technique(
    source="Mikolov 2012, Statistical language models based on neural networks, section 3.2.2; A3,"
    " gradient clipping",
    accuracy=Accuracy(ulps=1, inputs=0),
    facts=(
        clips(_sizes, lambda max_value: max_value),
        shrinks_units,
        idempotent(within=lambda: 0.0),
        unspoilt_zero,
        mixable,
        chosen("foreach"),
    ),
)
def clip_by_value(
    grads: Tensors,
    *,
    max_value: Annotated[float, Between(2.0**-10, 2.0**10, log=True)] = 1.0,
    foreach: Annotated[bool, OneOf((False, True))] = False,
) -> Tensors:
    """Clip every number of the gradients to the same distance from 0.

    y_i = max(-c, min(g_i, c))

    c is max_value.

    *Numerics*: exact, but that c is rounded to the format once. NaN stays NaN; an infinity becomes
    c with its sign.

    Args:
        grads: gradients, arrays of any shapes.
        max_value: the largest |g| that is left alone; unit of the gradients.
        foreach: how a library walks the tensors: one after the other, or all in one call.

    Returns:
        Clipped gradients. Their direction changes where some numbers are clipped.

    Raises:
        ValueError: max_value is below 0.

    *Differences*: torch.nn.utils.clip_grad_value_ writes into the gradients, optax.clip returns
    new ones. Where no parameter has a gradient, torch's raises a RuntimeError of its own inside.

    Example:
        >>> clip_by_value([np.array([3.0, -0.5])], max_value=1.0)
        [array([ 1. , -0.5])]
    """
    del foreach
    return _within(grads, -max_value, max_value)


@technique(
    source="A2 3.3, gradient clipping: max(min(g, c2), c1)",
    accuracy=Accuracy(ulps=1, inputs=0),
    facts=(
        clips(_excess, lambda: 1.0),
        shrinks_units,
        idempotent(within=lambda: 0.0),
        unspoilt_zero,
        mixable,
        takes_nothing,
    ),
)
def clip_to_interval(
    grads: Tensors,
    *,
    low: Annotated[float, Between(-8.0, -0.125)] = -1.0,
    high: Annotated[float, Between(0.0625, 16.0, log=True)] = 1.0,
) -> Tensors:
    """Clip every number of the gradients to an interval that need not be symmetric.

    y_i = max(min(g_i, c2), c1)

    c1 is low, c2 is high, c1 <= c2.

    *Numerics*: exact, but that c1 and c2 are rounded to the format once. NaN stays NaN.

    Args:
        grads: gradients, arrays of any shapes.
        low: the lower end; unit of the gradients.
        high: the upper end.

    Returns:
        Clipped gradients.

    Raises:
        ValueError: low is above high.

    *Differences*: torch.clamp, and optax.projections.projection_box. With low above high, torch
    and JAX return high everywhere; the reference refuses.

    Example:
        >>> clip_to_interval([np.array([3.0, -3.0])], low=-1.0, high=2.0)
        [array([ 2., -1.])]
    """
    return _within(grads, low, high)


@technique(
    source="Arjovsky, Chintala and Bottou 2017, Wasserstein GAN, algorithm 1; A1 3 and A3, weight"
    " clipping",
    accuracy=Accuracy(ulps=1, inputs=0),
    facts=(
        clips(_sizes, lambda max_weight: max_weight),
        shrinks_units,
        idempotent(within=lambda: 0.0),
        unspoilt_zero,
        mixable,
        takes_nothing,
    ),
)
def clip_weights(
    params: Tensors,
    *,
    max_weight: Annotated[float, Between(2.0**-10, 2.0, log=True)] = 0.01,
) -> Tensors:
    """Clip the weights themselves, after the step.

    w <- max(-c, min(w, c))

    w are all weights, c is max_weight.

    *Numerics*: exact, but that c is rounded to the format once. NaN stays NaN.

    Args:
        params: weights after a step of the optimizer, arrays of any shapes.
        max_weight: the largest |w| that is left alone.

    Returns:
        Clipped weights.

    Raises:
        ValueError: max_weight is below 0.

    *Differences*: Tensor.clamp_ under torch.no_grad, in place; optax.projections.projection_box
    returns new weights.

    Example:
        >>> clip_weights([np.array([0.5, -0.005])])
        [array([ 0.01 , -0.005])]
    """
    return _within(params, -max_weight, max_weight)


@technique(
    source="optax 0.2.8, keep_params_nonnegative: projected gradient descent on w >= 0 (Bertsekas"
    " 1976, On the Goldstein-Levitin-Polyak gradient projection method)",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(mixable, takes_nothing),
)
def keep_non_negative(grads: Tensors, params: Tensors) -> Tensors:
    """Cut an update so that the weights that it is added to do not become negative.

    y = -w where w + u < 0, else u

    u is the update, w the weights that it will be added to.

    *Numerics*: no rounding: y is u or -w. The sign of w + u is right in any precision, as a sum
    that is not 0 never rounds to 0 or across it. A NaN in u stays.

    Args:
        grads: updates, arrays of any shapes.
        params: weights, arrays of the same shapes.

    Returns:
        Updates; w + y is at least 0.

    *Differences*: optax.keep_params_nonnegative, last in a chain. In PyTorch one clamps the
    weights after the step (`clip_to_interval` does it).

    Example:
        >>> keep_non_negative([np.array([-3.0, -0.5])], [np.array([1.0, 1.0])])
        [array([-1. , -0.5])]
    """
    return [np.where(w + u < 0, -w, u) for u, w in zip(grads, params, strict=True)]
