"""Optimizers of optax that move matrices."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.matrices import DIFFERENCES, STEPS_OTHERS
from backends.equations.optimizers.steps import CHECKS_NOTHING, loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf


@deviates(
    "agrees_with_reference",
    where=lambda entry: entry == "params",
    at_most=DIFFERENCES,
    because="optax forms 1 - momentum^t in float32 (float64 with x64): it cancels in the first"
    " steps",
    witness={"seed": 8, "spread": 1, "taken": 1, "momentum": 0.99},
    dtypes=("float64", "float32"),
)
@loses_range(
    because="float16: G / c, 20 times G at first, and |U|^2 overflow or underflow; eps = 1e-8 is 0",
    witness={"gradient": 300.0, "momentum_buffer": 0.0},
)
@deviates(
    "refuses_what_is_no_matrix",
    where=lambda entry: entry == "params",
    at_most=STEPS_OTHERS,
    because="optax gives tensors that are no matrices to Adam, at the same rate",
    witness={"gradient": 1.0},
)
@accepts(
    "learning_rate=-0.5",
    "momentum=1.0",
    "momentum=-0.5",
    "weight_decay=-0.5",
    "eps=-0.5",
    because=CHECKS_NOTHING,
)
@loses_range(
    "rests_at_zero_gradient",
    because="eps = 1e-8 is 0 in float16: a zero gradient turns its parameters into NaN",
    witness={"gradient": 0.0},
)
@rounds_hyper_parameters({"gradient": 3.0, "momentum_buffer": 0.0, "momentum": 0.99})
@steps(step="MuonState.count", momentum_buffer="MuonState.mu")
def muon(
    *,
    learning_rate: float = 1e-3,
    momentum: float = 0.95,
    weight_decay: float = 0.0,
    eps: float = 1e-8,
    nesterov: bool = True,
    corrects_bias: Annotated[bool, OneOf((True,))] = True,
    guard: Annotated[str, OneOf(("add",))] = "add",
    scale: Annotated[str, OneOf(("width",))] = "width",
    layout: Annotated[str, OneOf(("inputs_first",))] = "inputs_first",
) -> Any:
    del corrects_bias, guard, layout  # the only ones
    return optax.contrib.muon(
        learning_rate, beta=momentum, eps=eps, weight_decay=weight_decay, nesterov=nesterov,
        consistent_rms={"width": None, "rms": 0.2}[scale],
    )  # fmt: skip
