"""Dual averaging: torch.optim has none."""

from __future__ import annotations

from backends.binding import absent

madgrad = absent("torch has no MADGRAD; its authors' package subclasses torch.optim.Optimizer.")
