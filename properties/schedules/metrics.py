"""Metrics: what a schedule that watches them is shown: falls, plateaus, NaN and infinity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays
from reference.numerics import Array, Format, rounded

if TYPE_CHECKING:
    from properties.finding import Finding

LENGTH = 64
_GRID = 8


@dataclass(frozen=True)
class MetricsPlan:
    """A plan for 64 metrics: they get better, then stand still, in stretches; some are spoilt.

    All are multiples of 1/8, so that no comparison with a threshold depends on rounding, and the
    threshold itself is met exactly. With `pinned`, every metric is that number.
    """

    parameters: tuple[tuple[str, Any], ...]
    base_rate: float = 0.7
    seed: int = 0
    factor: float = 1.0
    shift: float = 0.0
    pinned: float | None = None
    nonsense: str = ""

    def inputs(self, form: Format) -> tuple[Array, Array]:
        """Expand: the metrics, and the base rate in the format."""
        metrics = np.full(LENGTH, self.pinned) if self.pinned is not None else self._drawn()
        both = metrics * self.factor + self.shift, np.asarray(self.base_rate)
        return rounded(both[0], form), rounded(both[1], form)

    def _drawn(self) -> Array:
        """Four stretches of falls and plateaus around 1, where the thresholds are met exactly."""
        source = np.random.default_rng(self.seed)
        sign = -1 if dict(self.parameters).get("better") == "higher" else 1
        change = source.choice([0, 0, 0, 1, -1, -2], LENGTH)
        change[source.integers(0, LENGTH // 2) :][: LENGTH // 4] = 0
        metrics = np.clip(8 + np.cumsum(sign * change), -8, 24) / _GRID
        metrics[:4] = 1.0, 1.0 - 0.25 * sign, 1.0 - 0.5 * sign, 1.0 - 0.5 * sign
        spoilt = source.integers(4, LENGTH, 4)
        metrics[spoilt] = np.nan, np.nan, np.inf, -np.inf * sign * -1
        return metrics


@dataclass(frozen=True)
class Metrics(Arrays):
    """A schedule that is shown 64 metrics."""

    plan: MetricsPlan

    def names(self) -> dict[str, Any]:
        """What deviations may name: besides the usual, the base rate. Metrics are a column."""
        return super(Arrays, self).names() | {"base_rate": float(self.given[1])}

    @property
    def rates(self) -> Array:
        """The backend's rates."""
        return np.asarray(self.observed()[0][1])

    def at(self, metrics: Array) -> Array:
        """The backend's rates for other metrics."""
        return np.asarray(self.on_backend((metrics, self.given[1])).outputs)

    def other(self, **changed: Any) -> Metrics:
        """A neighbouring trial: other fields of the plan."""
        return replace(self, plan=replace(self.plan, **changed), cache={})

    def told(self, seen: Array, due: Array, slack: Array) -> Finding:
        """Compare rates metric by metric, excused where agreement with the reference is."""
        return self.compare(
            seen, np.asarray(due, np.float64), slack, inputs={"metric": self.given[0]},
            floor=self.floor, scale=float(self.given[1]), like="agrees_with_reference",
        )  # fmt: skip
