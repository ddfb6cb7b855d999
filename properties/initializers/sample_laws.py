"""Laws of random numbers: do they follow the distribution that the reference states?

False alarms. A cell raises at most 1e-9: every law shares that evenly between PLANS trials and the
m numbers it compares in each, and takes as exponent t = ln(2 PLANS m / 1e-9) (25 for m = 1), so
that each comparison may fail with probability 2 exp(-t). Each docstring says which inequality
turns t into what is allowed.

The standard deviation s of a backend may be off by `inputs` roundings, and each number is rounded
once: |x| <= S |Z| with S = s (1 + inputs u) (1 + u) and Z of the stated distribution. Z is
symmetric and strictly sub-Gaussian, so E exp(cx) = E cosh(cx) <= E cosh(cSZ) <= exp(c^2 S^2 / 2).

A stated mean m is taken off first. The scale's roundings move it by inputs u |m|. Numbers of an
interval from 0 to 2m are rounded by 2u |m| at most, which S takes on top: the second derivative of
log E exp(cx) is the variance under the tilted law, and rounding moves its root by no more.
"""

from __future__ import annotations

import math

import numpy as np

from properties.finding import Finding
from properties.initializers.samples import Numbers, exponent
from reference.numerics import FORMATS, Array, ulp

_WHOLE_CELLS = FORMATS["bfloat16"]


def has_zero_mean(trial: Numbers) -> Finding:
    """The mean of n numbers is within S sqrt(2 t / n) of 0, or of the stated mean.

    A sum of n independent numbers has E exp(c sum) <= exp(n c^2 S^2 / 2), hence Chernoff's bound.
    Power: a mean of 0.015 s is found with probability above 0.999.
    """
    x, mean = trial.pool, trial.truth(trial.plan.shape).mean
    allowed = trial.largest_deviation * math.sqrt(2 * exponent(1) / x.size)
    return trial.told(np.mean(x, dtype=np.float64), mean, allowed + _moved(trial, mean))


def _moved(trial: Numbers, mean: float) -> float:
    """How far the roundings of the scale, and of every number in the mean, move a stated mean."""
    return (trial.leeway + 4 * trial.subject.form.unit_roundoff**2) * abs(mean)


def has_the_stated_variance(trial: Numbers) -> Finding:
    """The mean square of n numbers is s^2, within s^2 (sqrt(2 (k-1) t / n) + 2 t / n), k = E Z^4.

    Z^2 - 1 has variance k - 1. For normal numbers this is Laurent and Massart's bound for chi^2
    (2000, lemma 1; k = 3); for numbers within sqrt(7) it is Bernstein's, Z^2 - 1 being below 6.
    The leeway of s adds twice its part, rounding to nearest less than 4 u^2.
    Power: the alarm is at 0.5 sqrt(2 (k-1) t / n) = 5.0 / sqrt(n) in s, and s is estimated within
    0.71 / sqrt(n), 6 times that but for one time in 1e9. An error of 9.3 / sqrt(n) + inputs u is
    found, with the small terms 9.5 / sqrt(n) + inputs u: `Samples.numbers` makes that 1 %.
    """
    return _mean_square(trial, trial.pool, trial.plan.shape, exponent(1))


def scales_with_the_fans(trial: Numbers) -> Finding:
    """The same at other shapes: vectors either way, and a kernel of one dimension.

    Few numbers, so only gross errors show: fans confused, axes swapped, a kernel left out.
    Power: a standard deviation that is off by half is found with probability above 0.999.
    """
    t = exponent(len(trial.plan.small))
    found = Finding(0)
    for shape in trial.plan.small:
        x = trial.entries(trial.draws(64, shape))
        found = found.merged(_mean_square(trial, x, shape, t))
    return found


def fills_any_memory_layout(trial: Numbers) -> Finding:
    """A weight whose axes lie in reverse order in memory is filled, with the same variance.

    Bound and power as for the variance, with the numbers of one weight.
    """
    shape = trial.plan.shape
    x = trial.entries(trial.draw(trial.plan.seed, shape, order="F"))
    return _mean_square(trial, x, shape, exponent(1))


def _mean_square(trial: Numbers, x: Array, shape: tuple[int, ...], t: float) -> Finding:
    truth = trial.truth(shape)
    n, k, u = x.size, truth.distribution.kurtosis, trial.subject.form.unit_roundoff
    noise = math.sqrt(2 * (k - 1) * t / n) + 2 * t / n
    variance = truth.deviation**2
    part = (1 + trial.leeway) ** 2 * (1 + noise) - 1 + 4 * u**2
    off_centre = _moved(trial, truth.mean) ** 2 + 4 * u**2 * truth.mean**2
    about = {"shape": list(shape), "deviation": truth.deviation}
    square = np.mean(np.square(x.astype(np.float64) - truth.mean))
    return trial.told(square, variance, part * variance + off_centre, about=about)


def follows_its_distribution(trial: Numbers) -> Finding:
    """The share of numbers up to x is P(X <= x), within sqrt(t / 2n), at the numbers drawn.

    That is the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990), true
    of any distribution, steps included, and at all x at once: the stated one is taken after
    rounding, P(X <= v) up to the upper end of the numbers that round to v. Compared at every
    number of a 16-bit format, at every n/4096th of the wider ones, between which shares move by
    0.00025. Power: two distributions that are 0.0115 apart are told apart with probability above
    0.999.
    """
    values, before, upto = trial.steps()
    noise = math.sqrt(exponent(1) / (2 * trial.pool.size))
    high, moved = trial.below(trial.upper_edge(values))
    low, moved_low = trial.below(-trial.upper_edge(-values))
    found = trial.told(upto, high, noise + moved, inputs={"x": values})
    return found.merged(trial.told(before, low, noise + moved_low, inputs={"x": values}))


def fills_its_tails(trial: Numbers) -> Finding:
    """The share of numbers beyond the quantiles 1/8, 1/16 ... on both sides is what it should be.

    A count in n trials of probability p is below n p by sqrt(2 n p t), or above by 2t/3 more, with
    probability exp(-t) at most (Chernoff, Bernstein). The last quantile has n p > 2 t: there, an
    empty tail is found. Where the distribution function moves too little for the other law.
    """
    form, n, truth = trial.subject.form, trial.pool.size, trial.truth(trial.plan.shape)
    ordered = trial.ordered
    steps = np.arange(3, int(math.log2(n / (2 * exponent(2 * 32)))) + 1)
    t = exponent(2 * len(steps))
    found = Finding(0)
    for side in (-1.0, 1.0):
        z = -side * truth.distribution.quantile(0.5**steps)
        cuts = (truth.mean + truth.deviation * z).astype(form.dtype)
        edges = trial.upper_edge(cuts) if side > 0 else -trial.upper_edge(-cuts)
        inner, moved = trial.below(edges)
        key = cuts.astype(ordered.dtype)
        if side < 0:
            share, p = np.searchsorted(ordered, key, "left") / n, inner
        else:
            share, p = 1 - np.searchsorted(ordered, key, "right") / n, 1 - inner
        noise = np.sqrt(2 * p * t / n) + np.where(share > p, 2 * t / (3 * n), 0.0)
        inputs = {"x": cuts.astype(np.float64)}
        found = found.merged(
            trial.told(share, p, noise + moved, inputs=inputs, about={"side": side})
        )
    return found


def stays_within_its_support(trial: Numbers) -> Finding:
    """No number is beyond the reach of the distribution, or, where it reaches everywhere, beyond
    the magnitude that n numbers exceed with probability 2 exp(-t); none is infinite or NaN.

    What is allowed is the leeway of s and the rounding of the bound.
    """
    truth = trial.truth(trial.plan.shape)
    rare = math.exp(-exponent(1)) / trial.pool.size
    reach = min(truth.distribution.reach, -float(truth.distribution.quantile(np.asarray(rare))))
    bound = reach * truth.deviation
    ends = np.asarray(trial.ordered[[0, -1]], np.float64)
    rounding = trial.subject.technique.accuracy.ulps * ulp(ends, trial.subject.form)
    allowed = trial.leeway * (bound + abs(truth.mean)) + rounding
    return trial.told(ends, np.clip(ends, truth.mean - bound, truth.mean + bound), allowed)


def has_distinct_values(trial: Numbers) -> Finding:
    """There are as many different numbers as the rounded distribution gives, E less some luck.

    With q the chance that a number of the format is drawn at all, E = sum q. The indicators are
    negatively associated (Dubhashi and Ranjan 1998), so the count is below E - d with probability
    exp(-d^2 / (2 (V + d/3))), V = sum q (1-q); and, one draw changing it by one, with probability
    exp(-2 d^2 / n) (McDiarmid). d is the smaller one. Coarse uniform numbers show here.
    """
    n, different = trial.pool.size, 1 + int(np.count_nonzero(np.diff(trial.ordered)))
    t, found = exponent(1), []
    for part in (1.0, 1 + trial.leeway, 1 / (1 + trial.leeway)):
        of_each, p = _cells(trial, part)
        q = -np.expm1(n * np.log1p(-np.minimum(p / of_each, 0.5)))
        expected, spread = np.sum(of_each * q), np.sum(of_each * q * (1 - q))
        luck = min(math.sqrt(n * t / 2), t / 3 + math.sqrt(t * t / 9 + 2 * spread * t))
        found.append((expected - luck, expected, luck))
    _, expected, luck = min(found)
    return trial.told(min(float(different), expected), expected, luck, about={"numbers": n})


def _cells(trial: Numbers, part: float) -> tuple[int, Array]:
    """Cells of equally probable numbers of the format: how many in each, and P(cell).

    In a 16-bit format a cell is one number with what rounds to it. In the wider ones it is what
    lies between two neighbours in bfloat16, where the density moves by less than 4 %.
    """
    form = trial.subject.form
    grid = form if form.bits <= 16 else _WHOLE_CELLS
    patterns = np.arange(2 ** (grid.bits - 1), dtype=grid.pattern).view(grid.dtype)
    positive = patterns[np.isfinite(patterns.astype(np.float64))]
    edges = trial.upper_edge(positive) if grid is form else positive.astype(np.float64)
    edges = edges[np.isfinite(edges)] / part
    upto, _ = trial.below(np.unique(np.concatenate([-edges, edges])))
    return 2 ** (form.precision - grid.precision), np.diff(upto)
