"""Laws of gradient noise. Statistical ones share a false alarm of 1e-9 a cell.

As in the laws of random numbers: with t = `exponent(m)` each of m comparisons of each of up to 32
plans fails on an honest backend with probability 2 exp(-t). Noise is divided by the deviation that
it should have, so Z below is standard normal but for the leeway (four roundings of the deviation,
one of each number).
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from properties.finding import Finding
from properties.gradients.noise import NUMBERS, STEPS, Noise
from properties.initializers.samples import exponent
from reference.numerics import Array


def has_zero_mean(trial: Noise) -> Finding:
    """At every step the mean of n numbers is within s sqrt(2 t / n) of 0 (Chernoff).

    Power: a mean of 0.03 s is found with probability above 0.999.
    """
    means = np.array([np.mean(z, axis=1) for z in trial.normalized()])
    allowed = (1 + trial.leeway) * math.sqrt(2 * exponent(means.size) / NUMBERS)
    return trial.told(means, np.zeros(means.shape), allowed)


def has_annealed_variance(trial: Noise) -> Finding:
    """At step t the mean square of noise is eta / (1 + t)^gamma, within 2 sqrt(t/n) + 2 t/n of it.

    The bound of Laurent and Massart (2000, lemma 1) for chi^2. Each step's own share is told, of
    the two tensors together; then all steps' together, where n is largest.
    Power: an error of 7.4 / sqrt(n) in s is found with probability above 0.999: 1 % of all steps
    together, 1.3 % of one.
    """
    squares, allowed = squares_of_steps(trial)
    each = trial.told(squares, np.ones(STEPS), allowed)
    whole = trial.told(np.mean(squares), 1.0, _band(trial, 2 * STEPS * NUMBERS))
    return each.merged(whole)


def squares_of_steps(trial: Noise) -> tuple[Array, float]:
    """The mean square at every step over what it should be, and how far it may be from 1."""
    squares = np.mean([np.mean(np.square(z), axis=1) for z in trial.normalized()], axis=0)
    return squares, _band(trial, 2 * NUMBERS)


def _band(trial: Noise, n: int) -> float:
    t, u = exponent(STEPS + 1), trial.subject.form.unit_roundoff
    noise = 2 * math.sqrt(t / n) + 2 * t / n
    return (1 + trial.leeway) ** 2 * (1 + noise) - 1 + 4 * u**2


def is_normal(trial: Noise) -> Finding:
    """At every step P(|Z| < c) is the normal one, within sqrt(t / 2n), for seven c up to 3.

    Hoeffding's inequality for shares. The leeway and the rounding of noise move c by two roundings
    and the leeway: by that much the density, below 0.8, is added.
    Power: uniform noise of the same variance (off by 0.1 at c = 1.5) is always found.
    """
    cuts = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
    found = Finding(0)
    u = trial.subject.form.unit_roundoff
    allowed = math.sqrt(exponent(STEPS * cuts.size) / (4 * NUMBERS))
    allowed += 0.8 * 3 * (trial.leeway + 2 * u)
    due = np.array([math.erf(c / math.sqrt(2)) for c in cuts])
    for step in range(STEPS):
        z = np.abs(np.concatenate([z[step] for z in trial.normalized()]))
        share = np.array([np.mean(z < c) for c in cuts])
        found = found.merged(trial.told(share, due, allowed, step=step))
    return found


def is_fresh(trial: Noise) -> Finding:
    """Steps, tensors and seeds have noise of their own: means of products are 0.

    A product of independent Z has E exp(c Z Z') = (1 - c^2)^(-1/2) <= exp(c^2 / (2 (1 - c))), so
    that a mean of n is within sqrt(2 t / n) + t / n of 0, and (1 + leeway)^2 times that.
    Power: noise that is drawn twice has a mean of 1.
    """
    first, second = trial.normalized()
    other = trial.normalized(seed=1)[0]
    rows = [*first, *second, *other]
    products = np.array([np.mean(a * b) for a, b in itertools.combinations(rows, 2)])
    t = exponent(products.size)
    allowed = (1 + trial.leeway) ** 2 * (math.sqrt(2 * t / NUMBERS) + t / NUMBERS)
    return trial.told(products, np.zeros(products.shape), allowed)


def is_added(trial: Noise) -> Finding:
    """The noise is added to the gradient, whatever that is: one seed has one noise.

    Allowed is the rounding of either sum.
    """
    u, found = trial.subject.form.unit_roundoff, Finding(0)
    gradient = 2.0
    for y, z in zip(trial.added(gradient=gradient), trial.added(), strict=True):
        due = gradient + z.astype(np.float64)
        allowed = 2 * u * (gradient + np.abs(z.astype(np.float64)) + np.abs(due))
        found = found.merged(trial.compare(y, due, allowed))
    return found
