"""Laws of optimizers of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.finding import Finding
from properties.optimizers.live_runs import begun_at
from properties.trial import all_of
from reference import facts
from reference.numerics import rounded
from reference.trees import mapped

if TYPE_CHECKING:
    from properties.optimizers.matrix_steps import MatrixSteps
    from reference.numerics import Array
    from reference.technique import Fact

_LEAST = 1 / 16


def refuses_what_is_no_matrix(trial: MatrixSteps, fact: Fact) -> Finding:
    """A run over a vector raises, before its first step is done."""
    del fact
    vector = np.ones(3).astype(trial.subject.form.dtype)
    try:
        begun_at(trial, [vector]).step([vector], float(trial.parameters["learning_rate"]))
        accepted = 1.0
    except (ValueError, TypeError):
        accepted = 0.0
    return trial.compare(np.array(accepted), np.array(0.0), 0.0, about={"entry": "params"})


def moves_by_nearly_orthogonal_matrices(trial: MatrixSteps, fact: Fact) -> Finding:
    """Singular values of the first step from 0, over rate and shape factor, lie in the known band.

    Gradients have singular values between 1/16 and 1. By Weyl's inequality a singular value is off
    by at most the Frobenius norm of what the matrix's numbers may be off by.
    """
    form, known = trial.subject.form, trial.parameters
    source = np.random.default_rng(trial.plan.seed)
    _, _, params = trial.given
    grads = rounded([_well_conditioned(source, w.shape) for w in params], form)
    given = (grads, trial.beginning, mapped(np.zeros_like, params))
    new, _ = trial.step(given)
    low, high, factor = (fact.values[name] for name in ("low", "high", "factor"))

    def one(i: int, seen: Array) -> Finding:
        truth, column = trial.truth_of(given)[i], trial.columns_of(given)[i]
        off = trial.slack(
            truth.high, truth.allowed, inputs=column.numbers,
            about={"entry": "params", "taken": 0}, like="agrees_with_reference",
        )  # fmt: skip
        unit = known["learning_rate"] * facts.at(factor, known | {"shape": seen.shape})
        values = np.linalg.svd(seen.astype(np.float64), compute_uv=False) / unit
        slack = float(np.linalg.norm(np.broadcast_to(off, seen.shape))) / unit
        return trial.compare(
            values,
            np.clip(values, low, high),
            slack,
            inputs=None,
            about={"entry": "singular values"},
        )

    return all_of(one(i, seen) for i, seen in enumerate(new))


def _well_conditioned(source: np.random.Generator, shape: tuple[int, ...]) -> Array:
    u, _, v = np.linalg.svd(source.standard_normal(shape), full_matrices=False)
    values = _LEAST ** source.random(len(v))
    return np.asarray((u * values) @ v)
