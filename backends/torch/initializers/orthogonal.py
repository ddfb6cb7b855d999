"""Orthogonal weights, by torch.nn.init."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.nn import init

from backends.binding import Bound, absent, deviates, offers
from reference.initializers.variance_scaling import Gain


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


def _generator(seed: Any, weight: Any) -> torch.Generator:
    return torch.Generator(weight.device).manual_seed(int(seed))
