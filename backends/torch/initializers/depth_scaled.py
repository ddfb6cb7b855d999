"""Initializers of residual branches: torch has none."""

from __future__ import annotations

from backends.binding import absent

fixup_normal = absent(
    "torch.nn.init has none: kaiming_normal_, then mul_(branches ** (-1 / (2 * layers - 2)))"
)

residual_normal = absent("torch.nn.init has none: normal_ with std=0.02 / sqrt(2 * blocks)")
