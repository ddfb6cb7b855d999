"""Laws of random numbers: are they independent, and does the seed decide them alone?

False alarms are shared out as in `sample_laws`. Sums of products x_i x_j (i and j different) are
quadratic forms Q = x'Ax with zeros on A's diagonal. Q is linear in every single x_i, so replacing
them one by one by normal numbers of deviation S only raises E exp(cQ), and the bound for normal
numbers holds: |Q| <= S^2 (2 |A|_F sqrt(t) + 2 |A| t) but for probability 2 exp(-t) (Laurent and
Massart 2000, lemma 1; |A|_F is the root of the sum of squares, |A| the largest eigenvalue).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from properties.finding import Finding
from properties.initializers.samples import LAGGED, Chances, Draws, Numbers, Samples, exponent
from properties.trial import WrongShapeError
from reference.numerics import Array


def has_independent_entries(trial: Numbers) -> Finding:
    """No lag correlates: neither numbers, nor their magnitudes, within a weight and across seeds.

    All lags of LAGGED numbers, round a circle: |A|_F^2 = n / 2, |A| <= 1. A magnitude enters as
    its rank 2 P(|X - m| <= |x - m|) - 1 among the cells of rounding, uniform between -1 and 1,
    which is strictly sub-Gaussian too. Means and variances have laws of their own, so a
    correlation is taken about the mean (which moves a sum by 2 t S^2 at most) and over the
    variance (S^2 at least, less sqrt(4 t / n) + 2 t / n of it and the leeway), each but for
    2 exp(-t).
    Power: a correlation of 0.017 at one lag is found with probability above 0.999.
    """
    values = trial.pool.reshape(-1)[:LAGGED]
    n, lags = LAGGED, LAGGED // 2
    t = exponent(2 * (lags + 2))
    rounded = ((1 + trial.leeway) * (1 + trial.subject.form.unit_roundoff)) ** 2
    least = (1 - math.sqrt(4 * t / n) - 2 * t / n) / rounded
    allowed = (2 * math.sqrt(n / 2 * t) + 2 * t + 2 * t) / (n * least) * rounded
    found = Finding(0)
    for what, y in (("numbers", values.astype(np.float64)), ("magnitudes", _ranks(trial, values))):
        products = _round_a_circle(y - np.mean(y))
        correlation = products[1 : lags + 1] / products[0]
        worst = int(np.argmax(np.abs(correlation)))
        told = trial.told(correlation[worst], 0.0, allowed, about={"of": what, "lag": worst + 1})
        found = found.merged(replace(told, compared=lags))
    return found


def _ranks(trial: Numbers, values: Array) -> Array:
    """2 |2 P(X <= x) - 1| - 1, P taken in the middle of the cell of numbers that round to x.

    In a 16-bit format it is looked up for each of its numbers; a cell of the wider ones is a point.
    """
    form = trial.subject.form
    if form.bits > 16:
        return 2 * np.abs(2 * trial.below(values)[0] - 1) - 1
    every = np.arange(2**form.bits, dtype=np.uint32).astype(form.pattern).view(form.dtype)
    upto, _ = trial.below(trial.upper_edge(every))
    before, _ = trial.below(-trial.upper_edge(-every))
    return (2 * np.abs(upto + before - 1) - 1)[values.view(form.pattern)]


def _round_a_circle(y: Array) -> Array:
    """Sum over i of y_i y_(i+lag), for every lag."""
    return np.fft.irfft(np.abs(np.fft.rfft(y)) ** 2, len(y))


def keeps_the_variance_of_sums(trial: Samples) -> Finding:
    """The numbers that enter one output (or leave one input) add up to the variance n s^2.

    For each axis, sums over all the others: with g sums of n numbers, the squares of sums less the
    sum of squares is a form with |A|_F^2 = g n (n-1), |A| = n - 1. Reported over g n s^2. This is
    what an initializer is for; small biases and correlations add up here.
    Power: sums of 1000 numbers over 1000 outputs are found with 1.55 or 0.45 of their variance.
    """
    x = trial.pool.astype(np.float64) - trial.truth(trial.plan.shape).mean
    s = trial.largest_deviation
    axes = [a for a in range(1, x.ndim) if x[0].size > x.shape[a]]
    t = exponent(len(axes))
    found = Finding(0)
    for axis in axes:
        others = tuple(a for a in range(1, x.ndim) if a != axis)
        sums = np.sum(x, axis=others)
        g, n = sums.size, x.size // sums.size
        excess = (np.sum(sums**2) - np.sum(x * x)) / (x.size * s**2)
        allowed = (2 * math.sqrt(g * n * (n - 1) * t) + 2 * (n - 1) * t) / (g * n)
        about = {"axis": axis - 1, "summed": n}
        found = found.merged(trial.told(excess, 0.0, allowed, about=about))
    return found


def same_seed_gives_same_values(trial: Draws) -> Finding:
    """Two draws from one seed are equal, number by number."""
    shape, seed = trial.plan.shape, trial.plan.seed
    first, again = trial.draw(seed, shape), trial.draw(seed, shape)
    changed = first.astype(np.float64) != again.astype(np.float64)
    return replace(trial.told(float(np.any(changed)), 0.0, 0.0), compared=first.size)


def another_seed_gives_other_values(trial: Chances) -> Finding:
    """Seeds that differ in one bit, any of 31, give weights that differ.

    By luck all the numbers of a weight agree with probability below 2^-100.
    """
    largest = max(trial.plan.small, key=math.prod)
    shape = largest if math.prod(largest) > 30 else trial.plan.shape
    seeds = [trial.plan.seed] + [trial.plan.seed ^ (1 << bit) for bit in range(31)]
    drawn: dict[bytes, int] = {}
    same = [drawn.setdefault(trial.draw(s, shape).tobytes(), s) != s for s in seeds]
    return trial.told(
        np.array(same, float), np.zeros(len(seeds)), 0.0, inputs={"other_seed": np.array(seeds)}
    )


def keeps_shape_and_dtype(trial: Draws) -> Finding:
    """Weights of any shape come back filled, in their shape and dtype; empty ones empty."""
    found = Finding(0)
    for shape in (*trial.plan.empty, *trial.plan.small):
        story = ""
        try:
            values = trial.draw(trial.plan.seed, shape)
        except (WrongShapeError, ArithmeticError) as error:
            story = f"{type(error).__name__}: {error}"
        else:
            if not np.all(np.isfinite(values.astype(np.float64))):
                story = "some numbers were not filled"
        about = {"shape": list(shape), "entries": math.prod(shape), "story": story}
        found = found.merged(trial.told(float(bool(story)), 0.0, 0.0, about=about))
    return found
