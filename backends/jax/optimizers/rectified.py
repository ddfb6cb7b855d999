"""Rectified optimizers of optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.moments import SHOWS_ROUNDED_BETA1, checks_nothing
from backends.equations.optimizers.rectified import INJECTED_LENGTH, LENGTH, LENGTH_OF_A_RUN
from backends.equations.optimizers.steps import loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from reference.technique import OneOf

_AT_THE_THRESHOLD = {
    "taken": 4,
    "beta2": 0.9989774227142334,
    "gradient": 1.0,
    "first_moment": 0.1,
    "second_moment": 0.001,
}
_LENGTH = (
    "optax forms the length of the average, and 1 - beta^t, in float32 (float64 with x64): both"
    " cancel in the first steps: at step 6 to one part in a hundred, and with some beta2 a step is"
    " rectified too early"
)


@deviates(
    "agrees_with_reference",
    where=lambda entry: entry == "params",
    at_most=LENGTH,
    because=_LENGTH,
    witness={"float64": {"taken": 5, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001}}
    | dict.fromkeys(("float32", "bfloat16", "float16"), _AT_THE_THRESHOLD),
)
@deviates(
    "trajectories_agree",
    where=lambda entry: entry == "params",
    at_most=LENGTH_OF_A_RUN,
    because=_LENGTH,
    witness={"seed": 0, "beta2": _AT_THE_THRESHOLD["beta2"], "learning_rate": 1.0},
    dtypes=("float32", "float16"),
)
@deviates(
    "agrees_in_every_execution",
    where=lambda entry, execution: entry == "params" and execution == "inject",
    at_most=INJECTED_LENGTH,
    because="inject_hyperparams keeps beta2 in the dtype of the parameters, and so the length of"
    " the average is formed in 16 bits: in float16 its products overflow, and parameters are NaN",
    witness={"taken": 9, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001},
    dtypes=("bfloat16", "float16"),
)
@checks_nothing("learning_rate", "beta1", "beta2", "eps")
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA1)
@loses_range(
    because="float16 moments underflow below gradients of 1e-3, and eps = 1e-8 is 0 in float16",
    witness={"taken": 9, "gradient": 1e-4, "first_moment": 0.0, "second_moment": 0.0},
)
@loses_range(
    because="g^2 or v / (1 - beta2^t) overflows in float16: from gradients of 256 on the second"
    " moment is infinite for good, and once rectified the parameter stands still",
    witness={"taken": 9, "gradient": 300.0, "first_moment": 0.0, "second_moment": 0.0},
)
@steps(step="count", first_moment="mu", second_moment="nu")
def radam(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: float = 0.0,
    threshold: Annotated[float, OneOf((5.0, 4.0))] = 5.0,
    eps_joins: Annotated[str, OneOf(("corrected root",))] = "corrected root",
) -> Any:
    del eps_joins  # optax corrects the second moment first
    return optax.radam(learning_rate, beta1, beta2, eps, eps_root, threshold)
