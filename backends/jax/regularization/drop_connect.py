"""DropConnect: flax's Dropout, of the kernel that a dense layer is given."""

from __future__ import annotations

from typing import Any

import jax
from flax import nnx

from backends.jax.programs import untraceable
from backends.jax.regularization import IN_PYTHON


@untraceable(IN_PYTHON)
def drop_connect(seed: Any, weight: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    layer = nnx.Dropout(rate, deterministic=mode == "eval")
    return layer(weight, rngs=jax.random.key(seed))
