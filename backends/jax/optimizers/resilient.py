"""Resilient propagation, of optax."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import optax

from backends.backend import NotOfferedError
from backends.binding import deviates
from backends.equations.optimizers.adaptive import (
    LATE,
    LATE_FIRST,
    LATE_JOURNEY,
    LATE_STRIDES,
    NAN_TURN,
)
from backends.equations.optimizers.steps import CHECKS_NOTHING, loses_range
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf

_STEP = "agrees_with_reference"
_FIRST = "takes_a_first_step_of_known_length"
_LATE = "optax returns the update that it kept in the step before, not the one it has just made"
_STALE_UPDATE = "https://github.com/google-deepmind/optax/pull/1725"


@deviates(
    _STEP,
    where=lambda entry: entry == "params",
    at_most=LATE,
    because=_LATE,
    link=_STALE_UPDATE,
    witness={"gradient": 1.0, "previous": 0.0, "step_size": 0.01},
)
@deviates(
    _FIRST,
    where=lambda entry: entry == "params",
    at_most=LATE_FIRST,
    because=_LATE,
    link=_STALE_UPDATE,
    witness={"gradient": 1.0},
)
@deviates(
    "lengthens_its_stride_while_signs_stay",
    where=lambda entry: entry == "params",
    at_most=LATE_STRIDES,
    because=_LATE,
    link=_STALE_UPDATE,
    witness={"gradient": 1.0},
)
@deviates(
    "trajectories_agree",
    where=lambda entry: entry == "params",
    at_most=LATE_JOURNEY,
    because=_LATE,
    link=_STALE_UPDATE,
    witness={"learning_rate": 0.5},
)
@deviates(
    _STEP,
    where=lambda gradient, previous: np.isnan(gradient * previous),
    at_most=NAN_TURN,
    because="optax takes NaN for a turn: step sizes shrink, and the next steps are numbers again",
    witness={"gradient": np.nan, "previous": 1.0, "step_size": 0.01},
)
@loses_range(
    _STEP,
    because="the product of gradient and update is 0 in float16: step sizes neither grow nor fall",
    witness={"gradient": 1e-4, "previous": 1e-4, "step_size": 0.01},
)
@accepts("shrinkage=1.5", "shrinkage=-0.5", "growth=0.5", because=CHECKS_NOTHING)
@steps(step_size="step_sizes", previous="prev_updates")
def rprop(
    *,
    learning_rate: float = 1e-2,
    shrinkage: float = 0.5,
    growth: float = 1.2,
    smallest_step: float = 1e-6,
    largest_step: float = 50.0,
    keeps: Annotated[str, OneOf(("update",))] = "update",
) -> Any:
    del keeps  # optax keeps the update
    if callable(learning_rate):
        message = "optax.rprop takes no schedule: its rate is where step sizes begin"
        raise NotOfferedError(message)
    return optax.rprop(learning_rate, shrinkage, growth, smallest_step, largest_step)
