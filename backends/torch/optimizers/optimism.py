"""Optimistic optimizers: torch.optim has none of them."""

from __future__ import annotations

from backends.binding import absent

optimistic_gradient_descent = absent(
    "torch has no optimistic descent; users add the gradient's change to w.grad before"
    " torch.optim.SGD steps"
)

optimistic_adam = absent(
    "torch has no optimistic Adam; code for GANs subclasses torch.optim.Optimizer."
)
