"""Equations for the size of deviations of optimizers that follow the gradient."""

from __future__ import annotations

from typing import Any

from backends.backend import Bound


def _left_out(
    entry: str, gradient: Any, parameter: Any, learning_rate: float, dampening: float,
    weight_decay: float, allowed: Any,
) -> Any:  # fmt: skip
    slope = abs(gradient) + weight_decay * abs(parameter)
    return dampening * slope * (learning_rate if entry == "params" else 1.0) + 2 * allowed


# The buffer is g + l w where (1 - d) (g + l w) is due; and the step is a times that. The accepted
# error counts twice, as that of the larger step counts too.
UNDAMPENED = Bound(
    "|error| <= d |g + l w| + 2 accepted in the buffer, a times that in params: the first gradient"
    " is taken whole",
    _left_out,
)
