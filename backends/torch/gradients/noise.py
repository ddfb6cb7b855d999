"""Noise: torch adds none to gradients."""

from __future__ import annotations

from backends.binding import absent

add_noise = absent(
    "torch has no gradient noise: its users add torch.randn_like(p.grad) * std to every .grad,"
    " with std = (eta / (1 + t) ** gamma) ** 0.5"
)
