"""Numbers brought to a range, and small numbers brought to zero."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.activations.shrinks import hard_shrink, soft_shrink
from reference.facts import kinks
from reference.groups import over_batch
from reference.normalization_facts import (
    hard_proximal,
    idempotent_ranges,
    leaves_large,
    range_free,
    soft_proximal,
    unit_range,
)
from reference.numerics import Array, Linearized
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

Threshold = Annotated[float, Between(2.0**-6, 4.0, log=True)]


@technique(
    source="A4 2; Han, Kamber and Pei 2011, Data Mining, 3rd ed., section 3.5.2, equation 3.8",
    accuracy=Accuracy(ulps=1, inputs=0),
    facts=(unit_range(over_batch), range_free(over_batch), idempotent_ranges),
)
def min_max_norm(x: Array) -> Linearized:
    """Min-max normalization: every feature is brought to [0, 1].

    y = (x - min) / (max - min),  and 0 where max = min

    min, max: of each feature over the batch (and the places of an image).

    *Numerics*: two differences of given numbers, correctly rounded, and a quotient; the smallest
    number becomes 0 and the largest 1 exactly. In the pullback, sums of n terms.

    Args:
        x: (N, C), or (N, C, ...) with axes of places; any unit.

    Returns:
        Linearized: y shaped like x, no unit; and the pullback: c / r everywhere, r = max - min,
        less sum(c (1 - y)) / r where x is the smallest and sum(c y) / r where it is the largest,
        shared among several such places. Where max = min there is no gradient.

    *Differences*: neither torch nor flax has it: their users write it with amin and amax. A4 2
    claims that batch normalization maps to [0, 1]; it does not: it leaves no number fixed.

    Example:
        >>> min_max_norm(np.array([[2.0], [4.0], [3.0]])).outputs.ravel()
        array([0. , 1. , 0.5])
    """
    groups = over_batch(x.shape, 1, {})
    rows = groups.rows(x)
    low, high = (f(rows, axis=1, keepdims=True) for f in (np.min, np.max))
    flat = high == low
    span = stored(np.where(flat, 1, high - low).astype(x.dtype))
    y = np.where(flat, 0, stored(rows - low) / span).astype(x.dtype)

    def pullback(cotangents: Array) -> tuple[Array]:
        c = groups.rows(cotangents)
        moved = c / span
        for at, share in ((rows == low, 1 - y), (rows == high, y)):
            lost = np.sum(c * share, axis=1, keepdims=True)
            lost = stored(lost, groups.count + 2, of=np.sum(abs(c * share), axis=1, keepdims=True))
            places = np.sum(at, axis=1, keepdims=True).astype(x.dtype)
            moved = moved - np.where(at, lost / span / places, 0)
        size = (abs(c) + np.sum(abs(c), axis=1, keepdims=True)) / span
        moved = stored(np.where(flat, 0, moved).astype(x.dtype), 4, of=size)
        return (groups.array(moved, cotangents),)

    return Linearized(groups.array(y, x), pullback)


@technique(
    source="A4 2; Donoho and Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        hard_proximal,
        leaves_large,
        idempotent_ranges,
        kinks(lambda threshold: -threshold, lambda threshold: threshold),
    ),
)
def hard_threshold(x: Array, *, threshold: Threshold = 0.5) -> Linearized:
    """Hard thresholding: small numbers become zero, the others stay.

    y = x for |x| > t,  0 elsewhere

    t is `threshold`. It is the nearest point for a price of t^2 / 2 for each number that is not 0:
    y minimizes (y - x)^2 / 2 + (t^2 / 2) [y != 0]. The function is `activations.hard_shrink`; here
    stand its name among normalizations, and what it is the solution of.

    *Numerics*: exact.

    Args:
        x: any shape, any unit.
        threshold: t, in that unit, at least 0.

    Returns:
        Linearized: y shaped like x, and the pullback c -> (c where |x| > t, else 0,).

    *Differences*: torch calls it hardshrink, and the threshold lambd; JAX has none.

    Example:
        >>> hard_threshold(np.array([-2.0, 0.25, 3.0])).outputs
        array([-2.,  0.,  3.])
    """
    jet = hard_shrink(x, threshold=threshold)
    return Linearized(jet.value, lambda c: (c * jet.first,))


@technique(
    source="A4 2; Donoho 1995, De-noising by soft-thresholding",
    accuracy=Accuracy(ulps=0.5, inputs=0),
    facts=(
        soft_proximal,
        kinks(lambda threshold: -threshold, lambda threshold: threshold),
    ),
)
def soft_threshold(x: Array, *, threshold: Threshold = 0.5) -> Linearized:
    """Soft thresholding: small numbers become zero, the others come nearer to it.

    y = sign(x) max(0, |x| - t)

    t is `threshold`. It is the nearest point for a price of t |y|: y minimizes
    (y - x)^2 / 2 + t |y|. The function is `activations.soft_shrink`; here stand its name among
    normalizations, and what it is the solution of.

    *Numerics*: one difference, correctly rounded.

    Args:
        x: any shape, any unit.
        threshold: t, in that unit, at least 0.

    Returns:
        Linearized: y shaped like x, and the pullback c -> (c where |x| > t, else 0,).

    *Differences*: torch calls it softshrink, and the threshold lambd; JAX has none.

    Example:
        >>> soft_threshold(np.array([-2.0, 0.25, 3.0])).outputs
        array([-1.5,  0. ,  2.5])
    """
    jet = soft_shrink(x, threshold=threshold)
    return Linearized(jet.value, lambda c: (c * jet.first,))
