"""Laws of optimizers that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.trial import all_of
from reference.trees import mapped

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.optimizers.steps import Steps
    from reference.numerics import Array
    from reference.technique import Fact

WALK = (
    (1, ""),
    (1, "growth"),
    (1, "growth"),
    (1, "growth"),
    (-1, "shrinkage"),
    (-1, ""),
    (-1, "growth"),
)
"""Signs of gradients, and what the step size is multiplied by."""


def lengthens_its_stride_while_signs_stay(trial: Steps, fact: Fact) -> Finding:
    """Steps of a gradient that keeps its sign grow by one factor, and shrink by another at a turn.

    Along four gradients of a sign and three of the other, steps are a, a p, a p^2, the longest L,
    none, L m and L m p: p the growth, m the shrinkage, and a = L / p^2.5, so that a p^3 would be
    too long. Gradients are near 1 in size, and of one size in all steps.
    """
    known = trial.parameters
    most, growth = known[fact.values["longest"]], known[fact.values["growth"]]
    size = float(np.float32(most / growth**2.5))
    trial = trial.at(learning_rate=size, middle=1, spread=1, past=0, spoiled=False, taken=0)
    grads, _, params = trial.given
    right = mapped(lambda g: np.where(g == 0, np.ones_like(g), g), grads)
    zeros, state = mapped(np.zeros_like, params), trial.beginning
    claim, u = trial.subject.technique.accuracy, trial.subject.form.unit_roundoff
    found, before = [], 0.0
    for k, (sign, change) in enumerate(WALK):
        signed = mapped(lambda g, s=sign: np.asarray(s * g, g.dtype), right)
        moved, state = trial.step((signed, state, zeros))
        size = min(size * (trial.parameters[fact.values[change]] if change else 1.0), most)
        length = 0.0 if change == "shrinkage" else size
        slack = length * u * (k + 1) * (claim.ulps + claim.inputs)
        pairs = zip(signed, moved, strict=True)
        found += [_strode(trial, g, step, length, slack, before) for g, step in pairs]
        before = length
    return all_of(iter(found))


def _strode(
    trial: Steps, g: Array, step: Array, length: float, slack: float, before: float
) -> Finding:
    seen = -np.sign(np.asarray(g, np.float64)) * np.asarray(step, np.float64)
    told = {"entry": "params", "before": before}
    return trial.compare(seen, np.full(g.shape, length), slack, about=told)
