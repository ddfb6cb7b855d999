"""Equations for deviations of layer-wise optimizers: errors of a direction, through its norm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates
from backends.equations.optimizers.steps import correction_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A layer-wise step takes at most 64 roundings (2 a + b + n, n = 12), of what it is then, too.
LAYER_LOST = Bound(
    "|error| <= range_error (1 + 64 u) + accepted: how far the step moves as every intermediate"
    " result that is subnormal rounds to a multiple of the smallest number, and every one beyond"
    " the largest is infinite; and its own roundings",
    lambda range_error, u, allowed: range_error * (1 + 64 * u) + allowed,
)


# Numbers of one tensor leave the range apart: some vanish, others do not, which turns its step.
# LAMB's is as long as theory has it whatever its direction is: the rate times |w|.
TURNED = Bound(
    "|error| <= max(range_error, |update| + a |w|) (1 + 64 u) + accepted: another direction",
    lambda range_error, update, parameter, learning_rate, u, allowed: (
        np.maximum(
            range_error,
            abs(np.nan_to_num(update)) + learning_rate * np.sqrt(np.nansum(np.square(parameter))),
        )
        * (1 + 64 * u)
        + allowed
    ),
)


def loses_range(
    *laws: str,
    because: str,
    witness: Mapping[str, Any],
    dtypes: tuple[str, ...] = ("float16",),
    at_most: Bound = LAYER_LOST,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that intermediate results leave the range of a narrow format, in steps of layers."""
    return deviates(
        *laws,
        where=lambda range_error: range_error > 0,
        at_most=at_most,
        because=because,
        witness=witness,
        dtypes=dtypes,
    )


def _through_the_ratio(u: Any, direction: Any, update: Any, part: float) -> Any:
    """How far a r u moves, r = |w| / |u|, as each number of `direction` in u moves by a part of it.

    With s = |update / u| the step's scale, d(s u)_i <= s (part |d_i| + |u_i| sum part |d_k u_k| /
    |u|^2). Where r is 1 the second term is not there; it only allows more.
    """
    square = np.sum(u * u)
    scale = np.sqrt(np.sum(update * update) / square) if square > 0 else 0.0
    own = part * abs(direction)
    return scale * (own + abs(u) * np.sum(own * abs(u)) / square if square > 0 else own)


def _corrected(
    gradient: Any, first_moment: Any, second_moment: Any, parameter: Any, update: Any, taken: int,
    beta1: float, beta2: float, eps: float, eps_root: float, weight_decay: float, u: float,
    allowed: Any,
) -> Any:  # fmt: skip
    m = beta1 * first_moment + (1 - beta1) * gradient
    v = beta2 * second_moment + (1 - beta2) * gradient * gradient
    c1, c2 = 1 - beta1 ** (taken + 1), 1 - beta2 ** (taken + 1)
    direction = (m / c1) / (np.sqrt(v / c2 + eps_root) + eps)
    part = u * (2 * correction_loss(beta1, taken) + correction_loss(beta2, taken))
    u_ = direction + weight_decay * parameter
    return np.nan_to_num(_through_the_ratio(u_, direction, update, part)) + allowed


# As for Adam, a direction is off by u (2 b1^t / (1 - b1^t) + b2^t / (1 - b2^t)) of itself.
LAYER_CORRECTION = Bound(
    "Adam's |error| <= u |direction| (2 b1^t / (1 - b1^t) + b2^t / (1 - b2^t)), t = taken + 1, and"
    " what it moves through the norm, times |update| / |u|, + accepted: 1 - b^t cancels",
    _corrected,
)
