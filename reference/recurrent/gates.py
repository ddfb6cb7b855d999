"""What gates and activations of recurrent cells are made of: values, and slopes that do not cancel.

How an implementation renders its gates may be told for one run (`rendered`): bounds of deviations
are made of such runs.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reference.numerics import ULPS, Array
from reference.stored import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GATE = 2 * (ULPS["exp"] + ULPS["div"] + ULPS["round"])
"""Roundings of a logistic function, in units of u; tanh has fewer."""

LOGISTIC, TANH, RELU = "logistic", "tanh", "relu"


class Squashed(NamedTuple):
    """A gate, or what an activation made of its argument: value, slope, and which function."""

    value: Array
    slope: Array
    by: str


class Renewal(NamedTuple):
    """A new state, the parts of old one and candidate that go on, and what the gate moves."""

    new: Array
    old: Array
    fresh: Array
    apart: Array


@dataclass
class Rendering:
    """How one run renders its gates.

    Logistic gates whose argument lies below `shut` are 0. Every squashed array is noted in `seen`.
    With `slopes`, backpropagation takes magnitudes of everything, and slopes that this function
    makes of the squashed arrays.
    """

    shut: float = -np.inf
    slopes: Callable[[Squashed], Array] | None = None
    seen: list[Squashed] = field(default_factory=list)

    def magnitudes(self, tree: Any) -> Any:
        """What backpropagation reads: as it is, or in magnitudes."""
        if self.slopes is None:
            return tree
        if isinstance(tree, Squashed):
            return Squashed(np.abs(tree.value), self.slopes(tree), tree.by)
        if isinstance(tree, tuple):
            parts = [self.magnitudes(part) for part in tree]
            return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
        return np.abs(tree)


_RENDERING: ContextVar[Rendering | None] = ContextVar("rendering", default=None)


@contextmanager
def rendered(how: Rendering) -> Iterator[Rendering]:
    """Render gates so within this block."""
    token = _RENDERING.set(how)
    try:
        yield how
    finally:
        _RENDERING.reset(token)


def read(tree: Any) -> Any:
    """What backpropagation reads of a record, of weights, of cotangents."""
    rendering = _RENDERING.get()
    return tree if rendering is None else rendering.magnitudes(tree)


def slope_of_logistic(x: Array) -> Array:
    """s(x) s(-x) = e / (1 + e)^2, e = exp(-|x|): no cancellation where the gate is open."""
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


def slope_of_tanh(x: Array) -> Array:
    """tanh'(x) = 4 s'(2 x): no cancellation where tanh is 1."""
    return 4 * slope_of_logistic(2 * x)


def gate(x: Array) -> Squashed:
    """A logistic gate."""
    rendering = _RENDERING.get()
    if rendering is not None:
        x = np.where(x < rendering.shut, -np.inf, x)
    e = np.exp(-np.abs(x))  # as of `logistic`: the exponential never overflows
    value = np.where(x < 0, e, 1.0 + 0 * e) / (1 + e)
    return noted(Squashed(stored(value, GATE + 1), e / (1 + e) ** 2, LOGISTIC))


def squashed(x: Array) -> Squashed:
    """tanh of a candidate."""
    return noted(Squashed(stored(np.tanh(x), GATE + 1), slope_of_tanh(x), TANH))


def rectified(x: Array) -> Squashed:
    """max(0, x); NaN stays."""
    return Squashed(np.where(x < 0, 0 * x, x), (x > 0).astype(x.dtype), RELU)


def renewed(h: Array, z: Squashed, n: Squashed, update: str) -> Renewal:
    """State h renewed by candidate n: an open gate z keeps the old ("keep") or renews it ("renew").

    Stored with 2 roundings of its two terms.
    """
    old, fresh, sign = z.value, 1 - z.value, 1
    if update == "renew":
        old, fresh, sign = fresh, old, -1
    new = stored(fresh * n.value + old * h, 2, of=fresh * np.abs(n.value) + old * np.abs(h))
    return Renewal(new, old, fresh, sign * (h - n.value))


def noted(found: Squashed) -> Squashed:
    """The same; and a run that looks at what was squashed has it noted."""
    rendering = _RENDERING.get()
    if rendering is not None:
        rendering.seen.append(found)
    return found
