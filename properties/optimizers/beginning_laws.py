"""Laws of what an optimizer keeps before its first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backends.backend import NotOfferedError
from backends.live import apart
from properties.optimizers.live_runs import begun
from properties.trial import all_of
from reference.optimizer_states import beginning
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.optimizers.steps import Steps


def begins_as_stated(trial: Steps) -> Finding:
    """Before its first step a run keeps what the reference begins with, rounded to the format.

    A library that keeps nothing until then is compared by its first step, as every step is.
    """
    live = begun(trial)
    states, params = live.states(), live.params()
    if states is None or not any(states):
        message = "it keeps nothing under these names before its first step"
        raise NotOfferedError(message)
    s = trial.subject
    due = apart(beginning(s.technique, params, trial.parameters), len(params))
    return all_of(
        trial.compare(
            np.asarray(seen), np.asarray(y, np.float64),
            s.form.unit_roundoff * np.abs(np.asarray(y, np.float64)),
            floor=trial.floor, about={"entry": path},
        )
        for own, one in zip(states, due, strict=True)
        for (path, seen), (_, y) in zip(
            leaves({k: own[k] for k in one}), leaves(one), strict=True
        )
    )  # fmt: skip
