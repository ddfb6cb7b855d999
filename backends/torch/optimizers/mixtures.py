"""Kin of AdamW that mix two views of the past: torch.optim has none of them."""

from __future__ import annotations

from backends.binding import absent

ademamix = absent("torch has no AdEMAMix; its authors' code subclasses torch.optim.Optimizer.")

simplified_ademamix = absent(
    "torch has no simplified AdEMAMix; its authors' code subclasses torch.optim.Optimizer."
)
