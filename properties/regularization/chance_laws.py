"""Laws of random masks: are units dropped at the rate, each by itself, as the seed decides?

False alarms are shared out as in `sample_laws`: a cell raises at most 1e-9, every law shares that
between PLANS trials and the m numbers it compares in each, and t = exponent(m) leaves each of them
2 exp(-t). A pool is 9 seeds with n = 592,677 units together.

Of n units with the chance q of being kept, k are kept. By Bernstein's inequality |k - n q| exceeds
d = t / 3 + sqrt(t^2 / 9 + 2 n q (1-q) t) with probability 2 exp(-t) at most. A generator of 23 bits
keeps with a multiple of 2^-23, and q itself may be rounded to float32: that is 2^-22 in q.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from properties.finding import Finding
from properties.initializers.samples import LAGGED, exponent
from properties.regularization.masks import HALF, LINES, SEEDS, Masks
from properties.trial import all_of

if TYPE_CHECKING:
    from reference.numerics import Array
    from reference.technique import Fact

RARE = 0.4 * 2.0**-11
"""A rate that 1 - rate forgets in float16, let alone bfloat16; 116 of 592,677 units."""

COARSE = 2.0**-22


def _luck(n: int, q: float, t: float) -> float:
    """By how much the share of n units that are kept, each with the chance q, may be off."""
    return (t / 3 + math.sqrt(t * t / 9 + 2 * n * q * (1 - q) * t)) / n + COARSE


def drops_at_its_rate(trial: Masks, fact: Fact) -> Finding:
    """The share of kept units is 1 - rate within d / n, at the plan's rate and at extreme ones.

    The extreme ones are 2e-4 and 1 - 2e-4, which a 16-bit 1 - rate or uniform number loses.
    Power: at a rate of 1/2 an error of 0.005 in the rate is found with probability above 0.999;
    so is a rate of 2e-4 at which nothing is dropped.
    """
    del fact
    return all_of(
        trial.told(share, 1 - rate, luck, about={"rate": rate})
        for rate, share, luck in shares_kept(trial)
    )


def shares_kept(trial: Masks) -> list[tuple[float, float, float]]:
    """The rate, the share of kept units, and how far chance may carry that from 1 - rate."""
    rates = (trial.rate, RARE, 1 - RARE)
    t, found = exponent(len(rates)), []
    for rate in rates:
        kept = trial.fates(rate)
        found.append((rate, float(np.mean(kept)), _luck(kept.size, 1 - rate, t)))
    return found


def keeps_the_mean(trial: Masks, fact: Fact) -> Finding:
    """Of ones, the mean is 1 and the mean square 1 / (1 - rate): the scale makes up for the mask.

    k / n times the scale, and its square: within d / n of that, and the roundings of every number.
    Power: at a rate of 1/2 a scale that is 1.1 % off is found with probability above 0.999.
    """
    del fact
    scale = trial.affine(trial.rate).slope
    y = trial.pool(trial.rate).astype(np.float64)
    luck = _luck(y.size, 1 - trial.rate, exponent(1))
    claim, u = trial.subject.technique.accuracy, trial.subject.form.unit_roundoff
    part = (2 * claim.ulps + claim.inputs) * u
    mean = trial.told(np.mean(y), 1.0, scale * luck + part)
    square = scale**2 * luck + scale * (2 * part + part**2)
    return mean.merged(trial.told(np.mean(y * y), scale, square, about={"of": "squares"}))


def keeps_standard_moments(trial: Masks, fact: Fact) -> Finding:
    """Of standard normal numbers, mean 0 and mean square 1 are kept.

    y = m (a z + b) + (1 - m) d. Given the mask, the sum of the kept z is normal, of variance k, and
    that of their squares is chi^2_k: with Laurent and Massart's bound (2000, lemma 1) and the luck
    of the mask, the mean is within a sqrt(2 t / n) + |b - d| luck, the mean square within
    a^2 (2 sqrt(t / n) + 2 t / n + luck) + 2 a |b| sqrt(2 t / n) + |b^2 - d^2| luck; and roundings.
    Power: at a rate of 1/2 a mean of 0.02, or a variance 4 % off, is found with probability 0.999.
    """
    del fact
    source, kind = np.random.default_rng(trial.plan.seed), trial.subject.form.dtype
    given = [source.standard_normal(trial.plan.shape).astype(kind) for _ in range(SEEDS)]
    affine = trial.affine(trial.rate)
    a, b, d = affine.slope, affine.shift, affine.dropped
    y = trial.drawn(trial.rate, given).astype(np.float64)
    t, claim = exponent(5), trial.subject.technique.accuracy
    luck, noise = _luck(y.size, 1 - trial.rate, t), math.sqrt(2 * t / y.size)
    first = np.stack([trial.first(x) for x in given]).astype(np.float64)
    terms = a * np.abs(first) + abs(b - d)
    part = (2 * claim.ulps + claim.inputs + 1) * trial.subject.form.unit_roundoff
    mean = a * noise + abs(b - d) * luck + part * float(np.mean(terms))
    square = a * a * (math.sqrt(2) * noise + noise**2 + luck)
    square += 2 * a * abs(b) * noise + abs(b * b - d * d) * luck
    square += (2 * part + part**2) * float(np.mean(terms**2))
    found = trial.told(np.mean(y), 0.0, mean)
    return found.merged(trial.told(np.mean(y * y), 1.0, square, about={"of": "squares"}))


def has_independent_units(trial: Masks) -> Finding:
    """No lag correlates the fates of units, within a call or across seeds, at a rate of 1/2.

    +-1 is strictly sub-Gaussian with variance 1, so the sum over LAGGED products at one lag is
    within 2 sqrt(n t / 2) + 2 t, as `independence_laws` derives. One number that decides on a row,
    a channel or a call shows here.
    Power: a correlation of 0.017 at one lag is found with probability above 0.999.
    """
    signs = 2.0 * trial.fates(HALF).reshape(-1)[:LAGGED] - 1
    n, lags = signs.size, signs.size // 2
    t = exponent(lags)
    allowed = (2 * math.sqrt(n / 2 * t) + 2 * t) / n
    products = np.fft.irfft(np.abs(np.fft.rfft(signs)) ** 2, n)[1 : lags + 1] / n
    return trial.told(
        products, np.zeros(lags), allowed, inputs={"lag": np.arange(1, lags + 1)},
        about={"rate": HALF},
    )  # fmt: skip


def lets_counts_vary(trial: Masks) -> Finding:
    """Counts over lines of units vary as much as those of independent ones do, at a rate of 1/2.

    Lines are the rows and columns of a call's units, LINES of them. With g sums of n signs: the
    squares of sums less the sum of squares is a quadratic form with |A|_F^2 = g n (n-1) and
    |A| = n - 1 (`independence_laws`). Over g n.
    Power: rows of which a fixed number is dropped, so that counts do not vary, are found.
    """
    signs = 2.0 * trial.fates(HALF).reshape(SEEDS, *LINES) - 1
    found = []
    for axis in (1, 2):
        excess, allowed = spread_of_counts(signs, axis)
        found.append(trial.told(excess, 0.0, allowed, about={"axis": axis - 1, "rate": HALF}))
    return all_of(iter(found))


def spread_of_counts(signs: Array, axis: int) -> tuple[float, float]:
    """By which part sums over an axis vary more than independent signs' do, and may by chance."""
    t, sums = exponent(2), np.sum(signs, axis=axis)
    g, n = sums.size, signs.shape[axis]
    excess = float(np.sum(sums**2) - signs.size) / (g * n)
    return excess, (2 * math.sqrt(g * n * (n - 1) * t) + 2 * (n - 1) * t) / (g * n)


def same_seed_gives_same_mask(trial: Masks) -> Finding:
    """Two calls with one seed are equal, number by number."""
    x = trial.numbers(trial.few)
    first, again = (trial.call(trial.plan.seed, x).astype(np.float64) for _ in range(2))
    return trial.told(again, first, 0.0, inputs={"x": x})


def another_seed_gives_another_mask(trial: Masks) -> Finding:
    """Seeds that differ in one bit, any of 31, give masks that differ, at a rate of 1/2.

    By luck two of these masks agree with probability 2^-143.
    """
    shape, seed = trial.few, trial.plan.seed
    seeds = [seed, *(seed ^ (1 << bit) for bit in range(31))]
    drawn: dict[bytes, int] = {}
    same = [drawn.setdefault(trial.mask(s, shape, HALF).tobytes(), s) != s for s in seeds]
    return trial.told(
        np.array(same, float), np.zeros(len(seeds)), 0.0, inputs={"other_seed": np.array(seeds)}
    )
