"""Plateau: a rate that is reduced when a metric has stopped improving."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.demands import demand
from reference.facts import rejects
from reference.numerics import Array
from reference.schedule_facts import falls_with_metrics, patient, resumes, unitless
from reference.technique import Accuracy, OneOf, technique


@technique(
    source="Chollet et al. 2015, Keras, ReduceLROnPlateau",
    accuracy=Accuracy(ulps=4, inputs=1, terms=lambda metrics: 2 * np.size(metrics)),
    facts=(
        resumes,
        falls_with_metrics,
        patient,
        unitless,
        rejects({"factor": (11, 10)}, {"threshold": (-0.5, 0.0)}),
    ),
)
def reduce_on_plateau(
    metrics: Array,
    base_rate: Array,
    *,
    factor: Annotated[tuple[int, int], OneOf(((1, 10), (1, 2), (9, 10)))] = (1, 10),
    patience: Annotated[int, OneOf((2, 0, 1, 5))] = 2,
    cooldown: Annotated[int, OneOf((1, 0, 3))] = 1,
    threshold: Annotated[tuple[float, float], OneOf(((0.25, 0.0), (1e-4, 0.0), (0.0, 0.25)))] = (
        1e-4,
        0.0,
    ),
    final_fraction: Annotated[float, OneOf((0.0, 2.0**-6))] = 0.0,
    eps: Annotated[float, OneOf((0.0, 1e-8))] = 0.0,
    better: Literal["lower", "higher"] = "lower",
) -> Array:
    """Reduce on plateau: multiplied by the factor after too many metrics without improvement.

    r <- max(g r, f r_0), b <- 0, c <- C  when b > P,  where b counts bad metrics in a row

    For every metric m: it is good if m < (1 - d) best - e, and becomes the best; else it is bad,
    b <- b + 1. While c > 0, c <- c - 1 and b <- 0. NaN is bad. g is factor, P patience, C cooldown,
    (d, e) threshold, relative and absolute, one of them 0; f final_fraction. A reduction by less
    than eps is left out. With better="higher", good is m > (1 + d) best + e.

    *Numerics*: a state machine; its rates round twice at every reduction, of which there is at
    most one for every metric.

    Args:
        metrics: one number for every epoch, of any shape; rows are legs of one run, in order.
        base_rate: the rate before the first metric, a scalar array; unit of a learning rate.
        factor: numerator and denominator of what the rate is multiplied by, between 0 and 1.
        patience: bad metrics in a row that are borne, at least 0.
        cooldown: metrics after a reduction that do not count as bad.
        threshold: relative and absolute improvement that counts; one of them is 0, one above 0.
        final_fraction: lowest rate over base rate.
        eps: smallest reduction that is made; unit of the rate.
        better: lower metrics (losses) or higher ones (accuracies).

    Returns:
        The rate after every metric, shaped like metrics, in the dtype of base_rate.

    Raises:
        ValueError: factor is not between 0 and 1, patience negative, or the threshold not one of
            two.

    *Differences*: torch.optim.lr_scheduler.ReduceLROnPlateau takes `patience` = P and reduces at
    the bad metric after those; optax.contrib.reduce_on_plateau reduces at bad metric number
    `patience`: P + 1 there is P here. Cooldowns are the same. torch has `threshold_mode` and `mode`
    (better="higher" is "max"), `min_lr` = f r_0 and eps = 1e-8 by default; optax has `rtol`,
    `atol`, `min_scale` = f, no eps, and lower metrics only: a metric that is negated does not do,
    as the relative threshold of a negative best asks for less than the best. It can average
    metrics (`accumulation_size`), and keeps the best in the dtype of the parameters. Article A2
    prints r_0 g^m, which grows as the loss falls.

    Example:
        >>> reduce_on_plateau(np.array([3.0, 2.0, 2.0, 2.0, 2.0]), np.array(1.0), patience=1)
        array([1. , 1. , 1. , 0.1, 0.1])
    """
    part, whole = factor
    relative, absolute = threshold
    demand(
        factor=0 < part < whole, patience=patience >= 0,
        threshold=min(threshold) == 0 < max(threshold) and relative <= 1,
    )  # fmt: skip
    real = base_rate.dtype.type
    sign = -1 if better == "higher" else 1
    lowest, rate = base_rate * real(final_fraction), base_rate
    best, bad, cool = sign * np.inf, 0, 0
    rates = []
    for metric in metrics.reshape(-1):
        if sign * metric < sign * best * (1 - sign * relative) - absolute:
            best, bad = metric, 0
        else:
            bad += 1
        if cool > 0:
            cool, bad = cool - 1, 0
        if bad > patience:
            reduced = np.maximum(rate * real(part) / real(whole), lowest)
            rate = reduced if rate - reduced > real(eps) else rate
            bad, cool = 0, cooldown
        rates.append(rate)
    return np.asarray(rates, base_rate.dtype).reshape(metrics.shape)
