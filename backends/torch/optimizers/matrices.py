"""Optimizers of torch.optim that move matrices."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.binding import deviates
from backends.equations.optimizers.matrices import (
    IN_BFLOAT16,
    NORMALIZED,
    NORMALIZED_FORGETS,
    NORMALIZED_RUN,
    UNITLESS,
)
from backends.nonsense import accepts
from backends.torch.optimizers.bindings import steps
from reference.technique import OneOf

_OVERWRITES = (
    "without Nesterov's look-ahead the iteration divides the momentum buffer itself by its norm, in"
    " place: of a bfloat16 tensor, Tensor.bfloat16() is no copy"
)
_UPSTREAM = "https://github.com/pytorch/pytorch/pull/194664"


@deviates(
    "agrees_with_reference",
    "trajectories_agree",
    where=lambda entry: entry == "params",
    at_most=IN_BFLOAT16,
    because="torch orthogonalizes in bfloat16, whatever the parameters are",
    witness={"gradient": 3.0, "momentum_buffer": 0.0},
    dtypes=("float64", "float32"),
)
@deviates(
    "agrees_with_reference",
    where=lambda entry, nesterov: (entry == "momentum_buffer") & (not nesterov),
    at_most=NORMALIZED,
    because=_OVERWRITES,
    link=_UPSTREAM,
    witness={"gradient": 3.0, "momentum_buffer": 0.0, "nesterov": False},
    dtypes=("bfloat16",),
)
@deviates(
    "forgets_at_its_decay",
    where=lambda nesterov: not nesterov,
    at_most=NORMALIZED_FORGETS,
    because=_OVERWRITES,
    link=_UPSTREAM,
    witness={"nesterov": False},
    dtypes=("bfloat16",),
)
@deviates(
    "ignores_the_unit_of_gradients",
    where=lambda entry, nesterov: (entry == "momentum_buffer") & (not nesterov),
    at_most=UNITLESS,
    because=_OVERWRITES,
    link=_UPSTREAM,
    witness={"nesterov": False},
    dtypes=("bfloat16",),
)
@deviates(
    "trajectories_agree",
    where=lambda nesterov: not nesterov,
    at_most=NORMALIZED_RUN,
    because=_OVERWRITES,
    link=_UPSTREAM,
    witness={"gradient": 3.0, "momentum_buffer": 0.0, "nesterov": False},
    dtypes=("bfloat16",),
)
@accepts("momentum=1.0", because="torch checks that the momentum is not negative, no more")
@accepts("eps=-0.5", because="torch does not check eps")
@steps(torch.optim.Muon, step=None, momentum_buffer="momentum_buffer")
def muon(
    *,
    learning_rate: float = 1e-3,
    momentum: float = 0.95,
    weight_decay: float = 0.1,
    eps: float = 1e-7,
    nesterov: bool = True,
    corrects_bias: Annotated[bool, OneOf((False,))] = False,
    guard: Annotated[str, OneOf(("clamp",))] = "clamp",
    scale: str = "width",
    layout: Annotated[str, OneOf(("outputs_first",))] = "outputs_first",
) -> Any:
    del corrects_bias, guard, layout  # the only ones
    return {
        "lr": learning_rate, "momentum": momentum, "weight_decay": weight_decay, "eps": eps,
        "nesterov": nesterov,
        "adjust_lr_fn": {"width": "original", "rms": "match_rms_adamw"}[scale],
    }  # fmt: skip
