"""Stochastic depth: the branch times the decisions over 1 - p, as torchvision and timm write it."""

from __future__ import annotations

from typing import Any, Literal

from backends.binding import deviates
from backends.equations import UNBOUNDED
from backends.equations.connections.stochastic_depth import DROPPED, branch_overflows
from backends.torch.connections import branch


@deviates(
    "hides_the_branches_it_drops",
    where=branch_overflows, at_most=UNBOUNDED,
    because="a dropped branch is multiplied by 0, and 0 times infinity is NaN",
    witness=DROPPED,
    link="https://github.com/pytorch/vision/blob/main/torchvision/ops/stochastic_depth.py",
)  # fmt: skip
def stochastic_depth_block(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, kept: Any, *,
    rate: float = 0.5, mode: Literal["train", "eval"] = "train",
    scaling: Literal["train"] = "train",
) -> Any:  # fmt: skip
    del scaling
    through = branch(x, w1, b1, w2, b2)
    return x + (through if mode == "eval" else through * kept.to(x.dtype).div(1 - rate)[:, None])
