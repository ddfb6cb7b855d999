"""Rectifiers of jax.nn and their composition."""

from __future__ import annotations

from typing import Any

import jax

from backends.binding import absent, subgradient


def identity(x: Any) -> Any:
    return jax.nn.identity(x)


@subgradient("left")
def relu(x: Any) -> Any:
    return jax.nn.relu(x)


@subgradient("right")
def leaky_relu(x: Any, *, negative_slope: float = 0.01) -> Any:
    return jax.nn.leaky_relu(x, negative_slope)


rrelu = absent(
    "jax.nn has no RReLU; in evaluation its users write jax.nn.leaky_relu(x, (lower + upper) / 2), "
    "in training jnp.where(x >= 0, x, a * x) with a drawn from U(lower, upper)"
)


def squared_relu(x: Any) -> Any:
    return jax.numpy.square(jax.nn.relu(x))
