"""Optimizers that follow signs: torch.optim has none of them."""

from __future__ import annotations

from backends.binding import absent

sign_sgd = absent(
    "torch.optim has no sign descent; users take w.grad.sign_() before torch.optim.SGD steps"
)

signum = absent(
    "torch.optim has no Signum; users keep a mean of gradients and hand torch.optim.SGD its sign"
)
