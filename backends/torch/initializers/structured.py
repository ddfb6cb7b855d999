"""Orthogonal, identity, dirac and sparse weights, by torch.nn.init."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from torch.nn import init

from backends.backend import Bound, absent, deviates, offers
from reference.initializers.variance_scaling import Gain
from reference.technique import OneOf


@deviates(
    "fills_any_memory_layout",
    where=lambda axes: axes > 2,
    at_most=Bound("1: no weight at all", lambda: 1.0),
    because="a weight is viewed as a matrix, which raises a RuntimeError where its axes lie in "
    "another order in memory (channels last, say); fill a contiguous one and copy it",
    witness={"shape": (24, 5, 3), "seed": 0},
    dtypes=("float64", "float32"),
)
@offers("float64", "float32", because="torch.linalg.qr has no 16-bit kernels: a RuntimeError")
def orthogonal(
    seed: Any, weight: Any, *, gain: Gain = 1.0, layout: Literal["out_in"] = "out_in"
) -> Any:
    del layout
    return init.orthogonal_(weight, gain, _generator(seed, weight))


delta_orthogonal = absent(
    "torch.nn.init has none: zeros_ on the kernel, then orthogonal_ on its middle, weight[:, :, k]"
)


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
