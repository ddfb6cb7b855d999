"""Equations for deviations of optimizers that mix two views of the past."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound
from backends.equations.optimizers.steps import correction_loss


def _mixed(
    gradient: Any, first_moment: Any, slow_moment: Any, second_moment: Any,
    learning_rate: float, beta1: float, beta2: float, beta3: float, alpha: float, eps: float,
    eps_root: float, taken: int, u: float, allowed: Any,
) -> Any:  # fmt: skip
    c1, c2 = 1 - beta1 ** (taken + 1), 1 - beta2 ** (taken + 1)
    mean = (beta1 * first_moment + (1 - beta1) * gradient) / c1
    slow = alpha * (beta3 * slow_moment + (1 - beta3) * gradient)
    v = beta2 * second_moment + (1 - beta2) * gradient * gradient
    scale = learning_rate / (np.sqrt(v / c2 + eps_root) + eps)
    lost = 2 * correction_loss(beta1, taken) * abs(mean)
    lost = lost + correction_loss(beta2, taken) * abs(mean + slow)
    return np.nan_to_num(u * scale * lost, posinf=np.inf) + allowed


# The first mean alone is corrected; what is under the root shortens both.
MIXED_CORRECTION = Bound(
    "|error| <= u a / size (|mean| 2 b1^t / (1 - b1^t) + |mean + h s| b2^t / (1 - b2^t))"
    " + accepted, t = taken + 1: 1 - b^t cancels",
    _mixed,
)


def _summed(
    entry: str, gradient: Any, second_moment: Any, update: Any, parameter: Any,
    learning_rate: float, beta2: float, weight_decay: float, taken: int, u: float, allowed: Any,
) -> Any:  # fmt: skip
    square = gradient * gradient
    off = 3 * u * beta2 * abs(second_moment - square)
    if entry == "second_moment":
        return off + allowed
    v = beta2 * second_moment + (1 - beta2) * square
    part = np.nan_to_num(np.divide(off, v)) + 2 * u * correction_loss(beta2, taken) + 4 * u
    whole = abs(update) + learning_rate * weight_decay * abs(parameter)
    return whole * _stretched(part) + allowed


def _stretched(part: Any) -> Any:
    """By which part 1 / sqrt(v) may be off as v is by this one; infinite where v may be 0."""
    left = np.maximum(1 - np.asarray(part), 0.0)
    return np.divide(1.0, np.sqrt(left)) - 1


# b2, the difference and their product round: 3 u b2 |v - g^2|, which v may be short of.
SUMMED_CORRECTION = Bound(
    "v: |error| <= 3 u b2 |v - g^2| + accepted; params: (|update| + a d |w|) (1 / sqrt(1 - p) - 1)"
    " + accepted, where p is that over v, + 2 u b2^t / (1 - b2^t) + 4 u, and at most 1: v is"
    " g^2 + b2 (v - g^2), and 1 - b2^t cancels",
    _summed,
)


def _summed_in_a_run(
    y: Any, entry: str, travelled: Any, beta2: float, u: float, allowed: Any
) -> Any:
    loss = beta2 / (1 - beta2)
    part = 60 * u * max(1.0, loss)
    if entry == "second_moment":
        return part * abs(y) + allowed
    return travelled * _stretched(part + 2 * u * loss + 4 * u) + allowed


# Of what a step of twenty adds, 3 u b2 |v - g^2|, b2^n is left in the end; b2^n (1 - b2) g^2 and
# b2^(n + 1) v are at most the last v.
SUMMED_IN_A_RUN = Bound(
    "v: |error| <= p y + accepted, p = 60 u max(1, b2 / (1 - b2)); params: sum |update| times"
    " 1 / sqrt(1 - p - 2 u b2 / (1 - b2) - 4 u) - 1, + accepted",
    _summed_in_a_run,
)

INFINITE_SQUARE = Bound("NaN = inf + b2 (v - inf)", lambda: np.inf)
