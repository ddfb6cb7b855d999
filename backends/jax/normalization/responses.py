"""Normalization of responses, of which flax has none."""

from __future__ import annotations

from backends.binding import absent

local_response_norm = absent(
    "flax has none: its users sum squares over channels with jax.lax.reduce_window"
)
