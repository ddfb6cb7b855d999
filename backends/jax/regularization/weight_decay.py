"""Weight decay, by optax: a mask says which parameters decay."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax

from backends.binding import Bound, deviates
from backends.equations.regularization.penalties import EPS_IS_ZERO, NO_STEP


def _mask(decayed: str) -> Any:
    """Which parameters decay, as a function of their tree."""
    return lambda params: jax.tree.map(lambda w: decayed == "all" or w.ndim > 1, params)


def _infinite(param: Any) -> Any:
    return np.isinf(param)


def _stepped(chain: Any, params: Any, grads: Any, steps: int = 1) -> Any:
    """Parameters after steps of a chain of transformations, with the same gradients in each."""
    state = chain.init(params)
    for _ in range(steps):
        updates, state = chain.update(grads, state, params)
        params = optax.apply_updates(params, updates)
    return params


def coupled_weight_decay(
    params: Any, grads: Any, *, learning_rate: float = 0.125, weight_decay: float = 0.0,
    decayed: str = "all",
) -> Any:  # fmt: skip
    decay = optax.add_decayed_weights(weight_decay, _mask(decayed))
    return _stepped(optax.chain(decay, optax.sgd(learning_rate)), params, grads)


@deviates(
    "agrees_with_reference", "agrees_at_extreme_sizes", "decays_by_its_share",
    where=lambda: True, at_most=NO_STEP, because=EPS_IS_ZERO, witness={"params": 1.0},
    dtypes=("float16",),
)  # fmt: skip
@deviates(
    "agrees_at_extreme_sizes",
    where=_infinite, at_most=Bound("NaN in place of inf", lambda: np.inf),
    because="optax subtracts a k w from w: inf - inf",
    witness={"params": np.inf}, dtypes=("float64", "float32", "bfloat16"),
)  # fmt: skip
def decoupled_weight_decay(
    params: Any, *, learning_rate: float = 0.125, weight_decay: float = 1e-4, decayed: str = "all",
    steps: int = 1,
) -> Any:  # fmt: skip
    chain = optax.adamw(learning_rate, weight_decay=weight_decay, mask=_mask(decayed))
    return _stepped(chain, params, optax.tree.zeros_like(params), steps)
