"""Regularization of labels: the right class is no longer certain."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.activations.rows import apart, shares
from reference.facts import gradient_sums_to_zero, shift_invariant
from reference.numerics import ULPS, Array, Linearized
from reference.regularization_facts import least_at_its_labels
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

Spread = Literal["classes", "others"]
"""Who shares the smoothing: all classes (s / K each), or the wrong ones (s / (K - 1) each)."""

# A row is drawn with six numbers: sums of exponentials and of logits round five times.
_SUM = 5
_SHARE = ULPS["exp"] + ULPS["div"] + _SUM


def smoothed(smoothing: Array, classes: int, spread: Spread) -> tuple[Array, Array]:
    """Probabilities of the right class and of each wrong one."""
    wrong = smoothing / (classes if spread == "classes" else classes - 1)
    return (1 - smoothing) + (wrong if spread == "classes" else 0 * wrong), wrong


@technique(
    source="Szegedy et al. 2016, Rethinking the Inception architecture for computer vision,"
    " section 7",
    accuracy=Accuracy(ulps=_SHARE + ULPS["log1p"], inputs=4),
    facts=(shift_invariant, gradient_sums_to_zero, least_at_its_labels(smoothed)),
)
def label_smoothing(
    x: Array,
    targets: Array,
    *,
    smoothing: Annotated[float, Between(2.0**-6, 0.5)] = 0.125,
    spread: Spread = "classes",
) -> Linearized:
    """Cross-entropy against smoothed labels: a part of the certainty goes to the other classes.

    y = -sum_i q_i log p_i,  q_i = (1 - s) [i = t] + s / K,  dL/dx_i = c (p_i - q_i)

    t is the row's target, p the softmax of x, s the smoothing, K the number of classes, c the
    cotangent dL/dy. With `spread="others"` the wrong classes alone share s: s / (K - 1) each, and
    1 - s is left for the right one.

    *Numerics*: y = q_t (m - x_t) + sum of q_i (m - x_i) over the wrong ones + log1p(r), with m the
    row's maximum and r the sum of the other numbers' exp(x_j - m): no term is negative. In the
    gradient p and q are rounded before they are subtracted.

    Args:
        x: logits, rows along the last axis, (n, classes), no unit.
        targets: class indices, (n,), integer; one for every row.
        smoothing: s, the probability taken away from certainty.
        spread: who shares it.

    Returns:
        Linearized: losses (n,) in nats, and the pullback to the logits.

    *Differences*: torch's cross_entropy(label_smoothing=s) and optax's smooth_labels(one_hot, s)
    both give s / K to all classes, the right one too; 1 - s is then no longer the largest q.
    A label of smoothing s among the others is theirs at s K / (K - 1). torch averages over the
    batch unless reduction="none".

    Example:
        >>> label_smoothing(np.zeros((1, 2)), np.array([0]), smoothing=0.5).outputs.round(6)
        array([0.693147])
    """
    kind = x.dtype.type
    top, rest = apart(x)
    right = np.arange(x.shape[-1]) == targets[..., None]
    certain, wrong = smoothed(kind(smoothing), x.shape[-1], spread)
    q = np.where(right, certain, wrong).astype(x.dtype)
    p = stored(shares(x), _SHARE)
    q = stored(q, 3)

    def pullback(cotangents: Array) -> tuple[Array]:
        return (cotangents[..., None] * (p - q),)

    return Linearized(np.sum(q * (top - x), axis=-1) + np.log1p(rest)[..., 0], pullback)
