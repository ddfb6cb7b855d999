"""Normalization layers: statistics of groups of numbers, subtracted and divided out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from reference.numerics import Array, Linearized
from reference.technique import Accuracy, Between, Fact, technique

if TYPE_CHECKING:
    from collections.abc import Callable

Eps = Annotated[float, Between(1e-6, 1e-1, log=True)]
Share = Annotated[float, Between(0.0, 1.0)]
Mode = Literal["train", "eval"]
MomentumOf = Literal["new", "old"]
RunningVariance = Literal["unbiased", "biased"]


def over_batch(x: Array) -> tuple[int, ...]:
    """All axes but that of the features, which is the second: (N, C) and (N, C, H, W)."""
    return (0, *range(2, x.ndim))


def standardizing(axes: Callable[[Array], tuple[int, ...]]) -> tuple[Fact, ...]:
    """What subtracting the mean over `axes(x)` and dividing by the deviation there entails."""
    laws = ("standardizes", "ignores_shifts", "ignores_scale", "gradient_is_orthogonal")
    return (*(Fact(law, {"axes": axes}) for law in laws), Fact("keeps_constants_at_bias"))


def moments(x: Array, axes: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """Mean, biased variance and the centered numbers, with the axes kept.

    Corrected two-pass algorithm (Chan, Golub, LeVeque 1983): the mean of what is left after
    subtracting the rounded mean is subtracted too, so a mean far from 0 costs no digits.
    """
    rough = np.mean(x, axis=axes, keepdims=True)
    rest = np.mean(x - rough, axis=axes, keepdims=True)
    centered = x - rough - rest
    return rough + rest, np.mean(centered * centered, axis=axes, keepdims=True), centered


def centered_gradient(cotangents: Array, normalized: Array, axes: tuple[int, ...]) -> Array:
    """c - mean(c) - x^ mean(c x^): how gradients pass through the mean and the deviation."""
    along = np.mean(cotangents * normalized, axis=axes, keepdims=True)
    return cotangents - np.mean(cotangents, axis=axes, keepdims=True) - normalized * along


@technique(
    source="Ioffe and Szegedy 2015, Batch Normalization, algorithms 1 and 2, section 3.1",
    accuracy=Accuracy(ulps=1, inputs=10, terms=lambda x: x.size // x.shape[1]),
    facts=(
        *standardizing(over_batch),
        Fact("tracks_running_statistics"),
        Fact("uses_running_statistics_in_eval"),
    ),
)
def batch_norm(
    x: Array,
    weight: Array,
    bias: Array,
    running_mean: Array,
    running_var: Array,
    *,
    eps: Eps = 1e-5,
    momentum: Share = 0.1,
    mode: Mode = "train",
    momentum_of: MomentumOf = "new",
    running_variance: RunningVariance = "unbiased",
) -> Linearized:
    """Normalize every feature over the batch, then scale and shift it.

    y = w (x - mean) / sqrt(var + eps) + b

    mean, var: of each feature over the batch (and the places of an image), the variance biased;
    with mode "eval" the running ones, which training moves: new = (1 - m) old + m batch, where
    momentum is the share m of the new, or 1 - m, of the old. The running variance takes the batch's
    unbiased (var n / (n - 1)) or biased. w, b: one weight and bias for each feature. Running
    statistics are state: no gradient flows into or out of them.

    *Numerics*: two passes, the second corrected, so that the rounding of a mean far from 0 does not
    reach the deviation. Roundings on the way, in units of u and relative to w x^: subtraction 1,
    root and quotient 6, products 2, halved in var + eps 1: 10 in all. Means and variances are sums
    of n numbers: n more.

    Args:
        x: (N, C) or (N, C, H, W), no unit.
        weight: (C,).
        bias: (C,), in the unit of y.
        running_mean: (C,), in the unit of x.
        running_var: (C,), nonnegative, in the unit of x squared.
        eps: added to the variance, in the unit of x squared.
        momentum: weight of the new or of the old in the running statistics, 0 to 1.
        mode: train (statistics of the batch) or eval (running statistics).
        momentum_of: whose weight the momentum is.
        running_variance: which variance of the batch the running one takes in.

    Returns:
        Linearized: (y, running_mean, running_var), y shaped like x; and the pullback
        c -> (w s (c - mean(c) - x^ mean(c x^)), sum(c x^), sum(c), 0, 0), s = 1 / sqrt(var + eps).

    Raises:
        ValueError: a training batch has one number for each feature, which has no variance.

    *Differences*: torch's momentum is the share of the new (0.1) and its running variance unbiased;
    flax's is the share of the old (0.99) and its running variance biased. Torch takes features
    second, flax last. Flax subtracts squares, E[x^2] - E[x]^2, unless use_fast_variance=False. With
    one number for each feature torch raises, flax returns the bias.

    Example:
        >>> one, zero = np.ones(1), np.zeros(1)
        >>> y, mean, var = batch_norm(np.array([[1.0], [3.0]]), one, zero, zero, one).outputs
        >>> y.round(4).ravel(), mean, var
        (array([-1.,  1.]), array([0.2]), array([1.1]))
    """
    axes, kept = over_batch(x), (1, -1, *(1,) * (x.ndim - 2))
    training = mode == "train"
    if training:
        mean, var, centered = moments(x, axes)
        share = x.dtype.type(momentum)
        new, old = (share, 1 - share) if momentum_of == "new" else (1 - share, share)
        running_mean = old * running_mean + new * mean.ravel()
        running_var = old * running_var + new * _taken_in(var.ravel(), x, running_variance)
    else:
        var, centered = running_var.reshape(kept), x - running_mean.reshape(kept)
    scale = 1 / np.sqrt(var + eps)
    normalized, slope = centered * scale, weight.reshape(kept) * scale
    y = weight.reshape(kept) * normalized + bias.reshape(kept)

    def pullback(cotangents: tuple[Array, Array, Array]) -> tuple[Array, ...]:
        c = cotangents[0]
        moved = slope * (centered_gradient(c, normalized, axes) if training else c)
        state = np.zeros_like(running_mean)
        return moved, np.sum(c * normalized, axis=axes), np.sum(c, axis=axes), state, state

    return Linearized((y, running_mean, running_var), pullback)


def _taken_in(var: Array, x: Array, which: RunningVariance) -> Array:
    """The batch's variance as the running one takes it in."""
    count = x.size // x.shape[1]
    if count == 1:
        message = f"training needs several numbers for each feature; x of shape {x.shape} has one"
        raise ValueError(message)
    return var * (count / var.dtype.type(count - 1)) if which == "unbiased" else var
