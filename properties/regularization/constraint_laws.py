"""Laws of what is done to parameters after the gradient: decay, and constraints."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.finding import Finding
from properties.regularization.weights import Weights, length
from properties.trial import all_of
from reference import facts
from reference.numerics import Array, Format, rounded
from reference.technique import parameters
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from reference.technique import Fact

Inputs = tuple[Any, ...]


def decays_by_its_share(trial: Weights, fact: Fact) -> Finding:
    """Without gradients, what decays is (1 - a k)^n of what it was; the rest is as it was.

    For every choice of what decays, and of n.
    """
    technique, offered = trial.subject.technique, parameters(trial.subject.binding)
    chosen = {
        name: offered.get(name, parameter).domain or parameter.domain
        for name, parameter in technique.parameters.items()
        if not parameter.traced
    }
    ways = itertools.product(*(getattr(domain, "values", ()) for domain in chosen.values()))
    return all_of(_decay(trial, fact, dict(zip(chosen, way, strict=True))) for way in ways)


def _decay(trial: Weights, fact: Fact, chosen: dict[str, Any]) -> Finding:
    still = trial.changed(_without_gradients, **chosen)
    share = np.longdouble(facts.at(fact.values["share"], still.parameters))
    factor = (1 - share) ** facts.at(fact.values["steps"], still.parameters)
    found = []
    for w, (_, seen), t in zip(trial.given[0], still.observed(), still.truth, strict=True):
        kept = chosen["decayed"] == "matrices" and w.ndim < 2
        due = np.asarray(w.astype(np.longdouble) * (1 if kept else factor), np.float64)
        slack = 0.0 if kept else 2 * t.allowed
        about = {"output": t.path} | chosen
        found.append(
            still.compare(seen, due, slack, inputs={"param": w}, floor=trial.floor, about=about)
        )
    return all_of(iter(found))


def mirrors_parameters_and_gradients(trial: Weights, fact: Fact) -> Finding:
    """Parameters and gradients of the other sign give results of the other sign."""
    del fact
    turned = trial.changed(_negated)
    return all_of(
        trial.compare(
            y, -np.asarray(x, np.float64), 2 * t.allowed, floor=2 * trial.floor,
            about={"output": t.path},
        )
        for (_, y), (_, x), t in zip(
            turned.observed(), trial.observed(), trial.truth, strict=True
        )
    )  # fmt: skip


def bounds_every_row(trial: Weights, fact: Fact) -> Finding:
    """Afterwards no row is longer than the bound; rows that are not longer are left alone.

    The latter are the same rows, scaled by a power of two to between 1/8 and 1/4 of the bound.
    """
    at_most = facts.at(fact.values["at_most"], trial.parameters)
    (weight,) = trial.given
    seen = _lengths(trial.result(weight))
    slack = _rounding(trial, at_most)
    long = trial.compare(seen, np.minimum(seen, at_most), slack, floor=trial.floor)
    with np.errstate(all="ignore"):
        factor = 2.0 ** np.floor(np.log2(at_most / (4 * _lengths(weight))))
    short = np.where(np.isfinite(factor), factor, 0.0)[:, None] * weight.astype(np.float64)
    return long.merged(_left_alone(trial, rounded(short, trial.subject.form)))


def bounds_the_norm(trial: Weights, fact: Fact) -> Finding:
    """Afterwards the norm is at most the bound; a tree that is not longer is left alone."""
    at_most = facts.at(fact.values["at_most"], trial.parameters)
    seen = np.asarray(length(trial.result(*trial.given)), np.float64)
    long = trial.compare(
        seen, np.minimum(seen, at_most), _rounding(trial, at_most), floor=trial.floor
    )
    factor = 2.0 ** np.floor(np.log2(at_most / (4 * length(trial.given))))
    short = mapped(lambda w: np.asarray(w.astype(np.longdouble) * factor), trial.given[0])
    return long.merged(_left_alone(trial, rounded(short, trial.subject.form)))


def _rounding(trial: Weights, at_most: float) -> float:
    """What roundings of a norm, a quotient and n products may add to a length."""
    n = trial.subject.technique.accuracy.roundings(trial.given)
    form = trial.subject.form
    return at_most * (n + 4) * form.unit_roundoff + float(np.sqrt(n)) * form.smallest


def _left_alone(trial: Weights, short: Any) -> Finding:
    """Within 4 u: w c / max(|w|, c) is a form of it, with a root, a quotient and two products."""
    pairs = zip(leaves(trial.result(short)), leaves(short), strict=True)
    u = trial.subject.form.unit_roundoff
    return all_of(
        trial.compare(
            y, np.asarray(x, np.float64), 4 * u * np.abs(x.astype(np.float64)),
            floor=trial.floor, about={"entry": "left alone"},
        )
        for (_, y), (_, x) in pairs
    )  # fmt: skip


def gives_rows_of_length_one(trial: Weights, fact: Fact) -> Finding:
    """Afterwards every row that is longer than eps has the length 1, within its roundings."""
    del fact
    (weight,) = trial.given
    due = np.where(_lengths(weight) > trial.parameters["eps"], 1.0, np.nan)
    seen = _lengths(trial.result(weight))
    return trial.compare(seen, due, _rounding(trial, 1.0), mask=~np.isnan(due), floor=trial.floor)


def keeps_zero_rows(trial: Weights, fact: Fact) -> Finding:
    """A row of zeros stays a row of zeros: no NaN from 0 / 0."""
    del fact
    (weight,) = trial.given
    seen = trial.result(weight)
    empty = ~np.any(weight, axis=1, keepdims=True) & np.ones(weight.shape, bool)
    return trial.compare(seen, np.zeros(weight.shape), 0.0, mask=empty)


def treats_every_row_alone(trial: Weights, fact: Fact) -> Finding:
    """A row's result is the same, whatever the other rows are: here, all of them 0."""
    del fact
    (weight,) = trial.given
    together, (truth,) = trial.observed()[0][1], trial.truth
    found = []
    for row in range(len(weight)):
        alone = np.where(np.arange(len(weight))[:, None] == row, weight, np.zeros_like(weight))
        seen = trial.result(alone.astype(weight.dtype))[row]
        due = np.asarray(together[row], np.float64)
        slack = 2 * truth.allowed[row]
        found.append(trial.compare(seen, due, slack, floor=trial.floor, about={"row": row}))
    return all_of(iter(found))


def is_idempotent(trial: Weights, fact: Fact) -> Finding:
    """What was projected once stays as it is, within what the technique states and roundings."""
    within = facts.at(fact.values["within"], trial.parameters)
    once = trial.result(*trial.given)
    again = trial.result(once)
    return all_of(
        trial.compare(
            y, np.asarray(x, np.float64), 2 * t.allowed + within * np.abs(t.high),
            floor=2 * trial.floor, about={"output": t.path},
        )
        for (_, y), (_, x), t in zip(leaves(again), leaves(once), trial.truth, strict=True)
    )  # fmt: skip


def leaves_nothing_negative(trial: Weights, fact: Fact) -> Finding:
    """Afterwards nothing is below 0; numbers that were not are exactly as before."""
    del fact
    (params,) = trial.given
    return all_of(
        trial.compare(
            np.where(w < 0, np.minimum(y, 0), y).astype(np.float64),
            np.where(w < 0, 0, w).astype(np.float64), 0.0, inputs={"param": w}, floor=trial.floor,
        )
        for w, y in zip(params, trial.result(params), strict=True)
    )  # fmt: skip


def _lengths(weight: Any) -> Array:
    """Euclidean norm of every row."""
    wide = np.asarray(weight).astype(np.longdouble)
    return np.asarray(np.sqrt(np.sum(np.square(wide), axis=1)), np.float64)


def _negated(inputs: Inputs, form: Format) -> Inputs:
    del form
    return tuple(mapped(np.negative, inputs))


def _without_gradients(inputs: Inputs, form: Format) -> Inputs:
    del form
    params, *grads = inputs
    return (params, *mapped(np.zeros_like, grads))
