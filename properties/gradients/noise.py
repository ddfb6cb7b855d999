"""Trials of gradient noise: what is added to the gradients of some steps, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from properties.finding import Finding
from properties.trial import KERNELS, Trial, WrongShapeError
from reference.gradients.noise import deviations_of_noise
from reference.numerics import Array

STEPS = 3
NUMBERS = 2 * 3**10
"""Numbers of each of two tensors at each step: together enough to find an error of 1 % in s."""


@dataclass(frozen=True)
class NoisePlan:
    """A plan for noise: hyper-parameters and a seed."""

    parameters: tuple[tuple[str, Any], ...]
    seed: int


@dataclass(frozen=True)
class Noise(Trial):
    """What a backend adds to the gradients of two tensors of one size, at consecutive steps."""

    plan: NoisePlan

    @property
    def given(self) -> tuple[Array, list[Array]]:
        """The first seed, and gradients that are zero."""
        return self._given(0, 0.0)

    def _given(self, seed: int, gradient: float) -> tuple[Array, list[Array]]:
        steps = [np.full((STEPS, NUMBERS), gradient, self.subject.form.dtype) for _ in range(2)]
        return np.asarray(self.plan.seed + seed, np.int32), steps

    def added(self, *, seed: int = 0, gradient: float = 0.0) -> list[Array]:
        """The results, (steps, numbers), for gradients that are all this number."""
        return self.once((seed, gradient), lambda: self._added(seed, gradient))

    def _added(self, seed: int, gradient: float) -> list[Array]:
        s = self.subject
        first, steps = self._given(seed, gradient)
        with KERNELS.running():
            outcome = s.backend.call(s.binding, (first, steps), self.parameters, device=s.device)
        found = [np.asarray(y) for y in outcome.outputs]
        for y in found:
            if y.shape != steps[0].shape or y.dtype != s.form.dtype:
                message = f"{s.form.name}{list(steps[0].shape)} was due, not {y.dtype}{y.shape}"
                raise WrongShapeError(message)
        return found

    def normalized(self, *, seed: int = 0) -> list[Array]:
        """Noise over the standard deviation that it should have, (steps, numbers)."""
        std = self.deviations[:, None]
        return [y.astype(np.float64) / std for y in self.added(seed=seed)]

    @property
    def deviations(self) -> Array:
        """The true standard deviation at every step."""
        known = self.parameters
        return deviations_of_noise(STEPS, known["eta"], known["gamma"])

    @property
    def leeway(self) -> float:
        """By which part the standard deviation may be off, with every number rounded once."""
        claim, u = self.subject.technique.accuracy, self.subject.form.unit_roundoff
        return (1 + claim.inputs * u) * (1 + u) - 1

    def told(self, observed: Any, high: Any, allowed: Any, **about: Any) -> Finding:
        """Compare, and tell the seed."""
        told = {"seed": self.plan.seed} | about
        return self.compare(np.atleast_1d(observed), np.atleast_1d(high), allowed, about=told)
