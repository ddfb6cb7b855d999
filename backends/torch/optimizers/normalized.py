"""Optimizers that normalize a gradient first: torch.optim has none of them."""

from __future__ import annotations

from backends.binding import absent

adopt = absent("torch has no ADOPT; its authors' package subclasses torch.optim.Optimizer.")

novograd = absent("torch has no NovoGrad; packages subclass torch.optim.Optimizer for it.")
