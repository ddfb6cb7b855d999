"""torch.optim has no optimizer that divides by the Hessian's diagonal."""

from __future__ import annotations

from backends.binding import absent

sophia = absent(
    "torch.optim has no Sophia: users subclass Optimizer, and estimate the diagonal with"
    " torch.func.jvp of torch.func.grad along random signs"
)
