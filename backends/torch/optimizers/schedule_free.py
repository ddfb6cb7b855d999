"""Schedule-free optimizers: torch.optim has none of them."""

from __future__ import annotations

from backends.binding import absent

_PACKAGE = "torch has no {}; its authors' package subclasses torch.optim.Optimizer."

schedule_free_sgd = absent(_PACKAGE.format("schedule-free descent"))
schedule_free_adamw = absent(_PACKAGE.format("schedule-free AdamW"))
