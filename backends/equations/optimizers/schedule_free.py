"""Equations for deviations of schedule-free optimizers whose weights are of another rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound


def _by_another_share(
    after: Any, entry: str, parameter: Any, iterate: Any, learning_rate: float, beta1: float,
    power: float, allowed: Any,
) -> Any:  # fmt: skip
    if entry == "largest_rate":
        return 6 * learning_rate + 2 * allowed
    if entry == "weight_sum":
        return (7 * learning_rate) ** power + 2 * allowed
    mean = (parameter - (1 - beta1) * iterate) / beta1
    return beta1 * abs(after - mean) + 2 * allowed


def _of_descent(
    entry: str, gradient: Any, parameter: Any, iterate: Any, learning_rate: float, beta1: float,
    power: float, weight_decay: float, allowed: Any,
) -> Any:  # fmt: skip
    after = iterate - learning_rate * (gradient + weight_decay * parameter)
    return _by_another_share(
        after, entry, parameter, iterate, learning_rate, beta1, power, allowed
    )  # fmt: skip


def _of_adamw(
    entry: str, gradient: Any, parameter: Any, iterate: Any, second_moment: Any, taken: int,
    learning_rate: float, beta1: float, beta2: float, eps: float, power: float,
    weight_decay: float, range_error: Any, allowed: Any,
) -> Any:  # fmt: skip
    square = beta2 * second_moment + (1 - beta2) * np.square(gradient)
    towards = gradient / (np.sqrt(square / -np.expm1((taken + 1) * np.log(beta2))) + eps)
    after = iterate - learning_rate * (towards + weight_decay * parameter)
    found = _by_another_share(
        after, entry, parameter, iterate, learning_rate, beta1, power, allowed
    )  # fmt: skip
    lost = (entry == "params") & (range_error > 0)
    return found + lost * (beta1 * abs(after - iterate) + range_error)


# A schedule that is `a` at this step is at most 7 a at the next, in the laws. The newest iterate
# then has another share, between 0 and 1, of the average.
_EQUATION = (
    "params: |error| <= b |z' - x| + 2 accepted: another share of z' is in the mean; weight sum:"
    " (7 a)^p, largest rate: 6 a, + 2 accepted each"
)
OTHER_SHARE = Bound(_EQUATION, _of_descent)
OTHER_SHARE_OF_ADAMW = Bound(
    _EQUATION + "; b |z' - z| + range_error more where that is not 0: z' stays where it was",
    _of_adamw,
)
