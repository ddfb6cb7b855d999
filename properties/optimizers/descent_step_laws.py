"""Laws of optimizers that follow the gradient, or a decaying sum of gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.trial import all_of
from reference import facts
from reference.trees import mapped

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.optimizers.steps import Steps
    from reference.numerics import Array
    from reference.technique import Fact

PATIENCE = 32


def gathers_speed_under_a_constant_gradient(trial: Steps, fact: Fact) -> Finding:
    """Under a gradient of 1 or -1, the n-th step has between 1 - m^n and all of its final length.

    Every step rounds as often as a step may, and earlier ones go into later ones.
    """
    trial = trial.at(weight_decay=0.0)
    grads, _, params = trial.given
    ones = mapped(lambda g: np.copysign(np.ones_like(g), g), grads)
    zeros, state = mapped(np.zeros_like, params), trial.beginning
    for _ in range(PATIENCE):
        moved, state = trial.step((ones, state, zeros))
    final = facts.at(fact.values["length"], trial.parameters)
    least = final * (1 - trial.parameters[fact.values["decay"]] ** PATIENCE)
    claim, u = trial.subject.technique.accuracy, trial.subject.form.unit_roundoff
    slack = final * u * (claim.ulps + PATIENCE * claim.inputs)

    def one(g: Array, step: Array) -> Finding:
        length = -np.asarray(g, np.float64) * step.astype(np.float64)
        nearest = np.clip(length, least, final)
        nearest = np.where(np.isfinite(nearest), nearest, final)
        return trial.compare(length, nearest, slack, about={"entry": "params", "steps": PATIENCE})

    return all_of(one(g, step) for g, step in zip(ones, moved, strict=True))


def averages_where_it_was(trial: Steps, fact: Fact) -> Finding:
    """Told to begin after the second step, it keeps the mean of parameters since: of five steps.

    Each rounds what it adds four times.
    """
    known = {fact.values["begins"]: 2.0}
    near = trial.at(middle=0, spread=1, past=0, spoiled=False, taken=0, **known)
    grads, _, params = near.given
    state, since = near.beginning, []
    for step in range(8):
        params, state = near.step((grads, state, params))
        since += [[w.astype(np.float64) for w in params]] * (step > 2)  # where it begins
    u, each = trial.subject.form.unit_roundoff, list(zip(*since, strict=True))
    return all_of(
        trial.compare(
            x, np.mean(own, axis=0), 4 * len(own) * u * np.max(np.abs(own), axis=0),
            floor=trial.floor, about={"entry": fact.values["entry"], "steps": len(own)},
        )
        for x, own in zip(state[fact.values["entry"]], each, strict=True)
    )  # fmt: skip
