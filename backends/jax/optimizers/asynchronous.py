"""ACProp of optax."""

from __future__ import annotations

from typing import Any

import optax.contrib

from backends.binding import deviates
from backends.equations.optimizers.asynchronous import (
    LATE_CORRECTION,
    OLD_MEAN,
    OLD_MEAN_IN_A_RUN,
)
from backends.equations.optimizers.moments import OPTAX_CANCELS, checks_nothing
from backends.equations.optimizers.steps import loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps

_STEP = "agrees_with_reference"
_OLD = (
    "optax takes the mean before the step from its gradient, where the paper, its authors' code"
    " and its own documentation take the new one: squares are 1 / beta1^2 times as large"
)
_OLD_LINK = "https://github.com/google-deepmind/optax/pull/1716"


@deviates(
    _STEP,
    where=lambda entry: entry == "second_moment",
    at_most=OLD_MEAN,
    because=_OLD,
    witness={"gradient": 1.0, "first_moment": 0.0, "second_moment": 0.0},
    link=_OLD_LINK,
)
@deviates(
    "trajectories_agree",
    where=lambda entry: entry in ("params", "second_moment"),
    at_most=OLD_MEAN_IN_A_RUN,
    because=_OLD,
    witness={
        "float64": {"seed": 0},
        "float32": {"seed": 0},
        "bfloat16": {"seed": 19, "beta1": 0.5},
        "float16": {"seed": 0},
    },
    link=_OLD_LINK,
)
@deviates(
    _STEP,
    where=lambda entry, taken: entry == "params" and taken > 0,
    at_most=LATE_CORRECTION,
    because=OPTAX_CANCELS,
    witness={"taken": 1, "gradient": 1.0, "parameter": 0.0, "second_moment": 0.001},
    dtypes=("float64", "float32"),
)
@checks_nothing("learning_rate", "beta1", "beta2", "eps", "weight_decay")
@rounds_hyper_parameters(
    {"taken": 2, "gradient": 1.0, "first_moment": 0.0, "second_moment": 0.1, "beta1": 0.99}
)
@loses_range(
    _STEP,
    because="squares underflow in float16 below gradients of 1e-3 and overflow from 256 on; both"
    " eps of 1e-16 are 0",
    witness={"taken": 1, "gradient": 300.0, "first_moment": 0.0, "second_moment": 1.0},
)
@steps(step="count", first_moment="mu", second_moment="nu")
def acprop(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-16,
    eps_root: float = 1e-16,
    weight_decay: float = 0.0,
) -> Any:
    return optax.contrib.acprop(learning_rate, beta1, beta2, eps, eps_root, weight_decay)
