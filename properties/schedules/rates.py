"""Rates: a schedule at the steps that are drawn for it, around every boundary it names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from properties.arrays import Arrays, Changed
from properties.finding import Finding
from reference.numerics import Array, Format, rounded, ulp

LENGTH = 96
HORIZON = 300  # beyond 256, where a counter in bfloat16 stands still
AROUND = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class RatesPlan:
    """A plan for a schedule: a base rate other than 1, and steps from 0 to thrice past the end.

    Around every boundary (each number of steps among the hyper-parameters, its half and multiples)
    all steps are taken; the seed draws the rest. With `pinned`, every step is that one, and with
    `nonsense` only that one is tried: how a witness re-runs.
    """

    parameters: tuple[tuple[str, Any], ...]
    base_rate: float = 0.7
    seed: int = 0
    pinned: int | None = None
    nonsense: str = ""

    def inputs(self, form: Format) -> tuple[Array, Array]:
        """Expand: 96 steps in order, and the base rate in the format."""
        return self._steps(), rounded(np.asarray(self.base_rate), form)

    def _steps(self) -> Array:
        if self.pinned is not None:
            return np.full(LENGTH, self.pinned, np.int32)
        known = dict(self.parameters)
        marks = {0, *boundaries(known)}
        near = {max(0, m + d) for m in marks for d in AROUND}
        source = np.random.default_rng(self.seed)
        rest = source.integers(0, max(HORIZON, *marks) + 3, max(LENGTH - len(near), 0))
        steps = np.sort(np.concatenate([sorted(near)[:LENGTH], rest])).astype(np.int32)
        ends = known.get("past_the_end") == "raises"
        return np.minimum(steps, np.int32(known["total_steps"])) if ends else steps


def boundaries(known: dict[str, Any]) -> set[int]:
    """Steps and milestones that hyper-parameters name, half of them and their multiples."""
    found: set[int] = set()
    for name, value in known.items():
        if isinstance(value, tuple):
            found |= {*value, 3 * max(value)}
        elif name.endswith(("_steps", "_size")):
            found |= {value // 2, value, 2 * value, 3 * value}
    return found


@dataclass(frozen=True)
class Rates(Arrays):
    """A schedule at 96 steps."""

    plan: RatesPlan | Changed

    def names(self) -> dict[str, Any]:
        """What deviations may name: besides the usual, the base rate. Steps are a column."""
        return super(Arrays, self).names() | {"base_rate": float(self.given[1])}

    @property
    def rates(self) -> Array:
        """The backend's rates."""
        return np.asarray(self.observed()[0][1])

    @property
    def accepted(self) -> Array:
        """The accepted error of each rate."""
        return self.truth[0].allowed

    def at(self, steps: Array, base_rate: Array | None = None) -> Array:
        """The backend's rates at other steps, or from another base rate."""
        base = self.given[1] if base_rate is None else base_rate
        rates = np.asarray(self.on_backend((steps, base)).outputs)
        self.hold([("", np.zeros(steps.shape))], [("", rates)])
        return rates

    def moved(self, by: int) -> Rates:
        """The same schedule at steps that are all later by so many (not below 0): its own trial."""
        plan = Changed(self.plan, lambda given, _: (_later(given[0], by), given[1]))
        return replace(self, plan=plan, cache=self.once(plan, dict))

    def told(self, seen: Array, due: Array, slack: Array, *, steps: Array | None = None) -> Finding:
        """Compare rates step by step, excused where agreement with the reference is."""
        steps = self.given[0] if steps is None else steps
        return self.compare(
            seen, np.asarray(due, np.float64), slack, inputs={"step": steps},
            floor=self.floor, scale=float(self.given[1]), like="agrees_with_reference",
        )  # fmt: skip

    def claimed(self, due: Array) -> Array:
        """Twice the accuracy that the technique claims, around these rates."""
        claim, form = self.subject.technique.accuracy, self.subject.form
        around = claim.ulps * ulp(due, form) + claim.inputs * form.unit_roundoff * np.abs(due)
        return np.where(due == 0, 0.0, 2 * around)


def _later(steps: Array, by: int) -> Array:
    return np.maximum(steps + np.int32(by), np.int32(0))
