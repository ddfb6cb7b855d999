"""Weight decay, by torch.optim: one group of parameters that decays, one that does not."""

from __future__ import annotations

from typing import Any

import torch

from backends.binding import deviates
from backends.equations.regularization.penalties import EPS_IS_ZERO, NO_STEP


def _groups(params: Any, decayed: str) -> list[dict[str, Any]]:
    """Two groups of parameters: those that decay, and those that do not."""
    decays = [decayed == "all" or w.dim() > 1 for w in params]
    kept = [w for w, d in zip(params, decays, strict=True) if not d]
    moved = [w for w, d in zip(params, decays, strict=True) if d]
    return [{"params": moved}, {"params": kept, "weight_decay": 0.0}]


def _stepped(optimizer: Any, params: Any, grads: Any, decayed: str, steps: int = 1) -> Any:
    """Copies of the parameters after steps of an optimizer, with the same gradients in each."""
    owners = [w.clone() for w in params]
    for owner, g in zip(owners, grads, strict=True):
        owner.grad = g.clone()
    running = optimizer(_groups(owners, decayed))
    for _ in range(steps):
        running.step()
    return owners


def coupled_weight_decay(
    params: Any, grads: Any, *, learning_rate: float = 1e-3, weight_decay: float = 0.0,
    decayed: str = "all",
) -> Any:  # fmt: skip
    return _stepped(
        lambda groups: torch.optim.SGD(groups, learning_rate, weight_decay=weight_decay),
        params, grads, decayed,
    )  # fmt: skip


@deviates(
    "agrees_with_reference", "agrees_at_extreme_sizes", "decays_by_its_share",
    where=lambda: True, at_most=NO_STEP, because=EPS_IS_ZERO, witness={"params": 1.0},
    dtypes=("float16",),
)  # fmt: skip
def decoupled_weight_decay(
    params: Any, *, learning_rate: float = 1e-3, weight_decay: float = 1e-2, decayed: str = "all",
    steps: int = 1,
) -> Any:  # fmt: skip
    return _stepped(
        lambda groups: torch.optim.AdamW(groups, learning_rate, weight_decay=weight_decay),
        params, [torch.zeros_like(w) for w in params], decayed, steps,
    )  # fmt: skip
