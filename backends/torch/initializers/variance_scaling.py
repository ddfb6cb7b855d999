"""Variance scaling, by torch.nn.init."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.nn import init

from reference.initializers.variance_scaling import Gain


def glorot_normal(
    seed: Any,
    weight: Any,
    *,
    gain: Gain = 1.0,
    layout: Literal["out_in"] = "out_in",
    distribution: Literal["normal"] = "normal",
) -> Any:
    del layout, distribution
    return init.xavier_normal_(weight, gain, _generator(seed, weight))


def _generator(seed: Any, weight: Any) -> torch.Generator:
    return torch.Generator(weight.device).manual_seed(int(seed))
