"""Gaussian error linear units of jax.nn."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from scipy import special

from backends.binding import Bound, deviates
from backends.equations import DEAD, UNBOUNDED
from backends.equations.activations.gates import (
    complement_of_logistic,
    complement_of_tanh,
    tanh_slope,
    undefined_at_minus_infinity,
)

_OVERFLOW = "exp(-v) overflows and the gate becomes 0, while x times it is still a normal number"
_FLUSHED = "the gate is subnormal and flushed to 0, while 1.702 x times it is still a normal number"
_COMPLEMENT = "the derivative of the logistic is s (1 - s), which cancels where s is next to 1"
_TANH = (
    "1 + tanh and its derivative (1 + tanh) (1 - tanh) cancel where tanh is next to -1 or 1; XLA's "
    "tanh is 1 - 7 u for float64 arguments short of 20, and 1 from 7.9 in float32"
)
_CUBE = "x**3 is differentiated as 3 x^2, which overflows, and infinity times 1 - tanh = 0 is NaN"


@undefined_at_minus_infinity("x / 2 * erfc(-x / sqrt(2))")
@deviates(
    "derivative_agrees",
    where=lambda x, tiny: special.ndtr(x) < tiny,
    at_most=Bound(
        "|error| <= allowed + tiny: P(x) < tiny is missing", lambda tiny, allowed: allowed + tiny
    ),
    because="erfc is subnormal and flushed to 0, while x p(x) is still a normal number",
    witness={"float64": {"x": -37.53125}, "float32": {"x": -12.96875}},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, tiny: np.exp(-x * x / 2) < tiny, at_most=DEAD,
    because="exp(-x^2 / 2) is subnormal and flushed to 0, while x^2 times it is a normal number",
    witness={"float64": {"x": -37.65625}, "float32": {"x": -13.25}},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, u, largest: np.sqrt(2) * np.abs(x) * (1 + u) > largest, at_most=UNBOUNDED,
    because="sqrt(2) x, the derivative of x^2 / 2 = (x / sqrt(2))^2, overflows, and infinity times "
    "a density of 0 is NaN",
    witness={
        "float64": {"x": 1.7e308}, "float32": {"x": 3e38}, "bfloat16": {"x": 3e38},
        "float16": {"x": 6e4},
    },
)  # fmt: skip
def gelu(x: Any) -> Any:
    return jax.nn.gelu(x, approximate=False)


@undefined_at_minus_infinity("x / 2 * (1 + tanh)")
@deviates(
    "agrees_with_reference",
    where=lambda x: x < 0, at_most=complement_of_tanh(0, 7), because=_TANH,
    witness={"float64": {"x": -7.25}, "float32": {"x": -4.875}},
)  # fmt: skip
@deviates(
    "derivative_agrees", "keeps_gradient_alive",
    where=lambda x: np.abs(x) > 0.5, at_most=complement_of_tanh(1, 7), because=_TANH,
    witness={"float64": {"x": -7.375}, "float32": {"x": -4.875}},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) > 0.5, at_most=complement_of_tanh(2, 7), because=_TANH,
    witness={"float64": {"x": -7.25}, "float32": {"x": -4.875}},
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x: x < 0, at_most=complement_of_tanh(0, 2), because=_TANH,
    witness={"x": -3.625}, dtypes=("bfloat16", "float16"),
)  # fmt: skip
@deviates(
    "derivative_agrees", "keeps_gradient_alive",
    where=lambda x: np.abs(x) > 0.5, at_most=complement_of_tanh(1, 2), because=_TANH,
    witness={"x": -3.625}, dtypes=("bfloat16", "float16"),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) > 0.5, at_most=complement_of_tanh(2, 2), because=_TANH,
    witness={"x": -3.75}, dtypes=("bfloat16", "float16"),
)  # fmt: skip
@deviates(
    "derivative_agrees", "keeps_gradient_alive",
    where=lambda x, u, largest: 3 * x * x * (1 + 4 * u) > largest, at_most=UNBOUNDED,
    because=_CUBE,
    witness={
        "float64": {"x": 1e200}, "float32": {"x": 1e30}, "bfloat16": {"x": 1e30},
        "float16": {"x": 1000.0},
    },
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, u, largest: (1 + (x < 0)) * np.abs(x) * tanh_slope(x) * (1 + 8 * u) > largest,
    at_most=UNBOUNDED, because=f"{_CUBE}; so is x w', of the size of x^3, and twice it for x < 0",
    witness={
        "float64": {"x": 1e200}, "float32": {"x": 1e30}, "bfloat16": {"x": 1e30},
        "float16": {"x": 1000.0},
    },
)  # fmt: skip
@deviates(
    "has_a_continuous_second_derivative",
    where=lambda x: np.abs(x) > 0.5,
    at_most=Bound(
        "|error| <= allowed + 14 u (2 w' + |x| w'' + 2 |x| w'^2): that of the second derivative on "
        "either side",
        lambda x, u, tiny, allowed: allowed + 2 * complement_of_tanh(2, 7).size(x, u, tiny, 0.0),
    ),
    because=_TANH, witness={"x": -3.0}, dtypes=("float32",),
)  # fmt: skip
def gelu_tanh(x: Any) -> Any:
    return jax.nn.gelu(x, approximate=True)


@undefined_at_minus_infinity("x * sigmoid(1.702 x)")
@deviates(
    "agrees_with_reference", "derivative_agrees", "second_derivative_agrees",
    "keeps_gradient_alive",
    where=lambda x, u, largest: 1.702 * x * (1 + 2 * u) <= -np.log(largest), at_most=DEAD,
    because=_OVERFLOW,
    witness={"x": -6.53125}, dtypes=("float16",),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, tiny: 1.702 * x < np.log(tiny), at_most=DEAD, because=_FLUSHED,
    witness={"float64": {"x": -416.3125}, "float32": {"x": -51.4375}},
)  # fmt: skip
@deviates(
    "derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_logistic(1, 1.702), because=_COMPLEMENT,
    witness={"x": 21.5625}, dtypes=("float64",),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_logistic(2, 1.702), because=_COMPLEMENT,
    witness={"x": 7.0},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, largest: 1.702 * np.abs(x) > largest, at_most=UNBOUNDED,
    because="1.702 x overflows, and infinity meets the 0 of 1 - s or of s",
    witness={
        "float64": {"x": 1.7e308}, "float32": {"x": 3e38}, "bfloat16": {"x": 3e38},
        "float16": {"x": 6e4},
    },
)  # fmt: skip
def quick_gelu(x: Any) -> Any:
    return x * jax.nn.sigmoid(1.702 * x)
