"""Equations for deviations of optimistic optimizers."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound
from backends.equations.optimizers.steps import correction_loss


def _corrected(
    entry: str, gradient: Any, first_moment: Any, second_moment: Any,
    learning_rate: float, alpha: float, beta: float, beta1: float, beta2: float, eps: float,
    eps_root: float, taken: int, u: float, allowed: Any,
) -> Any:  # fmt: skip
    c1, c2 = 1 - beta1 ** (taken + 1), 1 - beta2 ** (taken + 1)
    mean = (beta1 * first_moment + (1 - beta1) * gradient) / c1
    v = (beta2 * second_moment + (1 - beta2) * gradient * gradient) / c2
    direction = np.nan_to_num(abs(mean) / (np.sqrt(v + eps_root) + eps), posinf=np.inf)
    off = u * direction * (2 * correction_loss(beta1, taken) + correction_loss(beta2, taken))
    return off * (learning_rate * (alpha + beta) if entry == "params" else 1.0) + allowed


# As for Adam, a direction is off by u (2 b1^t / (1 - b1^t) + b2^t / (1 - b2^t)) of itself.
OPTIMISTIC_CORRECTION = Bound(
    "d: |error| <= u |d| (2 b1^t / (1 - b1^t) + b2^t / (1 - b2^t)) + accepted, t = taken + 1;"
    " params: a (h + k) times that, + accepted: 1 - b^t cancels",
    _corrected,
)
