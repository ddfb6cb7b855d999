"""Hard activations of jax.nn."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import numpy as np

from backends.binding import Bound, deviates, subgradient
from backends.equations import DEAD, UNBOUNDED
from reference.technique import Between


def _rounds_to_six(x: Any, u: float) -> Any:
    """x < 3 and fl(x + 3) = 6: numbers below 6 are 8 u apart, and the tie goes to 6."""
    return (x >= 3 - 4 * u) & (x < 3)


def _rounds_to_two(x: Any, u: float) -> Any:
    """fl(x + 1) = 2: numbers are 2 u apart below 2 and 4 u above, and ties go to 2."""
    return (x >= 1 - u) & (x <= 1 + 2 * u)


_BELOW_THREE = {
    "float64": {"x": 3 - 2.0**-51},
    "float32": {"x": 3 - 2.0**-22},
    "bfloat16": {"x": 3 - 2.0**-6},
    "float16": {"x": 3 - 2.0**-9},
}


@subgradient("lower")
def relu6(x: Any) -> Any:
    return jax.nn.relu6(x)


@subgradient("upper")
def hard_tanh(
    x: Any,
    *,
    low: Annotated[float, Between(-1.0, -1.0)] = -1.0,
    high: Annotated[float, Between(1.0, 1.0)] = 1.0,
) -> Any:
    del low, high  # jax.nn.hard_tanh is fixed at these
    return jax.nn.hard_tanh(x)


@deviates(
    "derivative_agrees",
    "keeps_gradient_alive",
    where=_rounds_to_six,
    at_most=DEAD,
    because="the kink is sought at fl(x + 3) = 6, which the number below 3 rounds to",
    witness=_BELOW_THREE,
)
@subgradient("lower")
def hard_sigmoid(x: Any) -> Any:
    return jax.nn.hard_sigmoid(x)


@deviates(
    "derivative_agrees",
    where=_rounds_to_six,
    at_most=Bound("|error| = 3/2 - 1: the slope beyond the kink", lambda: 0.5),
    because="the kink is sought at fl(x + 3) = 6, which the number below 3 rounds to",
    witness=_BELOW_THREE,
)
@deviates(
    "second_derivative_agrees",
    where=_rounds_to_six,
    at_most=DEAD,
    because="the kink is sought at fl(x + 3) = 6, which the number below 3 rounds to",
    witness=_BELOW_THREE,
)
@deviates(
    "reaches_its_limits",
    where=lambda x: x == -np.inf,
    at_most=UNBOUNDED,
    because="at -inf the gate is 0, and -inf * 0 is NaN",
    witness={"x": float("-inf")},
)
@subgradient("outer")
def hard_swish(x: Any) -> Any:
    return jax.nn.hard_swish(x)


@deviates(
    "derivative_agrees",
    where=lambda x, largest: np.abs(x) > largest / 2,
    at_most=UNBOUNDED,
    because="where() multiplies the unused parabola's slope 2 (x + 1) / 4 by 0: inf * 0 is NaN",
    witness={
        "float64": {"x": 1.7e308},
        "float32": {"x": 3e38},
        "bfloat16": {"x": 3e38},
        "float16": {"x": 6e4},
    },
)
@deviates(
    "keeps_gradient_alive",
    where=lambda x, largest: np.abs(x) > largest / 2,
    at_most=UNBOUNDED,
    because="where() multiplies the unused parabola's slope 2 (x + 1) / 4 by 0: inf * 0 is NaN",
    witness={"float16": {"x": 6e4}},
)  # fmt: skip
def sparse_plus(x: Any) -> Any:
    return jax.nn.sparse_plus(x)


@deviates(
    "derivative_agrees",
    where=_rounds_to_two,
    at_most=Bound("|error| = 1/4: the mean of the slopes", lambda: 0.25),
    because="the kink is sought at fl(x + 1) = 2, which the numbers next to 1 round to",
    witness={
        "float64": {"x": 1 - 2.0**-53}, "float32": {"x": 1 - 2.0**-24},
        "bfloat16": {"x": 1 - 2.0**-8}, "float16": {"x": 1 - 2.0**-11},
    },
)  # fmt: skip
@subgradient("middle")
def sparse_sigmoid(x: Any) -> Any:
    return jax.nn.sparse_sigmoid(x)
