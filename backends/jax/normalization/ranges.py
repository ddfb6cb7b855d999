"""Numbers brought to a range or to zero, of which jax.nn and flax have none."""

from __future__ import annotations

from backends.binding import absent

min_max_norm = absent("jax has none: its users write (x - x.min(0)) / (x.max(0) - x.min(0))")
hard_threshold = absent(
    "jax.nn has no hard threshold; its users write jnp.where(jnp.abs(x) > threshold, x, 0)"
)
soft_threshold = absent(
    "jax.nn has no soft threshold; its users write "
    "jnp.sign(x) * jax.nn.relu(jnp.abs(x) - threshold)"
)
