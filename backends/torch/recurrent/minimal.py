"""Minimal gated units: torch.nn has none."""

from __future__ import annotations

from backends.binding import absent

mgu = absent("torch.nn has no minimal gated unit; compose it of linear, sigmoid and tanh")
