"""Laws of second-order steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.finding import Finding
from properties.laws import asked
from properties.schedules.laws import refusal
from properties.strategies import FULL
from reference import facts
from reference.numerics import rounded, widened

if TYPE_CHECKING:
    from properties.optimizers.problems import Problems
    from reference.numerics import Array, Format
    from reference.technique import Fact


def agrees_with_reference(trial: Problems) -> Finding:
    """New weights are the reference's, within what the condition of the problem allows."""
    (truth,) = trial.truth
    return trial.agreement(truth.high, truth.allowed, low=truth.low)


def reaches_the_minimum_of_a_quadratic(trial: Problems, fact: Fact) -> Finding:
    """After one full step on a sum of squares the gradient X^T (X w - y) is 0.

    Accepted is what an accepted error of the weights makes of it, and their rounding.
    """
    full = {"learning_rate": 1.0, "damping": 0.0} | fact.values["chosen"]
    near = trial.changed(lambda given, _: given, **full)
    x, y, _ = widened(near.given, np.longdouble)
    gradient = x.T @ (x @ near.weights.astype(np.longdouble) - y)
    slack = abs(x.T @ x) @ near.truth[0].allowed
    due = np.zeros(len(gradient))
    return trial.compare(np.asarray(gradient, np.float64), due, np.asarray(slack, np.float64))


def follows_the_units_of_features(trial: Problems, fact: Fact) -> Finding:
    """Features in units of 4, 1 and 1/4 give weights in units of 1/4, 1 and 4."""
    del fact
    units = np.array([4.0, 1.0, 0.25])

    def other(given: tuple[Any, ...], form: Format) -> tuple[Array, ...]:
        x, y, w = widened(given)
        scaled: tuple[Array, ...] = rounded((x * units, y, w / units), form)
        return scaled

    own = trial.changed(lambda given, _: given, damping=0.0)
    seen = trial.changed(other, damping=0.0)
    slack = own.truth[0].allowed + units * seen.truth[0].allowed
    return trial.compare(
        units * seen.weights.astype(np.float64), own.weights.astype(np.float64), slack
    )


def rests_at_a_minimum(trial: Problems, fact: Fact) -> Finding:
    """Where targets are what the model says, the step leads nowhere."""

    def fitted(given: tuple[Any, ...], form: Format) -> tuple[Array, ...]:
        x, _, w = widened(given)
        fit = facts.at(fact.values["fit"], trial.parameters | {"scores": x @ w})
        new: tuple[Array, ...] = rounded((x, fit, w), form)
        return new

    near = trial.changed(fitted)
    own = near.given[2].astype(np.float64)
    (truth,) = near.truth
    return trial.compare(near.weights, own, truth.allowed + abs(truth.high - own))


@asked(plans=1, formats=(FULL,))
def refuses_nonsense(trial: Problems, fact: Fact) -> Finding:
    """Hyper-parameters outside their domains raise, instead of giving a result."""
    found: Finding = refusal(trial, fact, trial.given)
    return found
