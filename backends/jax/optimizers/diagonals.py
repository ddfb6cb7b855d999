"""Optimizers of optax that divide by an estimate of the Hessian's diagonal."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.diagonals import NOTHING_OVER_NOTHING
from backends.equations.optimizers.steps import CHECKS_NOTHING, loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf

_NO_EPS = (
    "eps = 1e-8 is 0 in float16, or flushed: where curvature is not positive either, and the mean"
    " gradient rounds to 0, the parameter turns into NaN"
)


def _divides_by_nothing(curvature: Any, gamma: float, eps: float, tiny: float) -> Any:
    return (gamma * curvature < tiny) & (eps < tiny)


_GIVEN = optax.GradientTransformation(  # an estimator whose state is the estimate
    optax.tree.zeros_like,
    lambda grads, given, params=None: (given, given),  # noqa: ARG005
)


@deviates(
    "agrees_with_reference",
    "takes_a_first_step_of_known_length",
    "never_moves_further_than_its_clip",
    where=_divides_by_nothing,
    at_most=NOTHING_OVER_NOTHING,
    because=_NO_EPS,
    witness={"gradient": 2.0**-22, "first_moment": 0.0, "curvature": 0.0, "estimate": 0.0},
    dtypes=("float16",),
)
@deviates(
    "rests_at_zero_gradient",
    where=_divides_by_nothing,
    at_most=NOTHING_OVER_NOTHING,
    because=_NO_EPS,
    witness={"gradient": 0.0},
    dtypes=("float16",),
)
@loses_range(
    because="float16: moments and y h underflow or overflow",
    witness={"gradient": 1e-5, "first_moment": 0.0, "curvature": 0.1, "learning_rate": 1.0},
)
@accepts(
    "learning_rate=-0.5",
    "beta1=1.0",
    "beta1=-0.5",
    "beta2=1.0",
    "beta2=-0.5",
    "eps=-0.5",
    "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)
@rounds_hyper_parameters({"gradient": 3.0, "first_moment": 0.0, "beta1": 0.99})
@steps(
    step="SophiaState.count", first_moment="SophiaState.mu", curvature="SophiaState.nu",
    estimate="SophiaState.hessian_fn_state",
)  # fmt: skip
def sophia(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.965,
    beta2: float = 0.99,
    gamma: float = 0.01,
    eps: float = 1e-8,
    weight_decay: float = 1e-4,
    clip_threshold: float = 1.0,
    interval: int = 10,
    divides_by: Annotated[str, OneOf(("previous",))] = "previous",
    corrects_bias: Annotated[bool, OneOf((True,))] = True,
) -> Any:
    del divides_by, corrects_bias  # the only ones
    return optax.contrib.sophia(
        learning_rate, beta1, beta2, eps, weight_decay, gamma=gamma,
        clip_threshold=clip_threshold, update_interval=interval, hessian_diagonal_fn=_GIVEN,
    )  # fmt: skip
