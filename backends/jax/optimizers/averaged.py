"""Averaged gradient descent: optax has none as an optimizer."""

from __future__ import annotations

from backends.binding import absent

asgd = absent(
    "optax has no ASGD; users average parameters beside optax.sgd, with optax.incremental_update"
)
