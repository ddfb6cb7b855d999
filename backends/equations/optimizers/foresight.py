"""Equations for the size of deviations of NAdam, whose update has two parts.

The gradient's part is a (1 - k) g / (1 - p) / size, the mean's a l m / (1 - l p) / size, with this
and the next step's momentum k and l, and their product p. With constant momentum k = l = b1, and
p = b1^t.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from backends.binding import Bound
from reference.optimizers.foresight import momentum_at


class _Parts(NamedTuple):
    """The two parts, what multiplies m in its own, and the momenta."""

    fresh: Any
    mean: Any
    slope: Any
    now: float
    product: Any
    next_product: Any
    lost: float


def _parts(
    gradient: Any,
    first_moment: Any,
    second_moment: Any,
    before: Any,
    momenta: tuple[float, float],
    p: Any,
) -> _Parts:
    """The parts, of a product of momenta before this step; p are the hyper-parameters."""
    now, following = momenta
    t = p["taken"] + 1
    product = before * now
    m = p["beta1"] * first_moment + (1 - p["beta1"]) * gradient
    v = p["beta2"] * second_moment + (1 - p["beta2"]) * gradient**2
    size = np.sqrt(v / (1 - p["beta2"] ** t) + p["eps_root"]) + p["eps"]
    slope = p["learning_rate"] * following / (1 - product * following) / size
    fresh = p["learning_rate"] * (1 - now) * gradient / (1 - product) / size
    power = p["beta2"] ** t
    return _Parts(fresh, slope * m, slope, now, product, product * following, power / (1 - power))


def _warming(p: dict[str, Any]) -> _Parts:
    momenta = (momentum_at(p["beta1"], p["momentum_decay"], p["taken"] + i) for i in (1, 2))
    now, following = (float(k) for k in momenta)
    return _parts(
        p["gradient"], p["first_moment"], p["second_moment"], p["momentum_product"],
        (now, following), p,
    )  # fmt: skip


def _constant(p: dict[str, Any]) -> _Parts:
    b = p["beta1"]
    before = b ** p["taken"]
    return _parts(p["gradient"], p["first_moment"], p["second_moment"], before, (b, b), p)


def _momenta(
    gradient: Any, first_moment: Any, second_moment: Any, momentum_product: Any, update: Any,
    learning_rate: float, beta1: float, beta2: float, eps: float, eps_root: float,
    momentum_decay: float, taken: int, u: float, allowed: Any,
) -> Any:  # fmt: skip
    x = _warming(locals())
    off = abs(x.fresh) * 4 * (x.now / (1 - x.now) + x.product / (1 - x.product))
    off = off + abs(x.mean) * 4 * x.next_product / (1 - x.next_product)
    return u * (off + abs(update) * x.lost) + allowed


def _powers(
    gradient: Any, first_moment: Any, second_moment: Any, update: Any,
    learning_rate: float, beta1: float, beta2: float, eps: float, eps_root: float,
    taken: int, u: float, allowed: Any,
) -> Any:  # fmt: skip
    x = _constant(locals())
    off = abs(x.fresh) * 2 * x.product / (1 - x.product)
    off = off + abs(x.mean) * 2 * x.next_product / (1 - x.next_product)
    return u * (off + abs(update) * x.lost) + allowed


def _lerp(
    gradient: Any, first_moment: Any, second_moment: Any, momentum_product: Any,
    learning_rate: float, beta1: float, beta2: float, eps: float, eps_root: float,
    momentum_decay: float, taken: int, entry: str, u: float, allowed: Any,
) -> Any:  # fmt: skip
    off = u * abs(gradient - first_moment)
    return off * (1.0 if entry == "first_moment" else _warming(locals()).slope) + allowed


# A momentum is off by three roundings, u k each, and a product by one more: 1 - k, 1 - p and
# 1 - l p keep those. Half of what 1 - b2^t loses, 2 u b2^t, is under the root.
MOMENTA = Bound(
    "|error| <= u (|fresh| 4 (k / (1 - k) + p / (1 - p)) + |mean| 4 l p / (1 - l p)"
    " + |update| b2^t / (1 - b2^t)) + accepted, t = taken + 1: 1 - k, 1 - p and 1 - b^t cancel",
    _momenta,
)
POWERS = Bound(
    "|error| <= u (|fresh| 2 b1^t / (1 - b1^t) + |mean| 2 b1^(t+1) / (1 - b1^(t+1))"
    " + |update| b2^t / (1 - b2^t)) + accepted, t = taken + 1: 1 - b^t cancels",
    _powers,
)
SMALL_BETA_AHEAD = Bound(
    "m: |error| <= u |g - m| + accepted; params: a l / ((1 - l p) size) times that:"
    " b1 is 1 - (1 - b1)",
    _lerp,
)

SINGLE_PRODUCT = Bound(
    "momentum_product: |error| <= 2^-23 y + 2^-149 + accepted; params: 2^-23 (|fresh| p / (1 - p)"
    " + |mean| l p / (1 - l p)) + accepted: the product is kept in float32",
    lambda y, entry, gradient, first_moment, second_moment, momentum_product, learning_rate, beta1,
    beta2, eps, eps_root, momentum_decay, taken, allowed: _single(locals()),
)  # fmt: skip


def _single(p: dict[str, Any]) -> Any:
    if p["entry"] == "momentum_product":
        return 2.0**-23 * abs(p["y"]) + 2.0**-149 + p["allowed"]
    x = _warming(p)
    off = abs(x.fresh) * x.product / (1 - x.product)
    off = off + abs(x.mean) * x.next_product / (1 - x.next_product)
    return 2.0**-23 * off + p["allowed"]


def _three_powers(
    gradient: Any, first_moment: Any, difference_moment: Any, second_moment: Any,
    previous_gradient: Any, learning_rate: float, beta1: float, beta2: float, beta3: float,
    eps: float, eps_root: float, difference_weight: str, taken: int, u: float, allowed: Any,
) -> Any:  # fmt: skip
    t = taken + 1
    c1, c2, c3 = 1 - beta1**t, 1 - beta2**t, 1 - beta3**t
    weight = beta2 if difference_weight == "beta2" else 1 - beta2
    change = (gradient - previous_gradient) * (taken > 0)
    m = beta1 * first_moment + (1 - beta1) * gradient
    v = beta2 * difference_moment + (1 - beta2) * change
    n = beta3 * second_moment + (1 - beta3) * (gradient + weight * change) ** 2
    size = (np.sqrt(n / c3 + eps_root) + eps) / learning_rate
    mean, drift = m / c1 / size, weight * v / c2 / size
    off = abs(mean) * 2 * beta1**t / c1 + abs(drift) * 2 * beta2**t / c2
    return u * (off + abs(mean + drift) * beta3**t / c3) + allowed


THREE_POWERS = Bound(
    "|error| <= u (|mean| 2 b1^t / (1 - b1^t) + |drift| 2 b2^t / (1 - b2^t)"
    " + |mean + drift| b3^t / (1 - b3^t)) + accepted, t = taken + 1: 1 - b^t cancels",
    _three_powers,
)

LOADED = Bound(
    "|error| <= u |y| + half the smallest number: rounded to the format of the parameters",
    lambda y, u, tiny: u * abs(y) + u * tiny,
)


def _early(
    gradient: Any, second_moment: Any, beta2: float, eps: float, range_error: Any, u: float,
    tiny: float, allowed: Any,
) -> Any:  # fmt: skip
    square = beta2 * second_moment + (1 - beta2) * gradient * gradient
    size = np.where(square > 2 * u * tiny, np.sqrt(square), 0.0) + eps * (eps > u * tiny)
    return np.divide(2 * u * tiny, size) * (1 + 16 * u) + range_error + 2 * allowed


# Each product with the rate is off by half the smallest number, u times the smallest normal one.
EARLY_RATE = Bound(
    "|error| <= 2^-24 / size + range_error + 2 accepted: both parts are multiplied by the rate"
    " before they are divided",
    _early,
)
