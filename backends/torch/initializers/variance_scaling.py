"""Variance scaling, by torch.nn.init."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.nn import init

from backends.binding import absent
from backends.equations.initializers.wrapped_numbers import wraps_its_end
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


@wraps_its_end(gain=0.806311)
def glorot_uniform(
    seed: Any, weight: Any, *, gain: Gain = 1.0, layout: Literal["out_in"] = "out_in"
) -> Any:
    del layout
    return init.xavier_uniform_(weight, gain, _generator(seed, weight))


variance_scaling = absent(
    "torch.nn.init has no initializer with a free scale, mode and distribution: xavier_* has "
    "fan_avg, kaiming_* fan_in and fan_out; their result is multiplied by sqrt(scale)"
)


def _generator(seed: Any, weight: Any) -> torch.Generator:
    return torch.Generator(weight.device).manual_seed(int(seed))
