"""Trials of second-order steps: a regression is given, with the weights to start from."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays
from properties.optimizers.differentiated import differentiated
from properties.truths import Truth
from reference.numerics import FORMATS, logistic, rounded, widened

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array, Format
    from reference.technique import Technique

SAMPLES, WIDTH = 6, 3


@dataclass(frozen=True)
class ProblemPlan:
    """A plan for a regression of six samples and three features.

    Features are in units of 2^unit each: condition numbers grow with its square. Scores stay near
    2^reach, and targets near what the model says.
    """

    parameters: tuple[tuple[str, Any], ...]
    seed: int = 0
    unit: int = 0
    reach: int = 0

    def inputs(self, form: Format) -> tuple[Array, ...]:
        """Features, targets and weights, in the format."""
        source = np.random.default_rng(self.seed)
        units = 2.0 ** (self.unit * np.linspace(-1, 1, WIDTH).round())
        features = source.standard_normal((SAMPLES, WIDTH)) * units
        weights = 2.0**self.reach * source.standard_normal(WIDTH) / units
        scores = features @ weights
        straight = {"squares", "linear"} & {v for _, v in self.parameters if isinstance(v, str)}
        near = source.standard_normal(SAMPLES)
        targets = scores + near if straight else (logistic(scores + near) > 0.5).astype(float)
        return rounded((features, targets, weights), form)


@functools.lru_cache(maxsize=64)
def _truth(technique: Technique, plan: Any, dtype: str) -> list[Truth]:
    form, known = FORMATS[dtype], dict(plan.parameters)
    given = plan.inputs(form)
    before = [widened(given[-1])]
    step = lambda given: technique(*given, **known)  # noqa: E731
    return differentiated(step, given, before, technique.accuracy, form).leaves


@dataclass(frozen=True)
class Problems(Arrays):
    """A step on a regression."""

    plan: ProblemPlan

    def names(self) -> dict[str, Any]:
        """What deviations may name: the usual, for a step has no cotangents."""
        return super(Arrays, self).names()

    @property
    def truth(self) -> list[Truth]:
        """The true new weights."""
        return _truth(self.subject.technique, self.plan, self.subject.form.name)

    @property
    def weights(self) -> Array:
        """The backend's new weights."""
        return self.observed()[0][1]

    def agreement(self, truth: Array, slack: Array | float, *, low: Any = 0.0) -> Finding:
        """Hold the backend's new weights to others."""
        return self.compare(
            self.weights, truth, slack, low=low, floor=self.floor,
            scale=np.max(np.abs(truth), initial=0.0), about={"output": "weights"},
        )  # fmt: skip
