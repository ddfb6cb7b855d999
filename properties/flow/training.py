"""Trials of the articles' worked example: a hundred steps of training."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.trial import KERNELS, Trial, WrongShapeError
from reference.flow.drawn import INITIALIZERS
from reference.flow.training import (
    SIZES,
    beginning,
    classifier_training,
    stepped,
    sums,
    trained,
)
from reference.numerics import FORMATS, rounded, widened
from reference.trees import leaves

if TYPE_CHECKING:
    from reference.numerics import Array

STEPS = 100
BATCHES = (3, 1)
"""Rows of a batch; the article has one."""

NEAR = 2.0**-12
"""So far from its kink a hidden unit's sum, of size 1, stays: no rounding in float32 decides."""

ROOM = 16.0
"""How often the reference's own error another order of summation may be off."""


@dataclass(frozen=True)
class TrainingPlan:
    """A plan for one run of training."""

    parameters: tuple[tuple[str, Any], ...]
    seed: int = 0
    batch: int = BATCHES[0]

    @property
    def shape(self) -> tuple[int, int]:
        """Steps and rows."""
        return STEPS, self.batch


@dataclass(frozen=True)
class Expected:
    """One array of the result: the truth, and how far off it may be."""

    name: str
    truth: Array
    allowed: float


@functools.lru_cache(maxsize=4)
def given(plan: TrainingPlan, dtype: str) -> tuple[Array, ...]:
    """Batches, labels, weights of He's initializer and biases away from 0, in the format."""
    return tuple(rounded(list(_drawn(plan)), FORMATS[dtype]))


@functools.lru_cache(maxsize=4)
def _drawn(plan: TrainingPlan) -> tuple[Array, ...]:
    """In float64. A batch that brings a unit next to its kink is drawn again: trained along."""
    source = np.random.default_rng(plan.seed)
    labels = source.integers(0, SIZES[-1], (STEPS, plan.batch)).astype(np.int32)
    weights: list[Array] = []
    for place, (inputs, outputs) in enumerate(itertools.pairwise(SIZES)):
        like = np.empty((outputs, inputs))
        weights.append(INITIALIZERS["he_normal"](1000 * place + plan.seed, like).values)
        weights.append(0.1 * source.standard_normal(outputs))
    state, images = beginning(weights), []
    for label in labels:
        x = source.standard_normal((plan.batch, SIZES[0]))
        while min(float(np.min(np.abs(z))) for z in sums(x, state.weights)[:2]) < NEAR:
            x = source.standard_normal((plan.batch, SIZES[0]))
        images.append(x)
        state, _ = stepped(state, x, label, dict(plan.parameters)["learning_rate"])
    return np.stack(images), labels, *weights


@functools.lru_cache(maxsize=4)
def expected(plan: TrainingPlan, dtype: str) -> tuple[Expected, ...]:
    """Truth in higher precision; allowed is ROOM times what runs in float32 are off, in u.

    Every array has one bound, its largest error: which number is off is chance.
    """
    wide = np.longdouble if dtype == "float64" else np.float64
    rate = dict(plan.parameters)
    with KERNELS.running():
        truth = classifier_training(*widened(given(plan, dtype), wide), **rate)
        narrow = widened(given(plan, "float32"), np.float64)
        exact = classifier_training(*narrow, **rate)
        images, labels, *weights = given(plan, "float32")
        rough = [
            trained(images, labels, weights, rate["learning_rate"], cancelling=cancelling)
            for cancelling in (False, True)
        ]
    part = FORMATS[dtype].unit_roundoff / FORMATS["float32"].unit_roundoff
    found = []
    for (path, right), (_, high), (_, low), (_, lower) in zip(
        *map(leaves, (truth, exact, *rough)), strict=True
    ):
        off = float(max(np.max(np.abs(high - low)), np.max(np.abs(high - lower))))
        size = float(np.max(np.abs(right)))
        least = FORMATS["float32"].unit_roundoff * size
        found.append(Expected(path, right, ROOM * part * max(off, least)))
    return tuple(found)


@dataclass(frozen=True)
class Training(Trial):
    """A run of training on a backend."""

    plan: TrainingPlan

    @property
    def given(self) -> tuple[Any, ...]:
        """Batches, labels and weights, in the format under test."""
        return given(self.plan, self.subject.form.name)

    @property
    def expected(self) -> tuple[Expected, ...]:
        """What should come out."""
        return expected(self.plan, self.subject.form.name)

    @property
    def observed(self) -> list[Array]:
        """What came out, in float64, held to shapes and dtypes."""
        return self.once("observed", self._observed)

    def _observed(self) -> list[Array]:
        s = self.subject
        with KERNELS.running():
            outcome = s.backend.call(s.binding, self.given, self.parameters, device=s.device)
        seen = [y for _, y in leaves(outcome.outputs)]
        due = [e.truth.shape for e in self.expected]
        if [y.shape for y in seen] != due or any(y.dtype != s.form.dtype for y in seen):
            message = f"{[f'{y.dtype}{list(y.shape)}' for y in seen]} came out, due was {due}"
            raise WrongShapeError(message)
        return [y.astype(np.float64) for y in seen]
