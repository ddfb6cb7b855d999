"""Equations for the size of deviations of optimizers, with their derivations.

They name what a step was given (gradient, parameter, entries of the state), `taken` (steps before
it), `update` (the true one) and the hyper-parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import Bound

if TYPE_CHECKING:
    from collections.abc import Callable

_HALF = 2.0**-24
"""The smallest number of float16: sums of subnormal numbers round to multiples of it."""


def _lost(decay: float, taken: int) -> float:
    """b^t / (1 - b^t): by how much the difference magnifies an error of the power."""
    power = decay ** (taken + 1)
    return power / (1 - power)


# A power is off by at most an ulp, 2 u b^t, and 1 - b^t keeps that; the second moment's correction
# counts half, under the root.
BIAS_CORRECTION = Bound(
    "|error| <= u |update| (2 b1^t / (1 - b1^t) + b2^t / (1 - b2^t)) + accepted, t = taken + 1:"
    " 1 - b^t cancels",
    lambda update, beta1, beta2, taken, u, allowed: (
        u * abs(update) * (2 * _lost(beta1, taken) + _lost(beta2, taken)) + allowed
    ),
)

# torch.lerp(m, g, w) is g - (g - m) (1 - w) for w >= 1/2.
INFINITE_LERP = Bound("NaN = inf - (inf - m) b1", lambda: np.inf)


def _lerp(
    gradient: Any, first_moment: Any, second_moment: Any, update: Any, beta1: float, beta2: float,
    entry: str, u: float, allowed: Any,
) -> Any:  # fmt: skip
    off = u * abs(gradient - first_moment)
    if entry == "first_moment":
        return off + allowed
    first, _ = next_moments(gradient, first_moment, second_moment, beta1, beta2)
    return abs(update) * off / abs(first) + allowed


# There b1 is taken as 1 - w with w = 1 - b1 rounded: off by u, however small b1 is.
SMALL_BETA = Bound(
    "m: |error| <= u |g - m| + accepted; params: |update / m'| times that: b1 is 1 - (1 - b1)",
    _lerp,
)
SMALL_BETA_FORGETS = Bound(
    "|error| <= m ((1 + u / b1)^n - 1) + accepted in n steps: b1 is 1 - (1 - b1)",
    lambda y, beta1, u, steps, allowed: abs(y) * np.expm1(steps * np.log1p(u / beta1)) + allowed,
)

# Every step takes b1 as b1 (1 + u / b1), as if its m were that much larger; for a relative change
# of 2 a + b = 35 roundings of every m on the way a run is allowed what is accepted of it.
SMALL_BETA_GROWS = Bound(
    "|error| <= accepted (1 + 1 / (35 b1)): b1 is 1 - (1 - b1) in every step",
    lambda beta1, allowed: allowed * (1 + 1 / (35 * beta1)),
)

STEP_COUNTER = Bound("1: a float32 counter stays at 2^24", lambda: 1.0)


def next_moments(
    gradient: Any, first_moment: Any, second_moment: Any, beta1: float, beta2: float
) -> tuple[Any, Any]:
    """First and second moment of the Adam family after this step."""
    first = beta1 * first_moment + (1 - beta1) * gradient
    return first, beta2 * second_moment + (1 - beta2) * gradient**2


def underflows(
    gradient: Any, first_moment: Any, second_moment: Any, beta1: float, beta2: float,
    tiny: float, entry: str,
) -> Any:  # fmt: skip
    """Where a moment after this step is subnormal, and so the new parameter is off."""
    first, second = next_moments(gradient, first_moment, second_moment, beta1, beta2)
    return (entry == "params") & ((abs(first) < tiny) | (second < tiny))


def _adam_underflow(*, joined: bool) -> Callable[..., Any]:
    def off(
        gradient: Any, first_moment: Any, second_moment: Any, update: Any, taken: int,
        learning_rate: float, beta1: float, beta2: float, eps: float, eps_root: float, allowed: Any,
    ) -> Any:  # fmt: skip
        first, second = next_moments(gradient, first_moment, second_moment, beta1, beta2)
        correction1, correction2 = 1 - beta1 ** (taken + 1), 1 - beta2 ** (taken + 1)
        square = np.maximum((second - 2 * _HALF) / correction2 + eps_root - _HALF, 0)
        size = np.sqrt(square) + eps - _HALF / 2 - joined * _HALF / 2 / correction1
        longest = learning_rate * (abs(first) + 2 * _HALF) / correction1 / np.maximum(size, 0)
        return longest - abs(update) + allowed

    return off


# Each moment is a sum of products that round to multiples of h, the smallest number: off by at
# most 2 h; v / (1 - b2^t) + r by another h, eps by h / 2. The longest step that this allows is
# infinite where the denominator may be 0.
ADAM_UNDERFLOW = Bound(
    "|error| <= |U(|m| + 2h, v - 2h, r - h, e - h/2)| - |U(m, v, r, e)| + accepted,"
    " h = 2^-24: moments and eps are rounded to multiples of h",
    _adam_underflow(joined=False),
)

# XLA rewrites (m / (1 - b1^t)) / size as m / ((1 - b1^t) size), for tensors of one number; the
# product rounds to a multiple of h, which the quotient did not.
ADAM_UNDERFLOW_IN_XLA = Bound(
    "|error| <= |U(|m| + 2h, v - 2h, r - h, e - h/2 - h/(2 c))| - |U(m, v, r, e)| + accepted,"
    " h = 2^-24, c = 1 - b1^t: moments, eps and c size are rounded to multiples of h",
    _adam_underflow(joined=True),
)

# 0 / (sqrt(0) + eps) where eps rounds to 0.
ZERO_BY_ZERO = Bound("NaN = 0 / (sqrt(0) + 0)", lambda: np.inf)


def rounds_to_zero(eps: float, eps_root: float, entry: str) -> bool:
    """Whether both eps are 0 in float16 (half the smallest number goes to even)."""
    return entry == "params" and max(eps, eps_root) <= _HALF / 2


def rounds_to_zero_in_xla(eps: float, eps_root: float, beta1: float, entry: str) -> bool:
    """Whether eps is 0 in float16, or is when the first step's 1 - beta1 multiplies it."""
    product = float(np.float16(1 - beta1)) * float(np.float16(eps))
    return entry == "params" and eps_root <= _HALF / 2 and product <= _HALF / 2


# v, or what v is made of on the way, is infinite: the update is 0.
LOST_UPDATE = Bound("|error| <= |update| + accepted", lambda update, allowed: abs(update) + allowed)
