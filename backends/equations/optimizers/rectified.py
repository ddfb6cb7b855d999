"""Equations for how far RAdam's steps are off where the length of its average is a difference.

p = s - 2 t b2^t / (1 - b2^t), s = 2 / (1 - b2) - 1, is formed in float32 (by optax) or float64;
U is the unit roundoff of that. s is off by 3 U (s + 1): of 1 - b2, the division and the difference.
The power is off by 2 U b2^t, so 1 - b2^t by U + 2 U b2^t; with a rounding for each of 2 t, the
product, the division and the difference, p is off by at most

    d = 3 U (s + 1) + U (6 + (1 + 2 b2^t) / (1 - b2^t)) (s - p) + U p.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound
from reference.optimizers.rectified import averaged_length, rectification

FOREACH = ("foreach", "mixed")
"""Executions that step all tensors at once; beside those of another dtype as well."""

RUN = 20
"""Steps of a run that is compared."""


def _off(beta2: float, t: int, unit: float) -> tuple[float, float]:
    """The length p at step t, and d."""
    p, power, s = float(averaged_length(beta2, t)), beta2**t, (1 + beta2) / (1 - beta2)
    lost = 6 + (1 + 2 * power) / -np.expm1(t * np.log(beta2)) if beta2 > 0 else 6.0
    return p, unit * (3 * (s + 1) + lost * (s - p) + p)


def _factors(beta2: float, t: int, unit: float, threshold: float) -> list[float]:
    """The factors of rectification at the ends of p +- d, where p may pass the threshold."""
    p, d = _off(beta2, t, unit)
    ends = (max(p - d, threshold), p + d)
    return [float(rectification(x, beta2)) for x in ends if x >= threshold and p + d >= threshold]


def _unit(u: float) -> float:
    return min(u, 2.0**-24)


def _step(
    gradient: Any,
    first_moment: Any,
    second_moment: Any,
    update: Any,
    learning_rate: float,
    beta1: float,
    beta2: float,
    eps: float,
    eps_root: float,
    threshold: float,
    eps_joins: str,
    taken: int,
    unit: float,
    allowed: Any,
) -> Any:
    t = taken + 1
    c1, c2 = 1 - beta1**t, 1 - beta2**t
    plain = -learning_rate * (beta1 * first_moment + (1 - beta1) * gradient) / c1
    v = beta2 * second_moment + (1 - beta2) * gradient**2
    size = (
        np.sqrt(v / c2 + eps_root) + eps
        if eps_joins == "corrected root"
        else (np.sqrt(v + eps_root) + eps) / np.sqrt(c2)
    )
    p, d = _off(beta2, t, unit)
    ends = [r * plain / size for r in _factors(beta2, t, unit, threshold)]
    ends += [plain] if p - d <= threshold else []
    furthest = np.max([np.abs(end - update) for end in ends], axis=0)
    lost = 2 * beta1**t / c1 + beta2**t / c2
    return furthest + unit * np.abs(update) * lost + allowed


def _run(
    travelled: Any,
    learning_rate: float,
    beta1: float,
    beta2: float,
    threshold: float,
    u: float,
    allowed: Any,
) -> Any:
    unit, part, jumps = _unit(u), 0.0, 0.0
    for t in range(1, RUN + 1):
        p, _ = _off(beta2, t, unit)
        factors = _factors(beta2, t, unit, threshold)
        lost = unit * (2 * beta1**t / (1 - beta1**t) + beta2**t / (1 - beta2**t))
        if p > threshold:
            true = float(rectification(p, beta2))
            part = max(part, *(lost + abs(r / true - 1) for r in factors))
        elif factors:
            weights = sum(beta2**k for k in range(t)) / beta2**t
            jumps += learning_rate * max(factors) * weights**0.5
        part = max(part, lost)
    return part * travelled + jumps + allowed


# A step may be any between the ends: rectified with p +- d, or plain where p - d is not above the
# threshold; and both corrections cancel as Adam's do.
LENGTH = Bound(
    "|error| <= max |step(p') - step(p)| over p' within d of p + U |update| (2 b1^t / (1 - b1^t)"
    " + b2^t / (1 - b2^t)) + accepted, d = 3 U (s + 1) + U (6 + (1 + 2 b2^t) / (1 - b2^t)) (s - p)"
    " + U p: p is a difference",
    lambda gradient, first_moment, second_moment, update, learning_rate, beta1, beta2, eps,
    eps_root, threshold, eps_joins, taken, u, allowed: _step(
        gradient, first_moment, second_moment, update, learning_rate, beta1, beta2, eps,
        eps_root, threshold, eps_joins, taken, _unit(u), allowed,
    ),
)  # fmt: skip


def _injected(
    gradient: Any, first_moment: Any, second_moment: Any, update: Any, learning_rate: float,
    beta1: float, beta2: float, eps: float, eps_root: float, threshold: float, eps_joins: str,
    taken: int, coarse: Any, largest: float, u: float, allowed: Any,
) -> Any:  # fmt: skip
    t, s = taken + 1, (1 + beta2) / (1 - beta2)
    p, _ = _off(beta2, t, u)
    product = max((p - 4) * (p - 2) * s, (s - 4) * (s - 2) * p)
    if 1.1 * product > largest or 1 - beta2**t < 4 * u:
        return np.inf
    return coarse + _step(
        gradient, first_moment, second_moment, update, learning_rate, beta1, beta2, eps,
        eps_root, threshold, eps_joins, taken, 2 * u, allowed,
    )  # fmt: skip


# All of p is then of the format, whose roundings are so coarse that terms of second order count:
# 2 u stands for U. In float16 (s - 4) (s - 2) p is infinite from a beta2 of 0.99 on.
INJECTED_LENGTH = Bound(
    "|error| <= coarse + that of p with U = 2 u, and without limit where (s - 4) (s - 2) p"
    " overflows or 1 - b2^t is below 4 u",
    _injected,
)

# A step that is plain by right and rectified by mistake is at most a r |q| / sqrt(v / c2) long, and
# |q| <= max |g|, v / c2 >= max g^2 b2^t / (1 + b2 + ... + b2^(t-1)). As b2 is at most 0.999, no
# step is plain by mistake: d is below 0.1 at the steps after the threshold.
LENGTH_OF_A_RUN = Bound(
    "|error| <= max |r(p') / r(p) - 1| sum |update| + sum of a r(p + d) sqrt((1 + b2 + ...) / b2^t)"
    " over steps that p + d rectifies and p does not + accepted",
    _run,
)

ZERO_BY_ZERO = Bound("NaN = 0 / 0, before the threshold", lambda: np.inf)


def overflows_upside_down(
    entry: str, execution: str, gradient: Any, second_moment: Any, learning_rate: float,
    beta1: float, beta2: float, eps: float, taken: int, largest: float,
) -> Any:  # fmt: skip
    """Whether foreach's root over its rate is beyond the largest number."""
    t = taken + 1
    length = averaged_length(beta2, t)
    if entry != "params" or execution not in FOREACH or length <= 5:
        return False
    rate = learning_rate * float(rectification(length, beta2)) * (1 - beta2**t) ** 0.5
    size = np.sqrt(beta2 * second_moment + (1 - beta2) * np.square(gradient)) + eps
    return size * (1 - beta1**t) / rate > largest * (1 - 2.0**-8)


STANDS_STILL = Bound(
    "|error| <= |update| + accepted: 1 / inf is 0", lambda update, allowed: abs(update) + allowed
)
