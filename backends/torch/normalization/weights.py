"""Normalization of weights, by torch.nn.utils.parametrizations: what a linear layer makes of ones.

The layer is given the unit matrix, so that its output is the transposed weight.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils import parametrizations

from backends.binding import absent, deviates, entered_by
from backends.equations import UNBOUNDED
from backends.equations.normalization.weights import (
    ZERO_MATRIX,
    ZERO_ROW,
    all_zero,
    without_direction,
)
from reference.technique import OneOf

weight_standardization = absent(
    "torch has none: its users call torch.nn.functional.layer_norm on each output's kernel"
)


def _linear(like: Any) -> Any:
    outputs, inputs = like.shape
    layer = nn.utils.skip_init(  # type: ignore[no-untyped-call] # torch's own
        nn.Linear, inputs, outputs, bias=False, dtype=like.dtype, device=like.device
    )
    layer.weight.data.fill_(1.0)
    return layer


def _weight(layer: Any, held: dict[str, Any], like: Any) -> Any:
    """The weight of a linear layer, as its output for the unit matrix."""
    unit = torch.eye(like.shape[1], dtype=like.dtype, device=like.device)
    return functional_call(layer, held, unit).mT


@deviates(
    "keeps_zero_weights",
    where=without_direction, at_most=UNBOUNDED,
    because="there is no eps: a row of zeros is divided by its norm, 0 / 0",
    witness=ZERO_ROW,
)  # fmt: skip
def weight_norm(direction: Any, length: Any, *, eps: Annotated[float, OneOf((0.0,))] = 0.0) -> Any:
    del eps  # torch has none
    layer = parametrizations.weight_norm(_linear(direction))
    held = {"original0": length[:, None], "original1": direction}
    return _weight(layer, {f"parametrizations.weight.{k}": v for k, v in held.items()}, direction)


def _spectral(layer: Any, matrix: Any, u: Any, v: Any, mode: str) -> Any:
    state = {"_u": u.detach().clone(), "_v": v.detach().clone()}
    held = {f"parametrizations.weight.0.{k}": t for k, t in state.items()}
    held["parametrizations.weight.original"] = matrix
    return _weight(layer.train(mode == "train"), held, matrix), state["_v"]


def _as_it_is(matrix: Any, u: Any, v: Any, *, mode: Literal["train", "eval"]) -> Any:
    with torch.random.fork_rng():
        layer = parametrizations.spectral_norm(_linear(matrix))
    return _spectral(layer, matrix, u, v, mode)


@entered_by(defaults=_as_it_is)
@deviates(
    "keeps_zero_weights",
    where=all_zero, at_most=UNBOUNDED,
    because="a matrix of zeros is divided by its largest singular value, 0 / 0; flax asks first",
    witness=ZERO_MATRIX,
)  # fmt: skip
def spectral_norm(
    matrix: Any,
    u: Any,
    v: Any,
    *,
    steps: Annotated[int, OneOf((1, 3))] = 1,
    eps: float = 1e-12,
    mode: Literal["train", "eval"] = "train",
    begins_with: Literal["v"] = "v",
    eps_as: Literal["floor"] = "floor",
    evaluation: Literal["stored"] = "stored",
) -> Any:
    del begins_with, eps_as, evaluation
    with torch.random.fork_rng():
        layer = parametrizations.spectral_norm(_linear(matrix), n_power_iterations=steps, eps=eps)
    return _spectral(layer, matrix, u, v, mode)
