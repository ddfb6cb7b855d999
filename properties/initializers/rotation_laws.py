"""Laws of random orthonormal matrices: are they orthonormal, and uniform among all of them?

False alarms are shared out as in `sample_laws`. Uniform means Haar's measure, the only one that no
rotation of rows or columns changes. A matrix with p rows and q columns is a corner of an m by m
rotation, m = max(p, q). For unit vectors a and b, a'Qb is distributed as one entry of it: as one
coordinate of a random point on the sphere, (1 + a'Qb) / 2 ~ Beta((m-1)/2, (m-1)/2).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import betainc

from properties.finding import Finding
from properties.initializers.samples import exponent
from properties.initializers.structures import SEEDS, Rotations
from reference.numerics import Array
from reference.technique import Fact


def is_orthonormal(trial: Rotations) -> Finding:
    """Rows have length g and are orthogonal if they are the fewer ones, otherwise columns.

    Every entry of Q Q' - I (or Q'Q - I) is within what a factorization and the rounding of its
    result may do (`Rotations.roundoff`).
    """
    found = Finding(0)
    for shape in (trial.plan.shape, *trial.plan.small):
        weight = trial.draw(trial.plan.seed, shape)
        found = found.merged(_gram(trial, weight, shape))
    return found


def fills_any_memory_layout(trial: Rotations) -> Finding:
    """A weight whose axes lie in reverse order in memory is filled with such a matrix too.

    If the backend raises an error, no weight comes back: a difference of 1.
    """
    shape = trial.plan.shape
    about = {"axes": len(shape)}
    try:
        weight = trial.draw(trial.plan.seed, shape, order="F")
    except RuntimeError as error:
        return trial.told(1.0, 0.0, 0.0, about=about | {"story": str(error)})
    return _gram(trial, weight, shape, about)


def _gram(trial: Rotations, weight: Array, shape: tuple[int, ...], told: Any = ()) -> Finding:
    truth = trial.truth(shape)
    q = truth.matrix(weight.astype(np.float64)) / truth.gain
    q = q if q.shape[0] <= q.shape[1] else q.T
    about = {"shape": list(shape), "gain": truth.gain} | dict(told)
    return trial.told(q @ q.T, np.eye(len(q)), trial.roundoff(q), about=about)


def is_zero_elsewhere(trial: Rotations, fact: Fact) -> Finding:
    """Whatever is not in the matrix is exactly 0."""
    del fact
    found = Finding(0)
    for shape in (trial.plan.shape, *trial.plan.small):
        inside = np.zeros(shape, bool)
        trial.truth(shape).matrix(inside)[...] = True
        outside = trial.draw(trial.plan.seed, shape)[~inside].astype(np.float64)
        about = {"shape": list(shape)}
        found = found.merged(trial.told(outside, np.zeros(outside.shape), 0.0, about=about))
    return found


def follows_the_haar_measure(trial: Rotations) -> Finding:
    """a'Qb follows the Beta distribution of an entry, for directions a and b, over 256 seeds.

    a and b: first and last axis, the diagonal (1, 1 ...), and fixed oblique ones. The share of
    seeds with a'Qb <= x is within sqrt(t / 2n) at every x (Dvoretzky, Kiefer and Wolfowitz with
    Massart's constant), seeds being independent; roundings move a'Qb by `roundoff` at most.
    Power: a distribution that is 0.35 away is found with probability above 0.999. A QR without the
    sign of R's diagonal is: its first entry has one sign, 0.5 away.
    """
    found = Finding(0)
    for shape, q in trial.small_matrices:
        pairs = _directions(*q.shape[1:])
        noise = math.sqrt(exponent(2 * len(pairs) * len(trial.small_matrices)) / (2 * len(q)))
        longer = max(q.shape[1:])
        blur, share = trial.roundoff(q[0]), np.arange(1, len(q) + 1) / len(q)
        for number, (a, b) in enumerate(pairs):
            x = np.sort(q @ b @ a)
            p = _entry_below(x, longer)
            moved = _entry_below(x + blur, longer) - _entry_below(x - blur, longer)
            about = {"shape": list(shape), "direction": number}
            for seen in (share, share - 1 / len(q)):
                found = found.merged(trial.told(seen, p, noise + moved, about=about))
    return found


def _entry_below(x: Array, m: int) -> Array:
    half = (m - 1) / 2
    return np.asarray(betainc(half, half, np.clip((1 + x) / 2, 0.0, 1.0)))


def _directions(rows: int, columns: int) -> list[tuple[Array, Array]]:
    """Pairs of unit vectors: axes, the diagonal, and oblique ones that are always the same."""
    oblique = np.random.default_rng(0)

    def of(n: int) -> list[Array]:
        vectors = [np.eye(n)[0], np.eye(n)[-1], np.ones(n), *oblique.standard_normal((2, n))]
        return [v / np.linalg.norm(v) for v in vectors]

    return list(zip(of(rows), of(columns), strict=True))


def has_both_orientations(trial: Rotations) -> Finding:
    """Half of the square matrices are rotations, half of them reflections, over 256 seeds.

    The mean of the determinant's sign is within sqrt(2 t / n) of 0 (Hoeffding). Power: a share of
    0.85 or more of one orientation is found with probability 0.999. A product of reflections
    without the signs of R's diagonal has always the same determinant.
    """
    found = Finding(0)
    allowed = math.sqrt(2 * exponent(1) / SEEDS)
    for shape, q in trial.small_matrices:
        if q.shape[1] == q.shape[2]:
            signs = np.sign(np.linalg.det(q))
            found = found.merged(
                trial.told(np.mean(signs), 0.0, allowed, about={"shape": list(shape)})
            )
    return found
