"""Self-gated activations of jax.nn."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from backends.binding import deviates
from backends.equations import DEAD, UNBOUNDED
from backends.equations.activations.gates import (
    complement_of_logistic,
    complement_of_square,
    undefined_at_minus_infinity,
)

_OVERFLOW = "exp(-x) overflows and the gate becomes 0, while x times it is still a normal number"
_FLUSHED = "the gate is subnormal and flushed to 0, while b x times it is still a normal number"
_COMPLEMENT = "the derivative of the logistic is s (1 - s), which cancels where s is next to 1"
_SQUARE = "the derivative of tanh is formed as (1 + t) (1 - t), which cancels where t is next to 1"


@undefined_at_minus_infinity("x * sigmoid(x)")
@deviates(
    "agrees_with_reference", "derivative_agrees", "second_derivative_agrees",
    "keeps_gradient_alive",
    where=lambda x, largest: x <= -np.log(largest), at_most=DEAD, because=_OVERFLOW,
    witness={"x": -11.125}, dtypes=("float16",),
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
    return jax.nn.silu(x)


@undefined_at_minus_infinity("x * sigmoid(beta x)")
@deviates(
    "agrees_with_reference", "derivative_agrees", "second_derivative_agrees",
    "keeps_gradient_alive",
    where=lambda x, beta, u, largest: beta * x * (1 + u) <= -np.log(largest), at_most=DEAD,
    because=_OVERFLOW,
    witness={"x": -11.125}, dtypes=("float16",),
)  # fmt: skip
@deviates(
    "derivative_agrees", "second_derivative_agrees", "keeps_gradient_alive",
    where=lambda x, beta, tiny: beta * x < np.log(tiny), at_most=DEAD, because=_FLUSHED,
    witness={"float64": {"x": -44.3125, "beta": 16.0}, "float32": {"x": -5.5, "beta": 16.0}},
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
    where=lambda x, beta, largest: np.abs(beta * x) > largest, at_most=UNBOUNDED,
    because="beta x overflows, and infinity meets the 0 of 1 - s or of s",
    witness={
        "float64": {"x": 1.7e308, "beta": 16.0}, "float32": {"x": 3e38, "beta": 16.0},
        "bfloat16": {"x": 3e38, "beta": 16.0}, "float16": {"x": 6e4, "beta": 16.0},
    },
)  # fmt: skip
def swish(x: Any, *, beta: float = 1.0) -> Any:
    return x * jax.nn.sigmoid(beta * x)


# XLA's own tanh is 1 - 7 u for float64 arguments short of 20, and 1 - 4 u for float32 ones short
# of 8, where it jumps to 1; 16-bit formats round it to within u.
@undefined_at_minus_infinity("x * tanh(softplus(x))")
@deviates(
    "derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_square(1, 7), because=_SQUARE,
    witness={"float64": {"x": 19.5}, "float32": {"x": 8.0}},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_square(2, 7), because=_SQUARE,
    witness={"x": 9.5}, dtypes=("float64", "float32"),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_square(2, 2), because=_SQUARE,
    witness={"x": 4.5}, dtypes=("bfloat16", "float16"),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, largest: 2 * x > largest, at_most=UNBOUNDED,
    because="2 x, from the derivative of (1 + t) (1 - t) x, overflows and meets 1 - t = 0",
    witness={
        "float64": {"x": 1.7e308}, "float32": {"x": 3e38}, "bfloat16": {"x": 3e38},
        "float16": {"x": 6e4},
    },
)  # fmt: skip
def mish(x: Any) -> Any:
    return jax.nn.mish(x)
