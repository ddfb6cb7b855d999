"""Laws of normalized weights: their lengths, singular values, and the state that finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import unchanged
from properties.normalization.layers import Layers
from properties.trial import all_of
from reference.numerics import Array, Format, rounded

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.technique import Fact

CALLS = 30
GAP = 0.5


def has_its_lengths(trial: Layers, fact: Fact) -> Finding:
    """Every row is as long as its length says, but for eps: |w|^2 = g^2 |v|^2 / (|v|^2 + eps). The
    gradient of a direction is orthogonal to it, but for what eps leaves.
    """
    del fact
    v, g, eps = trial.input("direction"), trial.input("length"), trial.parameters["eps"]
    w, truth, gradient = trial.y, trial.truth[0], trial.true_gradients[0]
    square = np.sum(v * v, axis=1)
    due = g * g * square / (square + eps)
    slack = np.sum(2 * np.abs(truth.high) * truth.allowed + truth.allowed**2, axis=1)
    found = trial.compare(np.sum(w * w, axis=1), due, slack, about={"of": "length squared"})
    c = trial.cotangents.astype(np.longdouble)
    left = g * np.sum(c * v, axis=1) * eps * (square + eps) ** -1.5
    seen = np.sum(trial.observed_gradients()[0][1].astype(np.longdouble) * v, axis=1)
    return found.merged(
        trial.compare(seen, left, np.sum(gradient.allowed * np.abs(v), axis=1), floor=trial.floor)
    )


def keeps_zero_weights(trial: Layers, fact: Fact) -> Finding:
    """A row of zeros, and a matrix of them, comes out as zeros: no NaN from 0 / 0."""
    del fact

    def emptied(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
        weights = given[0].astype(np.float64)
        weights[: 1 if trial.subject.technique.inputs[0] == "direction" else None] = 0
        return (rounded(weights, form), *given[1:])

    empty = trial.training(emptied)
    truth = empty.truth[0]
    return empty.compare(empty.y, truth.high, truth.allowed, low=truth.low, about={"output": "[0]"})


def divides_by_the_largest_singular_value(trial: Layers, fact: Fact) -> Finding:
    """Given the singular vectors, the largest singular value of the result is 1, but for eps."""
    del fact
    known = trial.training(_at_its_vectors)
    return _largest(known, np.asarray(known.y, np.float64), known.truth[0].allowed)


def _largest(trial: Layers, w: Array, allowed: Array) -> Finding:
    """The largest singular value moves by no more than the Frobenius norm of a change."""
    matrix = np.asarray(trial.input("matrix"), np.float64)
    largest = np.linalg.svd(matrix, compute_uv=False)[0]
    slack = np.sqrt(np.sum(allowed**2)) + 2 * _shortened(trial, largest**2)
    if not np.all(np.isfinite(w)):
        return trial.compare(np.max(w), np.ones(()), slack)
    return trial.compare(
        np.linalg.svd(w, compute_uv=False)[:1], np.ones(1), slack, about={"of": list(matrix.shape)}
    )


def _shortened(trial: Layers, square: Any) -> float:
    """How much shorter than 1 vectors are whose squares, before, were at least this large."""
    added = trial.parameters["eps_as"] == "added"
    return float(trial.parameters["eps"] / square) if added else 0.0


def _at_its_vectors(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
    left, _, right = np.linalg.svd(given[0].astype(np.float64))
    return (given[0], rounded(left[:, 0], form), rounded(right[0], form))


def comes_nearer_to_the_largest_singular_value(trial: Layers, fact: Fact) -> Finding:
    """Called 30 times in training with its state carried on, on a matrix whose second singular
    value is half of the first: what is left of the start has shrunk by 4^-30.
    """
    del fact
    start = trial.training(_with_a_gap, steps=1, eps=1e-12)
    given = list(start.given)
    carried = 1 if start.parameters["begins_with"] == "u" else 2
    for _ in range(CALLS):
        w, state = start.called(tuple(given), start.parameters, start.subject.binding)
        given[carried] = state
    truth = start.changed(_at_its_vectors).truth[0]
    return _largest(start, w.astype(np.float64), truth.allowed)


def _with_a_gap(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
    left, values, right = np.linalg.svd(given[0].astype(np.float64), full_matrices=False)
    values = values[0] * GAP ** np.arange(len(values))
    u = given[1].astype(np.float64) + left[:, 0]  # never orthogonal to what is looked for
    v = given[2].astype(np.float64) + right[0]
    u, v = u + (u @ left[:, 0]) * left[:, 0], v + (v @ right[0]) * right[0]
    lengths = np.linalg.norm(u), np.linalg.norm(v)
    return (
        rounded((left * values) @ right, form),
        rounded(u / lengths[0], form),
        rounded(v / lengths[1], form),
    )


def keeps_its_vectors_in_eval(trial: Layers, fact: Fact) -> Finding:
    """In eval mode the state stays as it is; in training its length is 1, but for eps."""
    del fact
    here, trained = trial.changed(unchanged, mode="eval"), trial.training(eps=1e-12)
    given = trial.input("u" if here.parameters["begins_with"] == "u" else "v")
    kept = here.compare(here.observed()[1][1], given, 0.0, about={"output": "[1]"})
    state, slack = trained.observed()[1][1].astype(np.longdouble), trained.truth[1].allowed
    w, u, v = (np.asarray(x, np.longdouble) for x in trained.given)
    first = w.T @ u if trained.parameters["begins_with"] == "u" else w @ v  # later ones are longer
    moved = np.sum(2 * np.abs(state) * slack + slack**2) + _shortened(trained, first @ first)
    return all_of(iter((kept, trained.compare(np.sum(state * state), np.ones(()), moved))))
