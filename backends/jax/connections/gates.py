"""Gated connections composed of flax.linen.Dense and jax.nn.sigmoid."""

from __future__ import annotations

from typing import Any

import jax

from backends.equations.connections.gates import open_excitation, open_highway
from backends.jax.connections import linear


@open_highway
def highway(x: Any, wh: Any, bh: Any, wt: Any, bt: Any) -> Any:
    t = jax.nn.sigmoid(linear(x, wt, bt))
    return t * jax.nn.relu(linear(x, wh, bh)) + (1 - t) * x


@open_excitation
def squeeze_excitation(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    squeezed = jax.nn.relu(linear(x.mean(2), w1, b1))
    return jax.nn.sigmoid(linear(squeezed, w2, b2))[..., None] * x
