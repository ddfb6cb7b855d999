"""Units: gradients treated by the units of a layer that they belong to."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from reference.demands import demand
from reference.facts import idempotent, unspoilt_zero
from reference.gradient_facts import centred, clips, mixable, shrinks_units, takes_nothing
from reference.gradients.norms import Tensors, numbers
from reference.numerics import Array
from reference.technique import Accuracy, Between, OneOf, technique


def unit_axes(x: Array) -> tuple[int, ...]:
    """Axes that run through one unit: all of a vector, the first of a matrix, those of a kernel.

    Of four or five axes all but the last are a kernel's. What is a vector but for axes of length 1
    counts as one.
    """
    if sum(n != 1 for n in x.shape) <= 1:
        return tuple(range(x.ndim))
    return (0,) if x.ndim in (2, 3) else tuple(range(x.ndim - 1))


def _unit_norm(x: Array) -> Array:
    """Norm of every unit, of the shape of x: scaled by the tensor's largest number."""
    largest = np.max(abs(x), initial=x.dtype.type(0))
    one, sound = x.dtype.type(1), np.isfinite(largest) & (largest > 0)
    scale = np.where(sound, np.ldexp(one, np.frexp(largest)[1] - 1), one)
    squares = np.sum(np.square(x / scale), axis=unit_axes(x), keepdims=True)
    return np.broadcast_to(np.sqrt(squares) * scale, x.shape)


def _norms(grads: Tensors, params: Tensors) -> dict[str, list[Any]]:
    """Norms of every unit's gradient and weights."""
    return {"own": [*map(_unit_norm, grads)], "weights": [*map(_unit_norm, params)]}


def _shares(grads: Tensors, params: Tensors, eps: float) -> list[Any]:
    """Norm of every unit's gradient over that of its weights, or eps where that is more."""
    wide = [(g.astype(np.longdouble), w.astype(np.longdouble))
            for g, w in zip(grads, params, strict=True)]  # fmt: skip
    return [_unit_norm(g) / np.maximum(_unit_norm(w), eps) for g, w in wide]


@technique(
    source="Brock, De, Smith and Simonyan 2021, High-performance large-scale image recognition"
    " without normalization, equation 3",
    accuracy=Accuracy(ulps=7, inputs=2, terms=numbers),
    facts=(
        clips(_shares, lambda clipping: clipping, columns=_norms),
        shrinks_units,
        idempotent(within=lambda: 0.0),
        unspoilt_zero,
        takes_nothing,
    ),
)
def clip_adaptively(
    grads: Tensors,
    params: Tensors,
    *,
    clipping: Annotated[float, Between(2.0**-7, 0.5, log=True)] = 0.01,
    eps: Annotated[float, Between(2.0**-10, 0.5, log=True)] = 1e-3,
) -> Tensors:
    """Clip every unit's gradient to a share of the norm of its weights (AGC).

    y = g min(1, L / |g|),  L = c max(|w|, e),  norms of one unit

    g and w are the gradient and the weights of one unit: a whole vector, a column of a matrix, one
    output of a kernel (height, width, in, out); c is clipping, e is eps.

    *Numerics*: the norms are scaled by the largest number of their tensor. Two sums of n squares,
    two roots, c, e, product, quotient and product round once each. The floor e lets weights that
    begin at 0 move.

    Args:
        grads: gradients, arrays of at most five axes.
        params: weights of the same shapes.
        clipping: the largest ratio of the norms that is left alone.
        eps: the smallest norm of weights that counts; unit of the weights.

    Returns:
        Clipped gradients.

    Raises:
        ValueError: clipping is not above 0.

    *Differences*: optax.adaptive_grad_clip, whose 1e-6 beside the norm of the gradient never acts.
    Its units are those of (in, out) weights; PyTorch's are (out, in), and it has no such function.

    Example:
        >>> clip_adaptively([np.array([3.0, 4.0])], [np.array([0.0, 2.0])], clipping=0.5)
        [array([0.6, 0.8])]
    """
    demand(clipping=clipping > 0)
    return [_adapted(g, w, clipping, eps) for g, w in zip(grads, params, strict=True)]


def _adapted(g: Array, w: Array, clipping: float, eps: float) -> Array:
    kind = g.dtype.type
    norm = _unit_norm(g)
    limit = kind(clipping) * np.maximum(_unit_norm(w), kind(eps))
    share = limit / np.where(norm < limit, kind(1), norm)
    return np.where(norm < limit, g, g * share)


def longest_row(grads: Tensors) -> int:
    """How many terms the longest mean has."""
    return max((g.size // min(g.shape) for g in grads if g.size and g.ndim), default=1)


@technique(
    source="Yong, Huang, Hua and Zhang 2020, Gradient centralization: a new optimization technique"
    " for deep neural networks, equation 1",
    accuracy=Accuracy(ulps=1, inputs=2, terms=longest_row),
    facts=(centred, unspoilt_zero, mixable, takes_nothing),
)
def centralize(
    grads: Tensors,
    *,
    unit_axis: Annotated[int, OneOf((0, -1))] = 0,
) -> Tensors:
    """Take the mean out of every unit's gradient.

    y_i = g_i - (1/m) sum_k g_ik

    g_i is the gradient of unit i, of m numbers: i runs through unit_axis, k through all other axes.
    Biases and other tensors of one axis, or none, are left alone.

    *Numerics*: a mean of m numbers rounds m times, the difference once. One NaN makes its unit NaN.

    Args:
        grads: gradients, arrays of any shapes.
        unit_axis: the axis whose entries are the layer's outputs: the first in PyTorch's (out, in),
            the last in JAX's (in, out).

    Returns:
        Gradients; the mean over every unit is 0.

    *Differences*: optax.centralize takes the first axis for the units, as PyTorch lays weights out;
    of flax's (in, out) kernels it centralizes the inputs. PyTorch has no such function.

    Example:
        >>> centralize([np.array([[1.0, 3.0], [5.0, 5.0]]), np.array([7.0])])
        [array([[-1.,  1.], [ 0.,  0.]]), array([7.])]
    """
    return [g - _mean(g, unit_axis) if g.ndim > 1 else g.copy() for g in grads]


def _mean(g: Array, unit_axis: int) -> Array:
    others = tuple(axis for axis in range(g.ndim) if axis != unit_axis % g.ndim)
    scale = np.ldexp(g.dtype.type(1), 2)  # sums of up to four times the largest number stay finite
    return np.mean(g / scale, axis=others, keepdims=True) * scale
