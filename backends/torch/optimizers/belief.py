"""Kin of Adam with another second moment: torch.optim has none of them."""

from __future__ import annotations

from backends.binding import absent

adabelief = absent("torch has no AdaBelief; packages subclass torch.optim.Optimizer for it.")

yogi = absent("torch has no Yogi; packages subclass torch.optim.Optimizer for it.")
