"""Optimizers without a rate to tune: torch.optim has none of them."""

from __future__ import annotations

from backends.binding import absent

dog = absent("torch has no DoG; its authors' package subclasses torch.optim.Optimizer.")
dowg = absent("torch has no DoWG; its authors' code subclasses torch.optim.Optimizer.")
