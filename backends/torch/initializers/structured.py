"""Identity, dirac and sparse weights, by torch.nn.init."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from torch.nn import init

from backends.binding import Bound, deviates
from reference.technique import OneOf


def identity(seed: Any, weight: Any) -> Any:
    del seed
    return init.eye_(weight)


def dirac(
    seed: Any,
    weight: Any,
    *,
    groups: Annotated[int, OneOf((1, 2, 3))] = 1,
    layout: Literal["out_in"] = "out_in",
    centre: Literal["upper"] = "upper",
) -> Any:
    del seed, layout, centre
    return init.dirac_(weight, groups)


@deviates(
    "same_seed_gives_same_values",
    where=lambda: True,
    at_most=Bound("1: another weight", lambda: 1.0),
    because="the places of the zeros are drawn by torch.randperm from the global generator, not "
    "from the one that is given; seed the global one (torch.manual_seed) to repeat a weight",
    witness={"shape": (509, 257), "seed": 0},
)
def sparse(seed: Any, weight: Any, *, sparsity: float = 0.5, std: float = 0.01) -> Any:
    return init.sparse_(weight, sparsity, std, _generator(seed, weight))


def _generator(seed: Any, weight: Any) -> torch.Generator:
    return torch.Generator(weight.device).manual_seed(int(seed))
