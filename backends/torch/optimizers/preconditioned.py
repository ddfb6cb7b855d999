"""Optimizers that precondition a matrix from both sides: torch.optim has none of them."""

from __future__ import annotations

from backends.binding import absent

shampoo = absent(
    "torch.optim has no Shampoo; packages subclass torch.optim.Optimizer and take the roots by"
    " torch.linalg.eigh"
)
