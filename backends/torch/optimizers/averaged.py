"""Averaged gradient descent of torch.optim."""

from __future__ import annotations

from typing import Any

import torch

from backends.binding import deviates
from backends.equations.optimizers.averaging import LATE_RATE, SINGLE_RATE, THROUGH_THE_DIFFERENCE
from backends.equations.optimizers.steps import STEP_COUNTER
from backends.torch.optimizers.bindings import steps
from reference.optimizers.averaged import rate_at

_OVER_FOREACH = ("mixed", "traced", "compiled")


def _kept(
    step: int, *, learning_rate: float, decay: float, power: float, begins_after: float, **rest: Any
) -> dict[str, float]:
    """What torch computes at the end of a step for the next one."""
    del rest
    rate = float(rate_at(learning_rate, decay, power, step))
    return {"eta": rate, "mu": 1 / max(1.0, step - begins_after)}


@deviates(
    "agrees_with_reference",
    where=lambda entry, taken: entry == "step" and taken >= 2**24,
    at_most=STEP_COUNTER,
    because="torch counts steps in float32, which ends at 2^24",
    witness={"taken": 2**24, "gradient": 1.0, "average": 1.0},
)
@deviates(
    "agrees_in_every_execution",
    where=lambda entry, execution: entry == "average" and execution in ("foreach", *_OVER_FOREACH),
    at_most=THROUGH_THE_DIFFERENCE,
    because="foreach adds the whole difference to the average where the loop copies",
    witness={"gradient": 1.0, "parameter": 0.3, "average": 999.0},
)
@deviates(
    "stays_in_step",
    where=lambda incident: incident == "rate",
    at_most=LATE_RATE,
    because="torch keeps the rate of the next step, computed at the end of this one: a schedule is"
    " a step late",
    witness={"learning_rate": 1.0, "seed": 7},
    link="https://github.com/pytorch/pytorch/issues/74884",
)
@deviates(
    "stays_in_step",
    where=lambda entry: entry in ("params", "average"),
    at_most=SINGLE_RATE,
    because="torch keeps the rate and the share of the average in float32",
    witness={"seed": 0},
    dtypes=("float64",),
)
@steps(torch.optim.ASGD, follows=_kept, step="step", average="ax")
def asgd(
    *,
    learning_rate: float = 1e-2,
    decay: float = 1e-4,
    power: float = 0.75,
    begins_after: float = 1e6,
    weight_decay: float = 0.0,
) -> Any:
    options = {"lambd": decay, "alpha": power, "t0": begins_after, "weight_decay": weight_decay}
    return options | {"lr": learning_rate}
