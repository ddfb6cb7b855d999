"""Laws of weights with zeros at random places: how many, where, and independent of each other.

False alarms are shared out as in `sample_laws`. Columns are independent, so Hoeffding's inequality
bounds means over n of them: within (high - low) sqrt(t / 2n), but for probability 2 exp(-t).
"""

from __future__ import annotations

import math

import numpy as np

from properties.finding import Finding
from properties.initializers.samples import exponent
from properties.initializers.structures import Sparse


def has_the_stated_number_of_zeros(trial: Sparse) -> Finding:
    """Every column has exactly as many zeros as stated; more only where a number rounds to 0.

    With p the probability of that, r such numbers are in one of n rows with probability (n p)^r at
    most: r with (n p)^r < exp(-t) are not allowed. p is 2^-24 at least: of as many uniform numbers
    one gives 0 (torch's normal_ in float32, by Box and Muller's transform, with the radius 0).
    """
    found = Finding(0)
    for shape in (trial.plan.shape, *trial.plan.small):
        holes = trial.draws(2, shape) == 0
        counts = np.sum(holes, axis=1)
        edge = trial.upper_edge(np.zeros(1, trial.subject.form.dtype))
        rounded = float(np.ptp(trial.below(np.concatenate([-edge, edge]))[0]))
        p = shape[0] * max(rounded, 2.0**-24)
        t = exponent(counts.size * (1 + len(trial.plan.small)))
        luck = math.ceil(t / -math.log(p)) - 1 if 0 < p < 1 else shape[0] * (p >= 1)
        zeros = trial.thinned(shape).zeros
        high = np.clip(counts, zeros, zeros + luck)
        about = {"shape": list(shape), "zeros": zeros}
        found = found.merged(trial.told(counts, high.astype(float), 0.0, about=about))
    return found


def places_its_zeros_evenly(trial: Sparse) -> Finding:
    """In every row, the share of columns with a zero is zeros / rows.

    Power: a row whose share is off by 0.2 is found with probability above 0.999.
    """
    holes, shape = trial.holes, trial.plan.shape
    share = np.mean(holes, axis=(0, 2))
    allowed = math.sqrt(exponent(len(share)) / (2 * holes.shape[0] * holes.shape[2]))
    p = trial.thinned(shape).zeros / shape[0]
    inputs = {"row": np.arange(len(share))}
    return trial.told(share, np.full(len(share), p), allowed, inputs=inputs)


def places_its_zeros_independently(trial: Sparse) -> Finding:
    """Two columns, two weights or two rows share as many zeros as chance gives.

    With K zeros in R rows, a column shares K / R of its zeros with the next one, and with the same
    one of the next weight: between (2K - R) / K and 1, in pairs that have no column in common. Of
    the pairs of rows one below the other, K (K-1) / (R (R-1)) are zero both, in each column.
    Power: zeros at the same places, or all in one block, with K = R / 2, are always found.
    """
    holes, rows = trial.holes, trial.plan.shape[0]
    zeros = trial.thinned(trial.plan.shape).zeros
    t = exponent(3)
    low = max(0.0, (2 * zeros - rows) / zeros)
    even = 2 * (holes.shape[2] // 2)
    found = Finding(0)
    for what, one, other in (
        ("columns", holes[:, :, 0:even:2], holes[:, :, 1:even:2]),
        ("weights", holes[0::2], holes[1::2]),
    ):
        shared = np.sum(one & other, axis=1) / zeros
        allowed = (1 - low) * math.sqrt(t / (2 * shared.size))
        found = found.merged(
            trial.told(np.mean(shared), zeros / rows, allowed, about={"between": what})
        )
    pairs = rows // 2
    both = np.mean(holes[:, 0 : 2 * pairs : 2] & holes[:, 1 : 2 * pairs : 2], axis=1)
    chance = zeros * (zeros - 1) / (rows * (rows - 1))
    allowed = math.sqrt(t / (2 * both.size))
    return found.merged(trial.told(np.mean(both), chance, allowed, about={"between": "rows"}))
