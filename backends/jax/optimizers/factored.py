"""Optimizers of optax that keep factors of the second moment."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.factored import SINGLE_DECAY, SINGLE_DECAY_GROWS
from backends.equations.optimizers.layerwise import loses_range
from backends.equations.optimizers.steps import CHECKS_NOTHING
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf

_STEP = "agrees_with_reference"


@deviates(
    _STEP,
    where=lambda entry: entry != "step",
    at_most=SINGLE_DECAY,
    because="optax forms 1 - t^-0.8 in float32, in float64 too, and the weight of the new square as"
    " 1 minus that, which cancels in long runs",
    witness={
        "float64": {"taken": 2, "gradient": 1.0, "second_moment": 3.0},
        "float32": {"taken": 10**6, "gradient": 1.0, "second_moment": 0.0},
    },
)
@deviates(
    "trajectories_agree",
    where=lambda entry: entry != "step",
    at_most=SINGLE_DECAY_GROWS,
    because="optax forms 1 - t^-0.8 in float32, in float64 too",
    witness={"seed": 1},
    dtypes=("float64",),
)
@loses_range(
    _STEP,
    because="eps = 1e-30 is 0 in float16, and so are squares of small gradients: g / sqrt(0)",
    witness={"gradient": 0.0},
)
@loses_range(
    _STEP,
    because="squares overflow in float16, from gradients of 256 on",
    witness={"gradient": 1e4},
)
@accepts(
    "learning_rate=-0.5",
    "decay_exponent=-0.5",
    "eps=-0.5",
    "clipping=-0.5",
    "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)
@steps(step="count", row_moment="v_row", column_moment="v_col", second_moment="v")
def adafactor(
    *,
    learning_rate: float = 1e-2,
    decay_exponent: float = 0.8,
    clipping: float = 1.0,
    weight_decay: float = 0.0,
    eps: float = 1e-30,
    smallest_scale: Annotated[float, OneOf((1e-3,))] = 1e-3,
    eps_placement: Annotated[str, OneOf(("added",))] = "added",
    factored_axes: Annotated[str, OneOf(("largest",))] = "largest",
    smallest_factored: Annotated[int, OneOf((128, 2))] = 128,
    relative_step: Annotated[bool, OneOf((False,))] = False,
    parameter_scale: bool = True,
    decay_by_rate: Annotated[bool, OneOf((False,))] = False,
) -> Any:
    del smallest_scale, eps_placement, factored_axes  # optax has one form of each
    del relative_step, decay_by_rate
    return optax.adafactor(
        learning_rate,
        min_dim_size_to_factor=smallest_factored,
        decay_rate=decay_exponent,
        multiply_by_parameter_scale=parameter_scale,
        clipping_threshold=clipping,
        weight_decay_rate=weight_decay,
        eps=eps,
    )
