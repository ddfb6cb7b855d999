"""Normal, uniform and truncated weights, by torch.nn.init."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.nn import init

from backends.equations.initializers.wrapped_numbers import FROM_ZERO, keeps_its_end, wraps_its_end
from reference.initializers.plain import Deviation


def normal(seed: Any, weight: Any, *, std: Deviation = 1.0) -> Any:
    return init.normal_(weight, 0.0, std, _generator(seed, weight))


def small_normal(seed: Any, weight: Any) -> Any:
    return init.normal_(weight, std=0.01, generator=_generator(seed, weight))


@wraps_its_end(distinct=FROM_ZERO, bound=1.01122)
def uniform(
    seed: Any,
    weight: Any,
    *,
    bound: Deviation = 1.0,
    interval: Literal["symmetric", "from_zero"] = "from_zero",
) -> Any:
    low = -bound if interval == "symmetric" else 0.0
    return init.uniform_(weight, low, bound, _generator(seed, weight))


# With P(|Z| <= b) <= 0.3 it rejects uniform numbers, not normal ones.
@keeps_its_end
@wraps_its_end(where=lambda bound: bound < 0.386, bound=0.25, std=4.04488)
def truncated_normal(
    seed: Any,
    weight: Any,
    *,
    std: Deviation = 1.0,
    bound: float = 2.0,
    correction: Literal["none"] = "none",
) -> Any:
    del correction
    ends = (-bound * std, bound * std)
    return init.trunc_normal_(weight, 0.0, std, *ends, _generator(seed, weight))


def _generator(seed: Any, weight: Any) -> torch.Generator:
    return torch.Generator(weight.device).manual_seed(int(seed))
