"""Optimizers of torch.optim that keep factors of the second moment."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch

from backends.binding import deviates
from backends.equations.optimizers.factored import (
    INFINITE_LERP,
    LATE_COUNTER,
    NAN_APPEARS,
    NAN_STAYS,
)
from backends.equations.optimizers.layerwise import loses_range
from backends.equations.optimizers.steps import STEP_COUNTER
from backends.torch.optimizers.bindings import steps
from reference.technique import Between, OneOf

_STEP = "agrees_with_reference"


def _shaped(own: dict[str, Any], w: Any) -> dict[str, Any]:
    """Row and column means with their axes of length 1, of matrices and more; else the variance."""
    if w.dim() < 2:
        return {"step": own["step"], "variance": own["variance"]}
    rows, columns = own["row_var"].unsqueeze(-1), own["col_var"].unsqueeze(-2)
    return {"step": own["step"], "row_var": rows, "col_var": columns}


@deviates(
    _STEP,
    where=lambda entry, y, gradient: (entry == "params") & np.isnan(y) & np.isfinite(gradient),
    at_most=NAN_STAYS,
    because="torch takes max(1.0, rms) and max(eps2, rms) in Python, where max(1.0, NaN) is 1.0: a"
    " NaN does not reach its neighbours in the tensor",
    witness={"spoiled": True, "seed": 1},
)
@deviates(
    _STEP,
    where=lambda entry, y, gradient, taken, decay_exponent, largest: (
        (abs(y) > largest if entry != "params" else np.max(gradient**2, initial=0.0) > largest)
        & ((taken + 1.0) ** -decay_exponent >= 0.5)
    ),
    at_most=INFINITE_LERP,
    because="lerp with a weight of 1/2 or more turns an infinite square into NaN",
    witness={"gradient": np.inf},
)
@deviates(
    "trajectories_agree",
    where=lambda entry, eps, tiny: entry == "params" and eps * eps < tiny,
    at_most=NAN_APPEARS,
    because="eps^2 is 0 in float32 for the paper's 1e-30: a parameter is NaN from its first zero"
    " gradient on",
    witness={"eps": 1e-30, "seed": 1},
    dtypes=("float32", "bfloat16"),
)
@deviates(
    _STEP,
    where=lambda entry, taken: entry == "step" and taken >= 2**24,
    at_most=STEP_COUNTER,
    because="torch counts steps in float32, which ends at 2^24",
    witness={"taken": 2**24, "gradient": 1.0},
)
@deviates(
    _STEP,
    where=lambda entry, taken: entry != "step" and taken >= 2**24,
    at_most=LATE_COUNTER,
    because="torch counts steps in float32, which ends at 2^24: the rate then falls no more",
    witness={"taken": 2**24, "gradient": 1.0},
    dtypes=("float64",),
)
@loses_range(
    _STEP,
    because="eps^2 is 0: in float32 for the paper's 1e-30, in float16 for the ulp of float32, so"
    " that a zero gradient turns its parameter into NaN",
    witness={
        "float32": {"gradient": 0.0, "eps": 1e-30},
        "bfloat16": {"gradient": 0.0, "eps": 1e-30},
        "float16": {"gradient": 0.0},
    },
)
@loses_range(
    _STEP,
    because="R C is formed before it is divided by mean(R): the fourth power of gradients overflows"
    " from 5e9 on in float32, from 16 on in float16, and vanishes below 1e-11 and 2e-2",
    witness={
        "float32": {"gradient": 1e10},
        "bfloat16": {"gradient": 1e10},
        "float16": {"gradient": 20.0},
    },
)
@steps(
    torch.optim.Adafactor,
    shaped=_shaped,
    empty=False,
    step="step",
    row_moment="row_var",
    column_moment="col_var",
    second_moment="variance",
)
def adafactor(
    *,
    learning_rate: float = 1e-2,
    decay_exponent: float = 0.8,
    clipping: Annotated[float, Between(1.0, 4.0)] = 1.0,
    weight_decay: float = 0.0,
    eps: float = 2.0**-23,
    smallest_scale: float = 1e-3,
    eps_placement: Annotated[str, OneOf(("floor",))] = "floor",
    factored_axes: Annotated[str, OneOf(("last",))] = "last",
    smallest_factored: Annotated[int, OneOf((1,))] = 1,
    relative_step: Annotated[bool, OneOf((True,))] = True,
    parameter_scale: Annotated[bool, OneOf((True,))] = True,
    decay_by_rate: Annotated[bool, OneOf((True,))] = True,
) -> Any:
    del eps_placement, factored_axes, smallest_factored  # torch has one form of each
    del relative_step, parameter_scale, decay_by_rate
    return {
        "lr": learning_rate,
        "beta2_decay": -decay_exponent,
        "eps": (eps, smallest_scale),
        "d": clipping,
        "weight_decay": weight_decay,
    }
