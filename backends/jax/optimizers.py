"""Optimizers of optax, each stepped from a given state."""

from __future__ import annotations

from typing import Any

import numpy as np
import optax

from backends.backend import Bound, deviates
from backends.optimizer_bounds import (
    ADAM_UNDERFLOW_IN_XLA,
    BIAS_CORRECTION,
    LOST_UPDATE,
    ZERO_BY_ZERO,
    next_moments,
    rounds_to_zero_in_xla,
    underflows,
)


def _stepped(
    optimizer: optax.GradientTransformation,
    grads: Any,
    state: Any,
    params: Any,
    names: dict[str, str],
) -> tuple[Any, Any]:
    """One step of an optax optimizer from this state, whose entries optax calls by these names."""
    given = {theirs: state[ours] for ours, theirs in names.items()}
    kept = optax.tree.set(optimizer.init(params), **given)
    updates, kept = optimizer.update(grads, kept, params)
    new = {ours: optax.tree.get(kept, theirs) for ours, theirs in names.items()}
    return optax.apply_updates(params, updates), new


_MOMENTS = {"step": "count", "first_moment": "mu", "second_moment": "nu"}


def _overflows(
    gradient: Any, first_moment: Any, second_moment: Any, taken: int, beta1: float, beta2: float,
    largest: float, entry: str,
) -> Any:  # fmt: skip
    _, second = next_moments(gradient, first_moment, second_moment, beta1, beta2)
    corrected = second / (1 - beta2 ** (taken + 1))
    return (entry == "params") & ((gradient**2 > largest) | (corrected > largest))


_STEP = "agrees_with_reference"
_FIRST = "takes_a_first_step_of_known_length"


@deviates(
    _STEP,
    where=lambda entry: entry == "params",
    at_most=BIAS_CORRECTION,
    because="optax forms 1 - beta^t in float32 (float64 with x64): it cancels in the first steps",
    witness={"taken": 1, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001},
    dtypes=("float64", "float32"),
)
@deviates(
    _STEP,
    _FIRST,
    where=underflows,
    at_most=ADAM_UNDERFLOW_IN_XLA,
    because="float16 moments underflow below gradients of 1e-3, and eps = 1e-8 is 0 in float16",
    witness={"gradient": 1e-4, "first_moment": 0.0, "second_moment": 0.0},
    dtypes=("float16",),
)
@deviates(
    _STEP,
    _FIRST,
    where=_overflows,
    at_most=LOST_UPDATE,
    because="g^2 or v / (1 - beta2^t) overflows in float16, and the parameter stands still",
    witness={"gradient": 300.0, "first_moment": 0.0, "second_moment": 0.0},
    dtypes=("float16",),
)
@deviates(
    _STEP,
    where=lambda entry, gradient, largest: (entry == "second_moment") & (gradient**2 > largest),
    at_most=Bound("inf: g^2 is rounded to float16 before it is weighted", lambda: np.inf),
    because="from gradients of 256 on, the second moment in float16 is infinite for good",
    witness={"gradient": 300.0, "first_moment": 0.0, "second_moment": 0.0},
    dtypes=("float16",),
)
@deviates(
    "rests_at_zero_gradient",
    where=rounds_to_zero_in_xla,
    at_most=ZERO_BY_ZERO,
    because="eps = 1e-8 is 0 in float16, and for a tensor of one number so is 1e-7, which XLA"
    " multiplies by 1 - beta1: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0},
    dtypes=("float16",),
)
def adam(
    grads: Any,
    state: Any,
    params: Any,
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: float = 0.0,
) -> Any:
    optimizer = optax.adam(learning_rate, beta1, beta2, eps, eps_root)
    return _stepped(optimizer, grads, state, params, _MOMENTS)
