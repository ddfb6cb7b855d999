"""What torch.nn.CrossMapLRN2d makes of local response normalization.

It keeps a running sum of squares over channels, from which the first channel's square is never
taken off (`if c > pre_pad`, where c >= pre_pad is meant), and which spans n - 1 channels where n is
even. In the backward pass the window is moved by one channel (counted from 1, as in Lua). Both are
written down here as they are, so that the bound is their distance from what is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.backend import Bound


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
    base = k + alpha / size * _over(forward, x * x)
    whole = 1 + alpha / size * np.sum(x * x, axis=1, keepdims=True) / base
    rounded = 16 * (x.shape[1] + size) * u * whole
    if of == "value":
        wrong = x * base**-beta
        return np.abs(wrong - y) + rounded * np.abs(wrong) + 2 * allowed
    parts = c * base**-beta, c * x * base ** (-beta - 1)
    slope = 2 * alpha * beta / size * x
    wrong = parts[0] - slope * _over(backward, parts[1])
    size_of = np.abs(parts[0]) + np.abs(slope) * _over(np.ones_like(backward), np.abs(parts[1]))
    return np.abs(wrong - y) + np.max(rounded) * size_of + 2 * allowed


CROSS_MAP = Bound(
    "the distance between its windows and the right ones, + 16 (C + n) u (1 + a sum(x^2) / base) "
    "of the magnitudes, for a running sum over C channels",
    _distance,
)
