"""Stochastic depth: the branch is selected, not multiplied, as flax's Dropout does it."""

from __future__ import annotations

from typing import Any, Literal

from jax import numpy as jnp

from backends.jax.connections import branch


def stochastic_depth_block(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, kept: Any, *,
    rate: float = 0.5, mode: Literal["train", "eval"] = "train",
    scaling: Literal["train"] = "train",
) -> Any:  # fmt: skip
    del scaling
    through = branch(x, w1, b1, w2, b2)
    return x + (through if mode == "eval" else jnp.where(kept[:, None], through / (1 - rate), 0))
