"""Layer-wise optimizers: torch.optim has none."""

from __future__ import annotations

from backends.binding import absent

lars = absent(
    "torch.optim has no LARS: users subclass Optimizer, or wrap SGD to scale its gradients first"
)
lamb = absent(
    "torch.optim has no LAMB: users subclass Optimizer, and take the direction that Adam takes"
)
fromage = absent("torch.optim has no Fromage: users subclass Optimizer")
