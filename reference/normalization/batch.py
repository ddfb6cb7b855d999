"""Normalization over the batch, with running statistics for when there is none."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.groups import Standardized, over_batch, second, standardized, summed
from reference.normalization_facts import (
    corrects,
    evaluates,
    one_sample,
    remembers,
    standardizing,
    tracks,
)
from reference.numerics import Array, Linearized
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

Eps = Annotated[float, Between(1e-6, 1e-1, log=True)]
Share = Annotated[float, Between(0.0, 1.0)]
Mode = Literal["train", "eval"]
MomentumOf = Literal["new", "old"]
RunningVariance = Literal["unbiased", "biased"]


@technique(
    source="Ioffe and Szegedy 2015, Batch Normalization, algorithms 1 and 2, section 3.1",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(
        *standardizing(over_batch, second),
        tracks("variance"),
        evaluates,
        remembers,
        one_sample,
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
    reach the deviation. An implementation may round x once, sum n numbers, and round six times on
    its way to x^ (`reference.groups.Standardized`); the rounded mean moves x^ by n u s mean|x|. In
    the pullback it may round each of the three terms, and every term of a sum.

    Args:
        x: (N, C), or (N, C, ...) with one, two or three axes of places; no unit.
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
    flax's is the share of the old (0.99) and its running variance biased: m in torch is 1 - m in
    flax, and a running variance is carried over as it is, but goes on differently. Torch takes
    features second, flax last. Flax subtracts squares, E[x^2] - E[x]^2, unless
    use_fast_variance=False. With one number for each feature torch raises, flax returns the bias.
    nnx.BatchNorm computes what linen.BatchNorm does, its mode set by train() and eval(); but of
    16-bit inputs it makes float32, unless it is told dtype=x.dtype.

    Example:
        >>> one, zero = np.ones(1), np.zeros(1)
        >>> y, mean, var = batch_norm(np.array([[1.0], [3.0]]), one, zero, zero, one).outputs
        >>> y.round(4).ravel(), mean, var
        (array([-1.,  1.]), array([0.2]), array([1.1]))
    """
    batch = None
    if mode == "train":
        batch = standardized(x, over_batch(x.shape, 1, {}), eps)
        normalized, scale = batch.array(x), second(batch.scale, x)
        new = _share(x, momentum, momentum_of)
        running_mean = _averaged(running_mean, _level(batch, x), new)
        running_var = _averaged(running_var, _taken_in(batch, running_variance), new)
    else:
        scale = second(1 / np.sqrt(running_var + x.dtype.type(eps)), x)
        normalized = _off(x, running_mean, scale)
    y = second(weight, x) * normalized + second(bias, x)
    places = (0, *range(2, x.ndim))

    def pullback(cotangents: tuple[Array, Array, Array]) -> tuple[Array, ...]:
        c, state = cotangents[0], np.zeros_like(running_mean)
        weighed = second(weight, x) * c
        moved = scale * weighed if batch is None else batch.pulled(weighed, normalized)
        return moved, summed(c * normalized, places), summed(c, places), state, state

    return Linearized((y, running_mean, running_var), pullback)


def _share(x: Array, momentum: float, momentum_of: MomentumOf) -> Array:
    share = x.dtype.type(momentum)
    return share if momentum_of == "new" else 1 - share


def _averaged(old: Array, batch: Array, new: Array) -> Array:
    """(1 - m) old + m batch: two products."""
    kept, taken = (1 - new) * old, new * batch
    return stored(kept + taken, 2, of=abs(kept) + abs(taken))


def _level(batch: Standardized, x: Array) -> Array:
    """The mean of every feature: a sum of n numbers."""
    size = np.mean(abs(batch.groups.rows(x)), axis=1)
    return stored(batch.level.ravel(), batch.groups.count + 2, of=size)


def _off(x: Array, mean: Array, scale: Array) -> Array:
    """(x - mean) s, which an implementation may round as x s - mean s."""
    found = (x - second(mean, x)) * scale
    return stored(found, 6, of=abs(found) + abs(x * scale))


def _taken_in(batch: Standardized, which: RunningVariance) -> Array:
    """The batch's variance as the running one takes it in."""
    count = batch.groups.count
    if count == 1:
        message = "training needs several numbers for each feature; this batch has one"
        raise ValueError(message)
    var = stored(batch.square.ravel(), count + 6)
    return var * (count / var.dtype.type(count - 1)) if which == "unbiased" else var


@technique(
    source="Ioffe 2017, Batch Renormalization, algorithm 1",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(tracks("deviation"), evaluates, corrects, one_sample),
)
def batch_renorm(
    x: Array,
    weight: Array,
    bias: Array,
    running_mean: Array,
    running_std: Array,
    *,
    eps: Eps = 1e-3,
    momentum: Share = 0.01,
    r_max: Annotated[float, Between(1.0, 4.0)] = 3.0,
    d_max: Annotated[float, Between(0.0, 8.0)] = 5.0,
    mode: Mode = "train",
) -> Linearized:
    """Batch renormalization: normalize by the batch, then correct towards the running statistics.

    y = w (x^ r + d) + b,  r = clip(std / S, 1 / r_max, r_max),  d = clip((mean - M) / S, +- d_max)

    x^ = (x - mean) / std, with the batch's mean and std = sqrt(var + eps); M, S: running mean and
    running deviation. r and d are constants: no gradient flows through them. Where neither is
    clipped, y = w (x - M) / S + b, what eval mode computes. M and S move by the share m, momentum,
    of the batch's mean and std. With r_max = 1 and d_max = 0 it is batch normalization.

    *Numerics*: as batch_norm. mean - M cancels where the batch is like the running statistics: the
    mean's n roundings of mean|x| reach d, in units of S. r and d are a quotient each.

    Args:
        x: (N, C), or (N, C, ...) with one, two or three axes of places; no unit.
        weight: (C,).
        bias: (C,), in the unit of y.
        running_mean: (C,), in the unit of x.
        running_std: (C,), positive, in the unit of x.
        eps: added to the variance, in the unit of x squared.
        momentum: weight of the batch in the running statistics, 0 to 1; the paper's alpha.
        r_max: how far the deviation may be corrected, at least 1.
        d_max: how far the mean may be corrected, in running deviations.
        mode: train or eval (running statistics alone).

    Returns:
        Linearized: (y, running_mean, running_std), y shaped like x; and the pullback
        c -> (r w (c - mean(c) - x^ mean(c x^)) / std, sum(c (x^ r + d)), sum(c), 0, 0).

    Raises:
        ValueError: a training batch has one number for each feature, which has no variance.

    *Differences*: neither torch nor flax has it. Keras 2's BatchNormalization(renorm=True) keeps
    running variances instead of deviations.

    Example:
        >>> one, zero = np.ones(1), np.zeros(1)
        >>> x = np.array([[1.0], [3.0]])
        >>> y, mean, std = batch_renorm(x, one, zero, zero, one, eps=1e-6).outputs
        >>> y.round(4).ravel(), mean, std
        (array([1., 3.]), array([0.02]), array([1.]))
    """
    batch, places = None, (0, *range(2, x.ndim))
    if mode == "train":
        batch = standardized(x, over_batch(x.shape, 1, {}), eps)
        if batch.groups.count == 1:
            message = "training needs several numbers for each feature; this batch has one"
            raise ValueError(message)
        mean = _level(batch, x)
        std = stored(1 / batch.scale.ravel(), batch.groups.count + 6)
        most, furthest = x.dtype.type(r_max), x.dtype.type(d_max)
        r = second(np.clip(stored(std / running_std, 3), 1 / most, most), x)
        d = second(np.clip(stored((mean - running_mean) / running_std, 3), -furthest, furthest), x)
        normalized = batch.array(x)
        corrected = normalized * r + d
        corrected = stored(corrected, 2, of=abs(normalized * r) + abs(d))
        share = x.dtype.type(momentum)
        running_mean = _averaged(running_mean, mean, share)
        running_std = _averaged(running_std, std, share)
    else:
        scale = second(1 / running_std, x)
        corrected = _off(x, running_mean, scale)
    y = second(weight, x) * corrected + second(bias, x)

    def pullback(cotangents: tuple[Array, Array, Array]) -> tuple[Array, ...]:
        c, state = cotangents[0], np.zeros_like(running_mean)
        weighed = second(weight, x) * c
        moved = scale * weighed if batch is None else batch.pulled(r * weighed, normalized)
        return moved, summed(c * corrected, places), summed(c, places), state, state

    return Linearized((y, running_mean, running_std), pullback)
