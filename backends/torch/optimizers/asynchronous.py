"""ACProp: torch.optim has none."""

from __future__ import annotations

from backends.binding import absent

acprop = absent("torch has no ACProp; its authors' code subclasses torch.optim.Optimizer.")
