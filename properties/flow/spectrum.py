"""Singular values of a stack's Jacobian, from products with tangents and gradients alone.

All rows of a call hold the same x. So one call multiplies as many tangents by J, and as many
gradients by J', as it has rows, and no matrix is ever formed: random tangents give the mean squared
singular value (Hutchinson 1990), subspace iteration between J and J' the largest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from reference.numerics import rounded
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.flow.trials import Flows
    from reference.numerics import Array

ITERATIONS = 3


def singular_values(trial: Flows, iterations: int = ITERATIONS) -> dict[str, float]:
    """The largest, and the root of the mean square; NaN where rows depend on each other."""
    if trial.plan.normalization == "batch":
        return {"largest": math.nan, "mean": math.nan}
    x, v, c = trial.given[:3]
    source = np.random.default_rng(trial.plan.seed)
    same = np.broadcast_to(x[:1], x.shape)
    tangents = source.standard_normal(v.shape)
    pushed, pulled = _both(trial, same, tangents, source.standard_normal(c.shape))
    mean = math.sqrt(np.sum(pushed**2) / np.sum(tangents**2))
    largest = 0.0
    for _ in range(iterations):
        right, left = _orthonormal(pulled, v.shape), _orthonormal(pushed, c.shape)
        pushed, pulled = _both(trial, same, right, left)
        if not (np.isfinite(pushed).all() and np.isfinite(pulled).all()):
            return {"largest": math.nan, "mean": mean}
        largest = max(largest, _largest(pushed), _largest(pulled))
    return {"largest": largest, "mean": mean}


def _both(trial: Flows, x: Array, v: Array, c: Array) -> tuple[Array, Array]:
    """J v for every row of v, J' c for every row of c."""
    s = trial.subject
    given = (*rounded([x, v, c], s.form), *trial.given[3:])
    outcome = s.backend.call(s.binding, given, trial.parameters, device=s.device)
    _, tangents, gradients, *_ = (y for _, y in leaves(outcome.outputs))
    return tangents[-1].astype(np.float64), gradients[0].astype(np.float64)[:, : v.shape[1]]


def _orthonormal(rows: Array, shape: tuple[int, ...]) -> Array:
    """Orthonormal rows that span the same; unit vectors where there is nothing to span."""
    flat = np.nan_to_num(rows.reshape(len(rows), -1))
    size = np.max(np.abs(flat), initial=0.0)
    flat = flat / size if size else np.eye(*flat.shape)
    q, _ = np.linalg.qr(flat.T)
    return q.T.reshape(shape) if q.shape[1] == shape[0] else rows.reshape(shape)


def _largest(rows: Array) -> float:
    size = float(np.max(np.abs(rows), initial=0.0))
    if not size:
        return 0.0
    return size * float(np.linalg.norm(rows.reshape(len(rows), -1) / size, 2))
