"""Laws of the articles' worked example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.flow.training import Training
from properties.laws import asked
from properties.trial import all_of

if TYPE_CHECKING:
    from properties.finding import Finding

_NAMES = ("w1", "b1", "w2", "b2", "w3", "b3")


@asked(plans=2)
def losses_agree(trial: Training) -> Finding:
    """The loss before each of a hundred steps is the reference's."""
    return _compared(trial, slice(0, 1), ("losses",))


@asked(plans=2)
def first_step_agrees(trial: Training) -> Finding:
    """After one training step every weight and bias is the reference's."""
    return _compared(trial, slice(1, 7), _NAMES)


@asked(plans=2)
def agrees_weight_by_weight(trial: Training) -> Finding:
    """After a hundred steps every weight and bias is the reference's."""
    return _compared(trial, slice(7, 13), _NAMES)


def _compared(trial: Training, part: slice, names: tuple[str, ...]) -> Finding:
    found = zip(names, trial.expected[part], trial.observed[part], strict=True)
    parts = []
    for name, due, seen in found:
        high = due.truth.astype(np.float64)
        low = (due.truth - high).astype(np.float64)
        parts.append(trial.compare(seen, high, due.allowed, low=low, about={"of": name}))
    return all_of(iter(parts))
