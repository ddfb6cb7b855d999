"""Shrinkage, of which jax.nn has none."""

from __future__ import annotations

from backends.binding import absent

threshold = absent("jax.nn has no threshold; its users write jnp.where(x > threshold, x, value)")
soft_shrink = absent(
    "jax.nn has no soft shrinkage; its users write "
    "jnp.sign(x) * jax.nn.relu(jnp.abs(x) - threshold)"
)
hard_shrink = absent(
    "jax.nn has no hard shrinkage; its users write jnp.where(jnp.abs(x) > threshold, x, 0)"
)
tanh_shrink = absent("jax.nn has no tanh shrinkage; its users write x - jnp.tanh(x)")
