"""Constant weights, by jax.nn.initializers."""

from __future__ import annotations

from typing import Any

import jax
from jax.nn import initializers


def constant(seed: Any, weight: Any, *, value: float = 1.0) -> Any:
    return initializers.constant(value)(jax.random.key(seed), weight.shape, weight.dtype)


def zeros(seed: Any, weight: Any) -> Any:
    return initializers.zeros(jax.random.key(seed), weight.shape, weight.dtype)


def ones(seed: Any, weight: Any) -> Any:
    return initializers.ones(jax.random.key(seed), weight.shape, weight.dtype)
