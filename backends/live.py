"""Optimizers that run: what keeps its own parameters and state from step to step.

A binding of an optimizer is a pure step from a state that it is given. A run is what users have: an
object that remembers, whose rate a schedule changes, that is saved and restored, to which a group
of parameters is added, and some of whose parameters may miss their gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.backend import Backend

Arrays = list[Any]


class Live(Protocol):
    """A running optimizer. Arrays go in and come out as NumPy's."""

    may_miss: bool
    """Whether a parameter may have no gradient."""

    may_grow: bool
    """Whether parameters may be added."""

    takes_empty: bool
    """Whether a parameter may have no numbers."""

    def step(self, grads: list[Any | None], rate: float) -> None:
        """Take a step at this learning rate. Afterwards the gradients are overwritten with NaN."""

    def params(self) -> Arrays:
        """The parameters as they are now."""

    def states(self) -> list[dict[str, Any]] | None:
        """State of every parameter under canonical names, shared entries too.

        An empty dict: not yet begun. None: what it keeps has other names.
        """

    def restored(self) -> Live:
        """Save, build anew from the same hyper-parameters, load: what goes on from here."""

    def grown(self, params: Arrays) -> None:
        """Add parameters."""


class FunctionalLive:
    """A run of a pure step: parameters and state are carried along."""

    may_miss = False
    may_grow = False
    takes_empty = True

    def __init__(
        self,
        host: Backend,
        binding: Callable[..., Any],
        start: tuple[Arrays, dict[str, Any]],
        parameters: dict[str, Any],
        device: str,
    ) -> None:
        """Begin from (params, state)."""
        self._host, self._binding, self._device = host, binding, device
        self._known, (self._params, self._state) = parameters, start

    def step(self, grads: list[Any | None], rate: float) -> None:
        """Take a step from the carried state."""
        given = [np.array(g) for g in grads]
        known = self._known | {"learning_rate": rate}
        outcome = self._host.call(
            self._binding, (given, self._state, self._params), known, device=self._device
        )
        self._params, self._state = outcome.outputs
        for g in given:
            g.fill(np.nan)

    def params(self) -> Arrays:
        """The parameters as they are now."""
        return list(self._params)

    def states(self) -> list[dict[str, Any]]:
        """State of every parameter, shared entries too."""
        return apart(self._state, len(self._params))

    def restored(self) -> FunctionalLive:
        """Nothing else is kept: the same values in other arrays."""
        copied = [np.array(w) for w in self._params]
        state = {k: [np.array(x) for x in v] if isinstance(v, list) else np.array(v)
                 for k, v in self._state.items()}  # fmt: skip
        return FunctionalLive(self._host, self._binding, (copied, state), self._known, self._device)

    def grown(self, params: Arrays) -> None:
        """A pure step takes what it is given: there is nothing to add to."""
        raise NotImplementedError(params)


def apart(state: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """A state of lists, by parameter: its own of each list, and what all share."""
    return [{k: v[i] if isinstance(v, list) else v for k, v in state.items()} for i in range(count)]
