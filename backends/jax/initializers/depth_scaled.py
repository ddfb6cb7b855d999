"""Initializers of residual branches: JAX has none."""

from __future__ import annotations

from backends.binding import absent

fixup_normal = absent(
    "jax.nn.initializers has none: variance_scaling with scale 2 * branches ** (-1 / (layers - 1))"
)

residual_normal = absent("jax.nn.initializers has none: normal(0.02 / sqrt(2 * blocks))")
