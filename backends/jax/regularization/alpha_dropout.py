"""Alpha dropout: nothing of JAX's."""

from __future__ import annotations

from backends.binding import absent

_COMPOSED = (
    "neither jax nor flax has it: users compose a * jnp.where(m, x, l) + b,"
    " m = jax.random.bernoulli(key, 1 - p, {shape})"
)

alpha_dropout = absent(_COMPOSED.format(shape="x.shape"))

feature_alpha_dropout = absent(_COMPOSED.format(shape="x.shape[:2] + (1, ...)"))
