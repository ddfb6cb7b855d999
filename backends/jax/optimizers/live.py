"""Runs of optax's optimizers, compiled once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flax.serialization
import jax
import numpy as np

from backends.jax import array, copied, on, precision
from backends.jax.optimizers.bindings import compiled
from backends.jax.optimizers.states import FIRST_STEP, entry, found
from backends.live import apart

if TYPE_CHECKING:
    from collections.abc import Callable


class JaxLive:
    """A run of an optax optimizer, compiled once."""

    may_miss = False
    may_grow = False
    may_change_rate = True

    def __init__(
        self,
        build: Callable[..., Any],
        names: dict[str, str] | None,
        params: list[Any],
        known: dict[str, Any],
        device: str,
    ) -> None:
        """Begin at these parameters, with these hyper-parameters."""
        self._made, self._names = (build, names), names
        self._known, self._place = known, (lambda: on(device), lambda: precision(tuple(params)))
        self._device = device
        self._taken = 0
        with on(device), precision(tuple(params)):
            self._params = [array(w) for w in params]
            self._kept = build(**known).init(self._params)

    def step(self, grads: list[Any | None], rate: float) -> None:
        """Take a step with a transformation of this rate."""
        with self._place[0](), self._place[1]():
            advance = compiled(self._made[0], self._known | {"learning_rate": rate})
            self._params, self._kept = advance([copied(g) for g in grads], self._kept, self._params)
            self._taken += 1

    def params(self) -> list[Any]:
        """The parameters as they are now."""
        return [np.asarray(w) for w in self._params]

    def states(self) -> list[dict[str, Any]] | None:
        """State of every parameter; None where it keeps other things than optax's own."""
        if self._names is None:
            return None
        if not all(found(self._kept, name) for name in self._names.values()):
            return None
        kept = {
            ours: self._taken if theirs == FIRST_STEP else entry(self._kept, theirs)
            for ours, theirs in self._names.items()
        }
        return apart(jax.tree.map(np.asarray, kept), len(self._params))

    def restored(self) -> JaxLive:
        """What flax serializes of the state, read into a new one."""
        another = JaxLive(*self._made, self.params(), self._known, self._device)
        with self._place[0](), self._place[1]():
            saved = flax.serialization.to_bytes(self._kept)
            another._kept = flax.serialization.from_bytes(another._kept, saved)
        another._taken = self._taken
        return another

    def grown(self, params: list[Any]) -> None:
        """A tree of parameters is of one piece."""
        raise NotImplementedError(params)
