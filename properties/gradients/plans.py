"""What is drawn for gradient techniques: trees, batches of them, micro-batches, runs of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from properties.tensors import drawn_tensors
from reference.numerics import Array, Format, rounded

EXAMPLES = 3
STEPS = 8
RUN_SHAPES = ((), (3,))
CUTS = ((1, 2, 5), (3, 4, 1), (4, 4, 4))
"""Sizes of micro-batches: unequal, and equal."""

_REACH = 11


@dataclass(frozen=True)
class GradientPlan:
    """A plan for gradients: near 2^middle, or three quarters of the way to an end.

    `given` names what the technique takes. `end` is 1 towards overflow and -1 towards underflow.
    `spoiled` is one bad number among the others; in a run of steps, in each of the steps `bad`.
    With `pinned`, every gradient is that number but the first, which is `beside` where that is
    given; every parameter is `parameter`: how a witness re-runs.
    """

    parameters: tuple[tuple[str, Any], ...]
    given: tuple[str, ...]
    seed: int = 0
    middle: int = 0
    spread: int = 0
    end: int = 0
    spoiled: float = 0.0
    bad: tuple[int, ...] = ()
    cut: tuple[int, ...] = CUTS[0]
    pinned: float | None = None
    beside: float | None = None
    parameter: float | None = None

    def inputs(self, form: Format) -> tuple[Any, ...]:
        """Expand: one tree (or whatever it is) for every name, in the format."""
        source = np.random.default_rng(self.seed)
        made = {
            "grads": self._grads, "params": self._params, "examples": self._examples,
            "micro_batches": self._micro_batches, "steps": self._steps,
            "sizes": lambda *_: np.array(self.cut, np.int32),
        }  # fmt: skip
        return tuple(rounded(made[name](source, form), form) for name in self.given)

    def _grads(self, source: Any, form: Format) -> list[Array]:
        middle = self.middle - self.end * 0.75 * form.min_exponent
        reach = (form.min_exponent, -form.min_exponent)
        grads = drawn_tensors(source, form, middle, self.spread, reach=reach)
        if self.spoiled:
            grads[2][1, 1] = self.spoiled
            grads[1][3] = -self.spoiled if np.isinf(self.spoiled) else grads[1][3]
        if ("norm_type", "inf") in self.parameters:  # nothing is the largest number of none
            grads.pop()
        if self.pinned is not None:
            grads = [np.full(g.shape, self.pinned) for g in grads]
            grads[0].fill(self.pinned if self.beside is None else self.beside)
        return grads

    def _params(self, source: Any, form: Format) -> list[Array]:
        if self.given == ("params",):  # the weights themselves are treated
            return self._grads(source, form)
        params = drawn_tensors(source, form, 0, 6)
        params[2][:, 0] = 0  # a unit that is all zeros
        if self.parameter is not None:
            for w in params:
                w.fill(self.parameter)
        return params

    def _examples(self, source: Any, form: Format) -> list[Array]:
        trees = [self._grads(source, form) for _ in range(EXAMPLES)]
        stacked = [np.stack(parts) for parts in zip(*trees, strict=True)]
        if self.pinned is None:
            for g in stacked:
                g[2] = 0  # an example whose gradient is 0
        if self.spoiled:
            stacked[2][:, 1, 1] = 1.0
            stacked[2][1, 1, 1] = self.spoiled
        return stacked

    def _micro_batches(self, source: Any, form: Format) -> list[list[Array]]:
        trees = [self._grads(source, form) for _ in self.cut]
        for tree in trees[1:]:
            tree[2][1, 1] = 1.0
        return trees

    def _steps(self, source: Any, _: Format) -> list[Array]:
        """Gradients of consecutive steps, stacked; small enough to be multiplied by a scale."""
        middle = max(min(self.middle, -5), -_REACH + 3)
        found = []
        for shape in RUN_SHAPES:
            exponent = middle + 3 * source.uniform(-1, 1, (STEPS, *shape))
            found.append(source.choice((-1.0, 1.0), exponent.shape) * 2.0**exponent)
        if self.pinned is not None:
            for g in found:
                g.fill(self.pinned)
        for step in self.bad:
            found[step % 2][step] = self.spoiled or np.inf
        return found
