"""Functions of the step: optax calls any of them a schedule, and has none of these."""

from __future__ import annotations

from backends.binding import absent

share_of_the_base_rate = absent(
    "optax needs none: any function of the step is a schedule, lambda t: r * s(t)"
)
product_of_factors = absent(
    "optax has none: write the product as a function of the step, r * jnp.cumprod(factors)[t], say"
)
anneal_for_averaging = absent(
    "optax has none by this name: cosine_decay_schedule(r, T, alpha=f) or linear_schedule(r, f * r,"
    " T) go to a constant rate (schedules.cosine, schedules.linear)"
)
