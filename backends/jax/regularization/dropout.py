"""Dropout, of flax.linen: one layer, that shares its mask along the axes it is told."""

from __future__ import annotations

from typing import Any

import jax
from flax import linen

from backends.jax.programs import untraceable
from backends.jax.regularization import IN_PYTHON


def _dropped(seed: Any, x: Any, rate: float, mode: str, shared: Any = ()) -> Any:
    layer = linen.Dropout(rate, broadcast_dims=tuple(shared), deterministic=mode == "eval")
    return layer.apply({}, x, rngs={"dropout": jax.random.key(seed)})


@untraceable(IN_PYTHON)
def dropout(seed: Any, x: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    return _dropped(seed, x, rate, mode)


@untraceable(IN_PYTHON)
def spatial_dropout(seed: Any, x: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    return _dropped(seed, x, rate, mode, range(2, x.ndim))


@untraceable(IN_PYTHON)
def variational_dropout(seed: Any, x: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    return _dropped(seed, x, rate, mode, (1,))


@untraceable(IN_PYTHON)
def stochastic_depth(seed: Any, x: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    return _dropped(seed, x, rate, mode, range(1, x.ndim))
