"""Equations for the size of deviations of optimizers that divide by what they knew before."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound

# g - m' = b1 (g - m): the square is 1 / b1^2 times as large where m stands for m'.
OLD_MEAN = Bound(
    "|error| <= (1 - b2) (1 - b1^2) (g - m)^2 + 2 accepted / b1^2: the mean before the step",
    lambda gradient, first_moment, beta1, beta2, allowed: (
        (1 - beta2) * (1 - beta1 * beta1) * np.square(gradient - first_moment)
        + 2 * allowed / (beta1 * beta1)
    ),
)


# Every square but the first, which is 1, is up to 1 / b1^2 times as large: steps keep b1 of their
# length at least.
def _on_the_way(y: Any, entry: str, travelled: Any, beta1: float, allowed: Any) -> Any:
    if entry == "second_moment":
        return abs(y) * (1 / (beta1 * beta1) - 1) + 2 * allowed / (beta1 * beta1)
    return (1 - beta1) * travelled + 2 * allowed


OLD_MEAN_IN_A_RUN = Bound(
    "v: |error| <= y (1 / b1^2 - 1) + 2 accepted / b1^2; params: (1 - b1) the way travelled"
    " + 2 accepted",
    _on_the_way,
)


def _late(update: Any, beta2: float, taken: int, u: float, allowed: Any) -> Any:
    power = beta2**taken
    return u * abs(update) * power / (1 - power) + 2 * allowed


LATE_CORRECTION = Bound(
    "|error| <= u |update| b2^t / (1 - b2^t) + 2 accepted, t = taken: 1 - b^t cancels", _late
)
