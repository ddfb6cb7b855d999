"""Laws of layers' defaults: does a parameter start by the rule that the reference states?

False alarms: at most 1e-9 a cell, shared out as in `sample_laws`: a comparison may fail with
probability 2 exp(-t), t = ln(2 PLANS m / 1e-9) for m of them. S is the standard deviation s with
its leeway and every number rounded away from zero. With NUMBERS = 2^14 numbers a law tells rules
apart, and fans; a law is asked of the rules that draw what it speaks of, and absent if none does.
"""

from __future__ import annotations

import math

import numpy as np

from properties.finding import Finding
from properties.initializers.samples import exponent
from properties.initializers.starts import Starts, noise
from properties.trial import WrongShapeError, all_of
from reference.numerics import Array, ulp
from reference.technique import Fact

RANDOM = ("independent", "orthogonal")


def starts_at_zero(trial: Starts, fact: Fact) -> Finding:
    """Where the rule says zero, every number is zero, of every shape."""
    del fact
    found = Finding(0)
    for ruled in trial.by_rule("zero"):
        for shape in (trial.plan.shape, *trial.plan.small):
            x = ruled.draw(trial.plan.seed, shape)
            found = found.merged(ruled.told(x, np.zeros(shape), 0.0, about={"shape": list(shape)}))
    return found


def has_zero_mean(trial: Starts) -> Finding:
    """The mean of n independent numbers is within S sqrt(2 t / n) of 0 (Chernoff).

    Power: a mean of 0.08 s is found with probability above 0.999.
    """
    return all_of(
        ruled.told(
            np.mean(ruled.pool),
            0.0,
            ruled.largest_deviation * math.sqrt(2 * exponent(1) / ruled.pool.size),
        )
        for ruled in trial.by_rule("independent")
    )


def has_the_stated_variance(trial: Starts) -> Finding:
    """The mean square of n independent numbers is s^2, by the bound that `sample_laws` derives.

    Power: a standard deviation that is 6 % off is found with probability above 0.999.
    """
    return all_of(
        _mean_square(ruled, ruled.pool, ruled.plan.shape, 1)
        for ruled in trial.by_rule("independent")
    )


def scales_with_the_layer(trial: Starts) -> Finding:
    """The same at other sizes of the layer, 4096 numbers or more of each.

    Fans that are confused, a kernel or groups left out, the wrong size under the root show here.
    Power: a standard deviation that is 12 % off is found with probability above 0.999.
    """
    found = Finding(0)
    for ruled in trial.by_rule("independent"):
        for shape in ruled.plan.small:
            x = ruled.draws(-(-4096 // math.prod(shape)), shape)
            found = found.merged(_mean_square(ruled, x, shape, len(ruled.plan.small)))
    return found


def _mean_square(trial: Starts, x: Array, shape: tuple[int, ...], comparisons: int) -> Finding:
    truth, u = trial.truth(shape), trial.subject.form.unit_roundoff
    part = (1 + trial.leeway) ** 2 * (
        1 + noise(comparisons, x.size, truth.distribution.kurtosis)
    ) - 1
    variance = truth.deviation**2
    about = {"shape": list(shape), "deviation": truth.deviation}
    return trial.told(np.mean(x * x), variance, (part + 4 * u**2) * variance, about=about)


def follows_its_distribution(trial: Starts) -> Finding:
    """The share of n independent numbers up to x is P(X <= x), within sqrt(t / 2n), at every x
    (Dvoretzky, Kiefer and Wolfowitz; Massart 1990), P taken over the numbers that round to x.

    Power: two distributions that are 0.06 apart (uniform and normal: 0.057) are told apart with
    probability above 0.999.
    """
    return all_of(_share(ruled) for ruled in trial.by_rule("independent"))


def _share(trial: Starts) -> Finding:
    values, counts = np.unique(trial.pool, return_counts=True)
    n, form, truth = trial.pool.size, trial.subject.form, trial.truth()

    def below(edge: Array) -> tuple[Array, Array]:
        z, p = edge / truth.deviation, truth.distribution.below
        return p(z), np.abs(p(z * (1 + trial.leeway)) - p(z / (1 + trial.leeway)))

    half = ulp(values, form) / 2
    (upto, moved), (before, moved_before) = below(values + half), below(values - half)
    chance, share = math.sqrt(exponent(1) / (2 * n)), np.cumsum(counts) / n
    found = trial.told(share, upto, chance + moved, inputs={"x": values})
    return found.merged(
        trial.told(share - counts / n, before, chance + moved_before, inputs={"x": values})
    )


def stays_within_its_support(trial: Starts) -> Finding:
    """No number is beyond the reach of its distribution; or, of an orthogonal matrix, beyond 1.

    Where it reaches everywhere: beyond what n numbers exceed with probability 2 exp(-t).
    """
    found = Finding(0)
    for ruled in trial.by_rule(*RANDOM):
        x, truth = ruled.pool, ruled.truth()
        rare = np.asarray(math.exp(-exponent(1)) / x.size)
        reach = min(truth.distribution.reach, -float(truth.distribution.quantile(rare)))
        bound = 1.0 if truth.orthogonal else reach * truth.deviation
        ends = np.array([np.min(x), np.max(x)])
        allowed = ruled.leeway * bound + ruled.subject.technique.accuracy.ulps * ulp(
            ends, ruled.subject.form
        )
        found = found.merged(ruled.told(ends, np.clip(ends, -bound, bound), allowed))
    return found


def keeps_the_variance_of_sums(trial: Starts) -> Finding:
    """What enters one output, or leaves one input, adds up to the variance n s^2.

    The quadratic form of `independence_laws`, with its bound. Rows that repeat, are centred or
    share a number show here. Power: sums of 100 numbers over 160 outputs are found with 2.4 times
    their variance.
    """
    found = Finding(0)
    for ruled in trial.by_rule("independent"):
        x, s = ruled.pool, ruled.largest_deviation
        axes = [a for a in range(1, x.ndim) if x.ndim > 2]
        for axis in axes:
            sums = np.sum(x, axis=tuple(a for a in range(1, x.ndim) if a != axis))
            g, n, t = sums.size, x.size // sums.size, exponent(len(axes))
            excess = (np.sum(sums**2) - np.sum(x * x)) / (x.size * s**2)
            allowed = (2 * math.sqrt(g * n * (n - 1) * t) + 2 * (n - 1) * t) / (g * n)
            found = found.merged(ruled.told(excess, 0.0, allowed, about={"axis": axis - 1}))
        if not axes:  # a vector: nothing is summed but the numbers of one draw
            sums, (g, n), t = np.sum(x, 1), x.shape, exponent(1)
            excess = (np.sum(sums**2) - np.sum(x * x)) / (x.size * s**2)
            allowed = (2 * math.sqrt(g * n * (n - 1) * t) + 2 * (n - 1) * t) / (g * n)
            found = found.merged(ruled.told(excess, 0.0, allowed))
    return found


def has_orthogonal_parts(trial: Starts, fact: Fact) -> Finding:
    """Q'Q = I for each part Q alone (each gate), within (7 + 2 / sqrt(n) + 2) n u at every entry.

    Householder's QR of n columns gives an orthogonal factor within a modest multiple of n^(3/2) u
    in all, c n u a column (Higham 2002, theorem 19.4); 7 counts the roundings of a reflection and
    what is stored of it, 2 / sqrt(n) the storing of Q, 2 the products that are taken here.
    """
    del fact
    found = Finding(0)
    for ruled in trial.by_rule("orthogonal"):
        q = ruled.parts
        n, u = q.shape[-1], ruled.subject.form.unit_roundoff
        gram = np.swapaxes(q, -1, -2) @ q
        allowed = (9 + 2 / math.sqrt(n)) * n * u
        found = found.merged(ruled.told(gram, np.broadcast_to(np.eye(n), gram.shape), allowed))
    return found


def draws_each_part_anew(trial: Starts, fact: Fact) -> Finding:
    """No two parts of a parameter (gates; query, key and value) are copies, nor is a part biased.

    Of two independent matrices the sum of x_ij y_ij is a quadratic form, |A|_F^2 = n / 2 and
    |A| = 1/2: within S^2 (sqrt(2 n t) + t) for n numbers, as in `independence_laws`. Of orthogonal
    ones every column may change its sign and is as probable, so given the magnitudes a sum over
    columns of c_k is one of fair signs: within sqrt(2 t sum c_k^2) (Hoeffding). So is the sum of
    the diagonals: there the signs show that a QR leaves.
    """
    del fact
    found = Finding(0)
    for ruled in trial.by_rule(*RANDOM):
        x, s, orthogonal = ruled.parts, ruled.largest_deviation, ruled.nature == "orthogonal"
        pairs = [(a, b) for a in range(x.shape[1]) for b in range(a)]
        t = exponent(len(pairs) + 1)
        for a, b in pairs:
            columns = np.sum(x[:, a] * x[:, b], axis=-2 if orthogonal else 1)
            n = x[:, a].size
            allowed = _signs(columns, t) if orthogonal else s**2 * (math.sqrt(2 * n * t) + t)
            total = np.sum(columns)
            found = found.merged(ruled.told(total, 0.0, allowed, about={"parts": [a, b]}))
        if orthogonal:
            diagonals = np.diagonal(x, axis1=-2, axis2=-1)
            found = found.merged(ruled.told(np.sum(diagonals), 0.0, _signs(diagonals, t)))
    return found


def _signs(numbers: Array, t: float) -> float:
    """How far a sum of numbers with fair signs may be from 0."""
    return math.sqrt(2 * t * float(np.sum(numbers**2)))


def same_seed_gives_same_values(trial: Starts) -> Finding:
    """Two layers made from one seed are equal, number by number."""
    shape, seed = trial.plan.small[0], trial.plan.seed
    return all_of(
        ruled.told(ruled.draw(seed, shape), ruled.draw(seed, shape), 0.0)
        for ruled in trial.by_rule(*RANDOM, "zero")
    )


def another_seed_gives_other_values(trial: Starts) -> Finding:
    """Seeds that differ in one bit, any of 31, make layers that differ.

    By luck all the numbers of the first small shape agree with probability below 2^-50.
    """
    found = Finding(0)
    seeds = [trial.plan.seed] + [trial.plan.seed ^ (1 << bit) for bit in range(31)]
    for ruled in trial.by_rule(*RANDOM):
        known: dict[bytes, int] = {}
        shape = trial.plan.small[0]
        same = [known.setdefault(ruled.draw(s, shape).tobytes(), s) != s for s in seeds]
        found = found.merged(
            ruled.told(np.array(same, float), np.zeros(32), 0.0, inputs={"seed": np.array(seeds)})
        )
    return found


def keeps_shape_and_dtype(trial: Starts) -> Finding:
    """Parameters of any size come back filled, in their shape and dtype; empty ones empty."""
    found = Finding(0)
    for ruled in trial.by_rule(*RANDOM, "zero"):
        for shape in (*trial.plan.odd, *trial.plan.small):
            story = ""
            try:
                filled = bool(np.all(np.isfinite(ruled.draw(trial.plan.seed, shape))))
                story = "" if filled else "some numbers were not filled"
            except (WrongShapeError, ArithmeticError) as error:
                story = f"{type(error).__name__}: {error}"
            about = {"shape": list(shape), "entries": math.prod(shape), "story": story}
            found = found.merged(ruled.told(float(bool(story)), 0.0, 0.0, about=about))
    return found
