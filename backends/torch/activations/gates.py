"""Self-gated activations of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import Bound, deviates
from backends.equations import DEAD, UNBOUNDED
from backends.equations.activations.gates import (
    complement_of_logistic,
    complement_of_square,
    overflowing_gate,
    undefined_at_minus_infinity,
)

_ISSUE = "https://github.com/pytorch/pytorch/issues/160876"
_OVERFLOW = "exp(-x) overflows and the gate becomes 0, while x times it is still a normal number"
_COMPLEMENT = "autograd forms 1 - s(x), which cancels where s(x) is next to 1"

# A gate rounded to a subnormal number is off by half of the smallest one, 2 u tiny; |x| times that.
_SUBNORMAL = Bound(
    "|error| <= allowed + |x| u tiny: s(x) is subnormal before x multiplies it",
    lambda x, u, tiny, allowed: allowed + np.abs(x) * u * tiny,
)


@undefined_at_minus_infinity("x / (1 + exp(-x))", _ISSUE)
@deviates(
    "agrees_with_reference", "derivative_agrees", "second_derivative_agrees",
    "keeps_gradient_alive",
    where=lambda x, largest: x <= -np.log(largest), at_most=DEAD, because=_OVERFLOW,
    witness={"float64": {"x": -710.0}, "float32": {"x": -89.0}},
)  # fmt: skip
@deviates(
    "derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_logistic(1, 1.0), because=_COMPLEMENT,
    witness={"x": 36.75}, dtypes=("float64",),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_logistic(2, 1.0), because=_COMPLEMENT,
    witness={"x": 12.0},
)  # fmt: skip
def silu(x: Any) -> Any:
    return functional.silu(x)


@undefined_at_minus_infinity("x * sigmoid(beta x)")
@deviates(
    "agrees_with_reference", "derivative_agrees", "second_derivative_agrees",
    "keeps_gradient_alive",
    where=lambda x, beta, u, largest: beta * x * (1 + u) <= -np.log(largest), at_most=DEAD,
    because=_OVERFLOW,
    witness={"float64": {"x": -710.0}, "float32": {"x": -89.0}},
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x, beta, tiny: beta * x < np.log(tiny), at_most=_SUBNORMAL,
    because="sigmoid rounds to float16 before the product with x", witness={"x": -17.34375},
    dtypes=("float16",),
)  # fmt: skip
@deviates(
    "derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_logistic(1, None), because=_COMPLEMENT,
    witness={"x": 36.75}, dtypes=("float64",),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_logistic(2, None), because=_COMPLEMENT,
    witness={"x": 12.0},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, beta, tiny: beta * x < np.log(tiny),
    at_most=Bound(
        "|error| <= 2 u tiny b (3 + |b x|): the factors of y'' are subnormal, one by one",
        lambda x, beta, u, tiny: 2 * u * tiny * beta * (3 + np.abs(beta * x)),
    ),
    because="autograd rounds each factor of y'' to float16", dtypes=("float16",),
    witness={"x": -1.083984375, "beta": 16.0},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, beta, largest: np.abs(beta * x) > largest, at_most=UNBOUNDED,
    because="beta x overflows, and infinity meets the 0 of 1 - s or of s",
    witness={
        "float64": {"x": 1.7e308, "beta": 16.0}, "float32": {"x": 3e38, "beta": 16.0},
        "bfloat16": {"x": 3e38, "beta": 16.0}, "float16": {"x": 6e4, "beta": 16.0},
    },
)  # fmt: skip
def swish(x: Any, *, beta: float = 1.0) -> Any:
    return x * functional.sigmoid(beta * x)


@undefined_at_minus_infinity("x * tanh(softplus(x))")
@deviates(
    "agrees_with_reference",
    where=lambda x, tiny: x < np.log(tiny),
    at_most=Bound(
        "|error| <= allowed + 4 u tiny |x|: exp(x) is subnormal, and off by one of 2 u tiny, when "
        "log1p takes it, and so is the tanh when x multiplies it",
        lambda x, u, tiny, allowed: allowed + 4 * u * tiny * np.abs(x),
    ),
    because="tanh(log1p(exp(x))) is subnormal before the product with x",
    witness={"float64": {"x": -736.0}, "float32": {"x": -102.3125}},
)  # fmt: skip
@deviates(
    "derivative_agrees", "keeps_gradient_alive",
    where=lambda x, largest: x <= -np.log(largest), at_most=overflowing_gate(1),
    because=f"{_OVERFLOW}: of y' = g + x g' the first term alone is left, with the wrong sign",
    witness={"float64": {"x": -710.0}, "float32": {"x": -89.0}},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, largest: x <= -np.log(largest), at_most=overflowing_gate(2),
    because=f"{_OVERFLOW}: the terms with the gate are missing",
    witness={"float64": {"x": -710.0}, "float32": {"x": -89.0}},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_square(2, 2),
    because="autograd forms 1 - tanh^2, which cancels where tanh(softplus(x)) is next to 1",
    witness={"x": 5.0},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, largest: x > np.log(largest), at_most=UNBOUNDED,
    because="autograd goes through exp(x).log1p(): exp(x) overflows, and infinity times 1 / "
    "infinity is NaN, from x = 88.8 in float32 and 11.1 in float16",
    witness={
        "float64": {"x": 710.0}, "float32": {"x": 89.0}, "bfloat16": {"x": 89.0},
        "float16": {"x": 12.0},
    },
)  # fmt: skip
@deviates(
    "has_a_continuous_second_derivative",
    where=lambda x, largest: x > np.log(largest), at_most=UNBOUNDED,
    because="the second derivative is NaN where exp(x) overflows", witness={"x": 20.0},
    dtypes=("float16",),
)  # fmt: skip
def mish(x: Any) -> Any:
    return functional.mish(x)
