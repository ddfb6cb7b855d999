"""He's and LeCun's initializers with a wrong standard deviation."""

from __future__ import annotations

import math
from typing import Any, Literal

from properties.mutants.initializers.drawing import misfilled, normal, uniform
from reference.fans import fans
from reference.numerics import Array

_WHOLE = {"layout": Literal["out_in"], "distribution": Literal["normal"]}
_PLAIN = {"layout": Literal["out_in"]}
_INPUTS = _WHOLE | {"mode": Literal["fan_in"]}


def _fan(weight: Array, p: Any) -> int:
    found: int = fans(weight.shape, "out_in")[p.mode == "fan_out"]
    return max(found, 1)


@misfilled(
    "initializers.he_normal",
    "A0 3.1.2 prints sqrt(2 / (n_i + n_o)) * sqrt(2): He's only where both fans are equal",
    offers=_INPUTS,
    blind_spot="structure",
)
def he_normal_adds_up_both_fans(seed: Any, weight: Any, p: Any) -> Any:
    total = sum(fans(weight.shape, "out_in"))
    slope = math.sqrt(1 + p.negative_slope**2)
    return normal(seed, weight, math.sqrt(2 / total) * math.sqrt(2) / slope)


@misfilled(
    "initializers.he_normal",
    "A3 4.3 takes the Xavier formula for He's, times another std=0.02",
    offers=_INPUTS,
    blind_spot="symmetry and defaults",
)
def he_normal_is_xaviers_times_two_percent(seed: Any, weight: Any, p: Any) -> Any:
    del p
    return normal(seed, weight, 0.02 * math.sqrt(2 / sum(fans(weight.shape, "out_in"))))


@misfilled(
    "initializers.he_normal",
    "common slip: a Dense kernel read as (out, in): the fans change places",
    offers=_WHOLE,
    blind_spot="structure",
)
def he_normal_swaps_its_fans(seed: Any, weight: Any, p: Any) -> Any:
    fan = fans(weight.shape, "out_in")[p.mode == "fan_in"]
    return normal(seed, weight, math.sqrt(2 / (1 + p.negative_slope**2) / max(fan, 1)))


@misfilled(
    "initializers.he_normal",
    "common slip: an argument that is accepted and not used",
    offers=_WHOLE | {"mode": Literal["fan_out"]},
    blind_spot="symmetry and defaults",
)
def he_normal_ignores_its_mode(seed: Any, weight: Any, p: Any) -> Any:
    fan = fans(weight.shape, "out_in")[0]
    return normal(seed, weight, math.sqrt(2 / (1 + p.negative_slope**2) / max(fan, 1)))


@misfilled(
    "initializers.he_normal",
    "JAX's he_normal under a leaky ReLU: the slope has no say",
    offers=_WHOLE,
    blind_spot="symmetry and defaults",
)
def he_normal_ignores_the_slope(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, math.sqrt(2 / _fan(weight, p)))


@misfilled(
    "initializers.he_normal",
    "common slip: 1 + a in place of 1 + a^2, equal for slopes 0 and 1",
    offers=_WHOLE,
    blind_spot="symmetry and defaults",
)
def he_normal_does_not_square_the_slope(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, math.sqrt(2 / (1 + p.negative_slope) / _fan(weight, p)))


@misfilled(
    "initializers.he_normal",
    "common slip: the 2 of ReLU's lost half left out, LeCun's rule",
    offers=_WHOLE,
)
def he_normal_forgets_the_half_that_relu_drops(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, math.sqrt(1 / (1 + p.negative_slope**2) / _fan(weight, p)))


@misfilled(
    "initializers.he_uniform",
    "common slip: the standard deviation taken as the bound, without sqrt(3)",
    offers=_PLAIN,
)
def he_uniform_ends_at_one_deviation(seed: Any, weight: Any, p: Any) -> Any:
    bound = math.sqrt(2 / (1 + p.negative_slope**2) / _fan(weight, p))
    return uniform(seed, weight, -bound, bound)


@misfilled(
    "initializers.he_uniform",
    "common slip: rand(shape) * bound, all weights positive",
    offers=_PLAIN,
)
def he_uniform_draws_from_zero_on(seed: Any, weight: Any, p: Any) -> Any:
    bound = math.sqrt(6 / (1 + p.negative_slope**2) / _fan(weight, p))
    return uniform(seed, weight, 0.0, bound)


@misfilled(
    "initializers.he_uniform",
    "torch's Linear and Conv: kaiming_uniform_ with a=sqrt(5), taken for He's",
    offers=_PLAIN,
    blind_spot="symmetry and defaults",
)
def he_uniform_takes_the_slope_of_torchs_layers(seed: Any, weight: Any, p: Any) -> Any:
    bound = 1 / math.sqrt(_fan(weight, p))
    return uniform(seed, weight, -bound, bound)


@misfilled(
    "initializers.lecun_normal",
    "common slip: x @ W read as W @ x, divided by the outputs",
    offers=_WHOLE,
    blind_spot="structure",
)
def lecun_normal_divides_by_the_outputs(seed: Any, weight: Any, p: Any) -> Any:
    del p
    return normal(seed, weight, 1 / math.sqrt(max(fans(weight.shape, "out_in")[1], 1)))


@misfilled(
    "initializers.lecun_normal",
    'torch\'s nonlinearity="selu", a gain of 3/4, in place of "linear": torch\'s own warning',
    offers=_WHOLE,
    on="torch",
)
def lecun_normal_takes_torchs_gain_for_selu(seed: Any, weight: Any, p: Any) -> Any:
    import torch

    del p
    generator = torch.Generator().manual_seed(int(seed))
    return torch.nn.init.kaiming_normal_(weight, nonlinearity="selu", generator=generator)


@misfilled(
    "initializers.lecun_uniform",
    "the bound 1 / sqrt(fan_in) of torch's Linear: a third of the variance",
    offers=_PLAIN,
)
def lecun_uniform_takes_the_bound_of_torchs_linear(seed: Any, weight: Any, p: Any) -> Any:
    del p
    bound = 1 / math.sqrt(max(fans(weight.shape, "out_in")[0], 1))
    return uniform(seed, weight, -bound, bound)
