"""He's and LeCun's initializers, by torch.nn.init."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.nn import init

from backends.equations.initializers.wrapped_numbers import wraps_its_end
from reference.initializers.single_fan import Mode, Slope


def he_normal(
    seed: Any,
    weight: Any,
    *,
    negative_slope: Slope = 0.0,
    mode: Mode = "fan_in",
    layout: Literal["out_in"] = "out_in",
    distribution: Literal["normal"] = "normal",
) -> Any:
    del layout, distribution
    source = _generator(seed, weight)
    return init.kaiming_normal_(weight, negative_slope, mode, generator=source)


@wraps_its_end(negative_slope=0.733599)
def he_uniform(
    seed: Any,
    weight: Any,
    *,
    negative_slope: Slope = 0.0,
    mode: Mode = "fan_in",
    layout: Literal["out_in"] = "out_in",
) -> Any:
    del layout
    source = _generator(seed, weight)
    return init.kaiming_uniform_(weight, negative_slope, mode, generator=source)


def lecun_normal(
    seed: Any,
    weight: Any,
    *,
    layout: Literal["out_in"] = "out_in",
    distribution: Literal["normal"] = "normal",
) -> Any:
    del layout, distribution
    source = _generator(seed, weight)
    return init.kaiming_normal_(weight, nonlinearity="linear", generator=source)


@wraps_its_end(shape=(4, 769_083))
def lecun_uniform(seed: Any, weight: Any, *, layout: Literal["out_in"] = "out_in") -> Any:
    del layout
    source = _generator(seed, weight)
    return init.kaiming_uniform_(weight, nonlinearity="linear", generator=source)


def _generator(seed: Any, weight: Any) -> torch.Generator:
    return torch.Generator(weight.device).manual_seed(int(seed))
