"""Plans of one step of an optimizer: gradients, a past, parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from properties.strategies import FULL
from properties.tensors import SHAPES, drawn_tensors
from reference.numerics import Format, rounded
from reference.optimizer_states import Tensors, beginning, entries
from reference.technique import Technique
from reference.trees import mapped

_PAST = 3


@dataclass(frozen=True)
class StepPlan:
    """A plan for one step: how many were taken before, how large gradients are and have been.

    Gradients are log-uniform within 2^(middle +- spread); those of the past were 2^past times as
    large. `spoiled` puts NaN and infinities among them. `pinned` names one number for every
    gradient, parameter or entry of the state: how a witness re-runs.
    """

    technique: Technique
    parameters: tuple[tuple[str, Any], ...]
    seed: int = 0
    taken: int = 0
    middle: int = 0
    spread: int = 0
    past: int = 0
    spoiled: bool = False
    pinned: tuple[tuple[str, float], ...] = ()

    shapes: ClassVar[tuple[tuple[int, ...], ...]] = SHAPES

    def shapes_in(self, form: Format) -> tuple[tuple[int, ...], ...]:
        """Shapes of the tensors in a format: those of three axes in FULL alone."""
        return tuple(s for s in self.shapes if form.name == FULL or len(s) < 3)

    def inputs(self, form: Format) -> tuple[Tensors, dict[str, Any], Tensors]:
        """Expand: gradients, state and parameters; the state is one that the reference reaches."""
        source = np.random.default_rng(self.seed)
        grads = self._drawn(source, form, self.middle, self.spread)
        params = self._drawn(source, form, 0, 10)
        for w in params:
            w[source.random(w.shape) < 0.5] = 0  # there the new parameter is the update itself
        state = beginning(self.technique, params, dict(self.parameters))
        if self.taken:
            state = self._reached(source, form, state, params)
        for name, starts in entries(self.technique).items():
            if starts.per == "optimizer" and not starts.real:
                state[name] = np.array(self.taken, np.int32)
            if starts.given:
                state[name] = self._drawn(source, form, 0, 10)
        if self.spoiled:
            grads[1].reshape(-1)[2:5] = np.nan, np.inf, -np.inf
        return self._pinned(rounded((grads, state, params), form))

    def _reached(self, source: Any, form: Format, state: Any, params: Tensors) -> Any:
        with np.errstate(all="ignore"):
            for _ in range(_PAST):
                grads = self._drawn(source, form, self.middle + self.past, self.spread)
                _, state = self.technique(grads, state, params, **dict(self.parameters))
        return mapped(lambda x: np.clip(x, -form.largest, form.largest), state)

    def _drawn(self, source: Any, form: Format, middle: float, spread: float) -> Tensors:
        return drawn_tensors(source, form, middle, spread, shapes=self.shapes_in(form))

    def _pinned(self, given: Any) -> Any:
        grads, state, params = given
        named = {"gradient": grads, "parameter": params, **state}
        for name, value in self.pinned:
            mapped(lambda x, value=value: x.fill(value), named[name])
        return grads, state, params
