"""What open gates cost a connection: 1 - t, and slopes t (1 - t), formed of a rounded t.

t = s(a) is off by 2 u t (the sum and the quotient round; what the exponential is off by shrinks
with 1 - t, and is allowed already). So 1 - t is off by 2 u t however small it is, and t (1 - t) by
2 u t^2: what is multiplied by them, on every path, by as much times the magnitudes on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates
from reference.numerics import logistic

if TYPE_CHECKING:
    from collections.abc import Callable

_OPEN = 0.5
"""From here on, 1 - t has lost a bit."""


def _output(moved: tuple[Any, ...], allowed: Any, output: str) -> Any:
    return allowed + moved[int(output[1])]


def _highway_is_open(x: Any, wt: Any, bt: Any) -> bool:
    """Whether a transform gate is beyond 1/2."""
    return bool((logistic(x @ wt.T + bt) > _OPEN).any())


def _carried(x: Any, wt: Any, bt: Any, u: float, allowed: Any) -> Any:
    return allowed + 2 * u * logistic(x @ wt.T + bt) * np.abs(x)


def _highway_pulled(
    x: Any, wh: Any, bh: Any, wt: Any, bt: Any, c: Any, u: float, allowed: Any, output: str
) -> Any:
    t, h = logistic(x @ wt.T + bt), np.maximum(x @ wh.T + bh, 0)
    of_gate = 2 * u * t * t * np.abs(c) * (h + np.abs(x))
    of_x = 2 * u * t * np.abs(c) + of_gate @ np.abs(wt)
    moved = of_x, 0.0, 0.0, of_gate.T @ np.abs(x), of_gate.sum(axis=0)
    return _output(moved, allowed, output)


_CARRIED = Bound("|error| <= allowed + 2 u t |x|: 1 - t keeps the rounding of t", _carried)
_HIGHWAY_PULLED = Bound(
    "|error| <= allowed + e; of a e = 2 u t^2 |c| (h + |x|), of x 2 u t |c| + |wt|^T e, of wt"
    " e^T |x|, of bt sum e: 1 - t keeps the rounding of t",
    _highway_pulled,
)


def _excited(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> tuple[Any, ...]:
    m = np.mean(x, axis=2)
    active = np.maximum(m @ w1.T + b1, 0)
    return m, active, logistic(active @ w2.T + b2)


def _excitation_is_open(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> bool:
    """Whether the gate of a channel is beyond 1/2."""
    return bool((_excited(x, w1, b1, w2, b2)[2] > _OPEN).any())


def _excitation_pulled(
    x: Any, w1: Any, b1: Any, w2: Any, b2: Any, c: Any, u: float, allowed: Any, output: str
) -> Any:
    m, active, g = _excited(x, w1, b1, w2, b2)
    of_gate = 2 * u * g * g * np.abs(np.sum(c * x, axis=2))
    of_hidden = np.where(active > 0, of_gate @ np.abs(w2), 0)
    of_x = (of_hidden @ np.abs(w1))[..., None] / x.shape[2] + 0 * x
    of_weights = of_hidden.T @ np.abs(m), of_hidden.sum(axis=0)
    moved = (of_x, *of_weights, of_gate.T @ active, of_gate.sum(axis=0))
    return _output(moved, allowed, output)


_EXCITATION_PULLED = Bound(
    "|error| <= allowed + e; of a gate's argument e = 2 u g^2 |sum c x|, and what e becomes on its"
    " way back through |w2| and |w1|: 1 - g keeps the rounding of g",
    _excitation_pulled,
)

_SHUT_LAYER = {"x": ((4.0,),), "wh": ((0.5,),), "bh": (-5.0,), "wt": ((0.25,),), "bt": (6.0,)}
"""A gate that is nearly open to a layer that gives 0: y is what little is carried."""

_OPEN_CHANNEL = {
    "x": (((1.0, 2.0),),), "w1": ((1.0,),), "b1": (0.5,), "w2": ((0.5,),), "b2": (6.0,),
}  # fmt: skip


def open_highway(binding: Callable[..., Any]) -> Callable[..., Any]:
    """Register what 1 - t, and t (1 - t), lose where a highway's gate is open."""
    carried = deviates(
        "agrees_with_reference",
        where=_highway_is_open, at_most=_CARRIED, witness=_SHUT_LAYER,
        because="the carry gate is 1 - t: where t is near 1, it has few digits left, or none",
    )  # fmt: skip
    pulled = deviates(
        "gradient_agrees",
        where=_highway_is_open, at_most=_HIGHWAY_PULLED, witness=_SHUT_LAYER,
        because="the carry gate is 1 - t, and sigmoid's slope t (1 - t): in open gates both cancel",
    )  # fmt: skip
    return carried(pulled(binding))


open_excitation = deviates(
    "gradient_agrees",
    where=_excitation_is_open, at_most=_EXCITATION_PULLED, witness=_OPEN_CHANNEL,
    because="sigmoid's slope is g (1 - g): in open gates it cancels",
)  # fmt: skip
"""Register what g (1 - g) loses where the gate of a channel is open."""
