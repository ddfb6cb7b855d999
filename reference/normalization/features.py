"""Normalization of every sample by itself: over its features, groups of them, or its places."""

from __future__ import annotations

from typing import Annotated

from reference.groups import (
    Grouping,
    last,
    over_features,
    over_places,
    over_some_features,
    second,
    standardized,
    summed,
)
from reference.normalization_facts import samples_apart, standardizing
from reference.numerics import Array, Linearized
from reference.technique import Accuracy, Between, OneOf, technique

Eps = Annotated[float, Between(1e-6, 1e-1, log=True)]


@technique(
    source="Ba, Kiros and Hinton 2016, Layer Normalization, equation 4; eps as in its code",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(*standardizing(over_features, last), samples_apart),
)
def layer_norm(x: Array, weight: Array, bias: Array, *, eps: Eps = 1e-5) -> Linearized:
    """Normalize every sample over its features, then scale and shift each feature.

    y = w (x - mean) / sqrt(var + eps) + b

    mean, var: of each sample over the last axes, as many as w has; the variance biased. w, b: one
    weight and bias for each feature.

    *Numerics*: two passes, the second corrected. An implementation may round x once, sum n numbers,
    and round six times on its way to x^ (`reference.groups.Standardized`); in the pullback, each of
    its three terms, and every term of a sum.

    Args:
        x: (..., F) or (..., F, G), no unit.
        weight: (F,) or (F, G), the axes that are normalized over.
        bias: like weight, in the unit of y.
        eps: added to the variance, in the unit of x squared.

    Returns:
        Linearized: y shaped like x, and the pullback
        c -> (s (wc - mean(wc) - x^ mean(wc x^)), sum(c x^), sum(c)), s = 1 / sqrt(var + eps).

    *Differences*: eps is 1e-5 in torch, 1e-6 in flax. torch takes `normalized_shape`, flax
    `reduction_axes` and `feature_axes`, which may differ there. Flax subtracts squares,
    E[x^2] - E[x]^2, unless use_fast_variance=False.

    Example:
        >>> layer_norm(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2)).outputs.round(4)
        array([[-1.,  1.]])
    """
    groups = over_features(x.shape, weight.ndim, {})
    found = standardized(x, groups, eps)
    normalized = found.array(x)
    samples = tuple(range(x.ndim - weight.ndim))

    def pullback(c: Array) -> tuple[Array, ...]:
        moved = found.pulled(weight * c, normalized)
        return moved, summed(c * normalized, samples), summed(c, samples)

    return Linearized(weight * normalized + bias, pullback)


@technique(
    source="Zhang and Sennrich 2019, Root Mean Square Layer Normalization, equation 4",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(*standardizing(over_features, last, centered=False), samples_apart),
)
def rms_norm(x: Array, weight: Array, *, eps: Eps = 1e-6) -> Linearized:
    """Divide every sample by the root mean square of its features, then scale each feature.

    y = w x / sqrt(mean(x^2) + eps)

    mean: of each sample over the last axes, as many as w has. w: one weight for each feature.

    *Numerics*: nothing is subtracted, so nothing cancels. An implementation sums n squares and
    rounds six times more on its way; in the pullback, each of its two terms.

    Args:
        x: (..., F) or (..., F, G), no unit.
        weight: (F,) or (F, G), the axes that are normalized over.
        eps: added to the mean square, in the unit of x squared.

    Returns:
        Linearized: y shaped like x, and the pullback
        c -> (s (wc - x^ mean(wc x^)), sum(c x^)), x^ = s x, s = 1 / sqrt(mean(x^2) + eps).

    *Differences*: eps is 1e-6 in flax; torch's default is the spacing of numbers at 1 in x's format
    (1.2e-7 in float32; in 16-bit formats that of float32, in which it computes). Neither has a
    bias.

    Example:
        >>> rms_norm(np.array([[1.0, 7.0]]), np.ones(2)).outputs.round(4)
        array([[0.2, 1.4]])
    """
    groups = over_features(x.shape, weight.ndim, {})
    found = standardized(x, groups, eps, centered=False)
    normalized = found.array(x)
    samples = tuple(range(x.ndim - weight.ndim))

    def pullback(c: Array) -> tuple[Array, ...]:
        moved = found.pulled(weight * c, normalized, centered=False)
        return moved, summed(c * normalized, samples)

    return Linearized(weight * normalized, pullback)


@technique(
    source="Wu and He 2018, Group Normalization, equations 1 to 7",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(*standardizing(over_some_features, second), samples_apart),
)
def group_norm(
    x: Array,
    weight: Array,
    bias: Array,
    *,
    groups: Annotated[int, OneOf((2, 1, 4))] = 2,
    eps: Eps = 1e-5,
) -> Linearized:
    """Normalize groups of neighbouring features of every sample, then scale and shift each feature.

    y = w (x - mean) / sqrt(var + eps) + b

    mean, var: of each sample over a group of C / G features and all their places, the variance
    biased. w, b: one weight and bias for each feature. G = 1 takes all features together, G = C is
    instance normalization.

    *Numerics*: as layer_norm.

    Args:
        x: (N, C) or (N, C, ...) with axes of places, no unit.
        weight: (C,).
        bias: (C,), in the unit of y.
        groups: G, the number of groups, a divisor of C.
        eps: added to the variance, in the unit of x squared.

    Returns:
        Linearized: y shaped like x, and the pullback
        c -> (s (wc - mean(wc) - x^ mean(wc x^)), sum(c x^), sum(c)), s = 1 / sqrt(var + eps).

    Raises:
        ValueError: the groups do not divide the features.

    *Differences*: eps is 1e-5 in torch, 1e-6 in flax; torch has no default for the number of
    groups, flax 32. Torch takes features second, flax last. Flax subtracts squares,
    E[x^2] - E[x]^2, unless use_fast_variance=False; torch does so too where an image is stored
    channels last on the CPU: x.contiguous() before the layer makes it agree.

    Example:
        >>> x = np.array([[1.0, 3.0, 10.0, 30.0]])
        >>> group_norm(x, np.ones(4), np.zeros(4)).outputs.round(4)
        array([[-1.,  1., -1.,  1.]])
    """
    if x.shape[1] % groups:
        message = f"{groups} groups do not divide {x.shape[1]} features"
        raise ValueError(message)
    return _by_feature(x, weight, bias, eps, over_some_features, groups)


@technique(
    source="Ulyanov, Vedaldi and Lempitsky 2016, Instance Normalization, equation 4",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(*standardizing(over_places, second), samples_apart),
)
def instance_norm(x: Array, weight: Array, bias: Array, *, eps: Eps = 1e-5) -> Linearized:
    """Normalize every feature of every sample over its places, then scale and shift it.

    y = w (x - mean) / sqrt(var + eps) + b

    mean, var: of each feature of each sample over its places, the variance biased. w, b: one weight
    and bias for each feature.

    *Numerics*: as layer_norm.

    Args:
        x: (N, C, ...) with one, two or three axes of places, no unit.
        weight: (C,).
        bias: (C,), in the unit of y.
        eps: added to the variance, in the unit of x squared.

    Returns:
        Linearized: y shaped like x, and the pullback
        c -> (s (wc - mean(wc) - x^ mean(wc x^)), sum(c x^), sum(c)), s = 1 / sqrt(var + eps).

    *Differences*: eps is 1e-5 in torch, 1e-6 in flax. torch.nn.InstanceNorm has no weight and bias
    unless affine=True, flax has both. Torch can keep running statistics, flax cannot. With one
    place torch raises, flax returns the bias. Torch takes features second, flax last. Flax
    subtracts squares, E[x^2] - E[x]^2, unless use_fast_variance=False.

    Example:
        >>> instance_norm(np.array([[[1.0, 3.0]]]), np.ones(1), np.zeros(1)).outputs.round(4)
        array([[[-1.,  1.]]])
    """
    return _by_feature(x, weight, bias, eps, over_places, x.shape[1])


def _by_feature(
    x: Array, weight: Array, bias: Array, eps: float, grouping: Grouping, groups: int
) -> Linearized:
    """Features second: one weight and bias for each."""
    found = standardized(x, grouping(x.shape, 1, {"groups": groups}), eps)
    normalized = found.array(x)
    others = (0, *range(2, x.ndim))

    def pullback(c: Array) -> tuple[Array, ...]:
        moved = found.pulled(second(weight, x) * c, normalized)
        return moved, summed(c * normalized, others), summed(c, others)

    return Linearized(second(weight, x) * normalized + second(bias, x), pullback)
