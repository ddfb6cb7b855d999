"""Optimizers that precondition a matrix from both sides: optax has none of them."""

from __future__ import annotations

from backends.binding import absent

shampoo = absent(
    "optax has no Shampoo, only the root that one is composed of, optax.matrix_inverse_pth_root"
)
