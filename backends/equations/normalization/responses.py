"""What torch.nn.CrossMapLRN2d makes of local response normalization.

It keeps a running sum of squares over channels, from which the first channel's square is never
taken off (`if c > pre_pad`, where c >= pre_pad is meant), and which spans n - 1 channels where n is
even. In the backward pass the window is moved by one channel (counted from 1, as in Lua). Both are
written down here as they are, so that the bound is their distance from what is right.

And what they round: each of C squares is added once and taken off once at most, and each time u of
at most the sum T of all is lost, 2 C u T with the square's own rounding; alpha / n, the product
with it and the sum with k round once each. So the base, k + a S, is off by e = u (2 C a T / base +
3) of itself, its power by (1 - e)^-b - 1 and the `POWER` roundings of a power, and y once more. On
the way back the running sum loses 2 C u R, with R the sum of all magnitudes of the ratios r = c y /
base; each ratio is off by as much as y, by e / (1 - e) of the quotient and by 2 u of its own; a
term is multiplied three times and added.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound
from reference.normalization.responses import POWER


def of_the_layer(entry: str) -> bool:
    """Where that layer is asked."""
    return entry == "cross_map"


def _windows(channels: int, size: int) -> tuple[Any, Any]:
    """Which channels j stand in the sum of i; and, going back, which sums i are asked from j."""
    away = np.arange(channels)[None, :] - np.arange(channels)[:, None]
    reach = int((size - 1) / 2 + 1)
    summed = np.abs(away) < reach
    summed[reach:, 0] = True
    start = -int(size - (size - 1) / 2)
    return summed.astype(float), ((away >= start) & (away < start + size)).astype(float)


def _over(window: Any, x: Any) -> Any:
    return np.moveaxis(np.tensordot(window, x, (1, 1)), 0, 1)


def _distance(
    x: Any, size: int, alpha: float, beta: float, k: float, u: float, c: Any, y: Any, of: str,
    allowed: Any,
) -> Any:  # fmt: skip
    forward, backward = _windows(x.shape[1], size)
    x = x.astype(np.longdouble)  # the bound of float64 is made of differences as well
    a, twice = alpha / size, 2 * x.shape[1] * u
    base = k + a * _over(forward, x * x)
    e = twice * a * np.sum(x * x, axis=1, keepdims=True) / base + 3 * u
    e = np.where(e < 1, e, np.nan)
    grown = (1 - e) ** -beta - 1 + (POWER + 1) * u
    if of == "value":
        wrong = x * base**-beta
        return _size(np.abs(wrong - y) + np.abs(wrong) * grown + allowed)
    first, slope = c * base**-beta, 2 * a * beta * x
    ratio = c * x * base ** (-beta - 1)
    of_ratio = np.abs(ratio)
    lost = twice * np.sum(of_ratio, axis=1, keepdims=True)
    lost = lost + _over(backward, of_ratio * (grown + e / (1 - e) + 6 * u))
    wrong = first - slope * _over(backward, ratio)
    rounded = np.abs(first) * (grown + u) + np.abs(slope) * lost
    return _size(np.abs(wrong - y) + rounded + allowed)


def _size(bound: Any) -> Any:
    """In float64; infinite where a base may be lost."""
    return np.nan_to_num(bound.astype(np.float64), nan=np.inf)


CROSS_MAP = Bound(
    "allowed, the distance between its windows and the right ones, and what it rounds: "
    "|y| ((1 - e)^-b - 1 + 17 u), e = u (2 C a sum(x^2) / base + 3), for a running sum over C "
    "channels; of gradients as much of each term, and 2 C u sum |c y / base| of the other sum",
    _distance,
)
