"""Activations with learned slopes or pieces, of torch and composed of its functions."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.nn import functional

from backends.binding import deviates, subgradient
from backends.equations.activations.products import NEITHER_SIDE


@subgradient("left")
def prelu(x: Any, weight: Any, *, slopes: Literal["per_channel", "shared"]) -> Any:
    del slopes  # the size of weight says it
    return functional.prelu(x, weight)


@deviates(
    "takes_a_subgradient_at_kinks",
    where=lambda x: x == 0, at_most=NEITHER_SIDE,
    because="the chain rule adds the subgradients 0 of two rectifiers: the gradient dies at 0",
    witness={"x": (0.0,)},
)  # fmt: skip
def crelu(x: Any) -> Any:
    return torch.cat([functional.relu(x), functional.relu(-x)], dim=-1)


def maxout(x: Any, *, pieces: int, ties: Literal["first", "split"]) -> Any:
    groups = x.unflatten(-1, (-1, pieces))
    return groups.amax(-1) if ties == "split" else groups.max(-1).values
