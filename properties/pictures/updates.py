"""Updates: how wrong the first step of an optimizer is, over the size of gradients.

Parameters are 0, so that the new ones show the update and not their own rounding. All gradients of
a step are of one size, 2^k, with signs and up to a factor of 2 at random. Of an optimizer whose
first step moves nothing, the second is taken.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.finding import number
from properties.optimizers.steps import Steps
from properties.tensors import drawn_tensors
from reference.numerics import FORMATS, rounded, widened
from reference.optimizer_states import beginning
from reference.trees import mapped

if TYPE_CHECKING:
    from properties.optimizers.step_truths import Given
    from properties.trial import Trial
    from properties.truths import Truth
    from reference.numerics import Array, Format
    from reference.technique import Technique

SIZED = ("scale", "error", "allowed")
_SIZES = 24
_LOWEST, _HIGHEST = -66, 33  # as the laws draw them
_DIGITS = 3


class Updates:
    """Watches for the first trial of a step; then takes steps of its own, at the defaults."""

    def __init__(self) -> None:
        """Wait for a first trial."""
        self.first: Steps | None = None

    def watch(self, trial: Trial) -> None:
        """Keep the first trial of an optimizer's step."""
        if self.first is None and isinstance(trial, Steps):
            self.first = trial

    def row(self) -> dict[str, Any] | None:
        """Errors and allowances over sizes; None where the backend takes no step.

        Sizes at which the true update is 0 are left out: the state before it has overflowed.
        """
        if self.first is None:
            return None
        trial = replace(self.first, cache={})
        s, parameters = trial.subject, trial.plan.parameters
        with np.errstate(all="ignore"):
            every = [_Size(s.technique, parameters, s.form.name, k, trial) for k in sizes(s.form)]
            due = [(at, *_due(at)) for at in every]
            due = [each for each in due if any(np.any(t.high) for t in each[2])]
            if not due:
                return None
            try:
                seen = [trial.step(given)[0] for _, given, _ in due]
            except Exception:  # noqa: BLE001 - the laws have told of it; there is nothing to draw
                return None
        found = [_at(at.k, new, t) for (at, _, t), new in zip(due, seen, strict=True)]
        told = dict(zip(SIZED, map(_told, zip(*found, strict=True)), strict=True))
        return {"kind": "updates", "parameters": trial.parameters, **told}


def sizes(form: Format) -> list[int]:
    """Exponents of sizes, evenly over those that the laws draw, in the format's range."""
    low, high = max(form.min_exponent, _LOWEST), min(-form.min_exponent, _HIGHEST)
    return sorted({round(k) for k in np.linspace(low, high, _SIZES)})


@dataclass(frozen=True)
class _Size:
    """Gradients of a size, for an optimizer at its defaults: the same for all backends."""

    technique: Technique
    parameters: tuple[tuple[str, Any], ...]
    dtype: str
    k: int
    trial: Steps = field(compare=False)


def _at(k: int, new: list[Array], truths: list[Truth]) -> tuple[float, float, float]:
    """Size of gradients; largest error of an update and largest allowance, over the longest one."""
    seen = [np.asarray(y, np.float64) for y in new]
    longest = max(float(np.max(np.abs(t.high), initial=0.0)) for t in truths)
    error = max(_largest(y - t.high) for y, t in zip(seen, truths, strict=True))
    allowed = max(_largest(t.allowed) for t in truths)
    return math.ldexp(1.0, k), error / longest, allowed / longest


@functools.lru_cache(maxsize=len(FORMATS) * _SIZES)
def _due(at: _Size) -> tuple[Given, list[Truth]]:
    """A step from parameters 0, and its true updates."""
    form, known = FORMATS[at.dtype], dict(at.parameters)
    shapes = at.trial.plan.shapes_in(form)
    source = np.random.default_rng(at.k - _LOWEST)
    grads = drawn_tensors(source, form, at.k + 0.5, 0.5, zeros=False, shapes=shapes)
    grads = rounded(grads, form)
    params = mapped(np.zeros_like, grads)
    state = beginning(at.technique, params, known)
    moved, after = at.technique(*widened((grads, state, params)), **known)
    if not any(np.any(w) for w in moved):  # the second step is the first
        state = rounded(after, form)
    given = (grads, state, params)
    return given, at.trial.truth_of(given, known)[: len(params)]


def _largest(x: Array) -> float:
    size = np.abs(x)
    return float(np.max(np.where(np.isnan(size), np.inf, size), initial=0.0))


def _told(column: tuple[float, ...]) -> list[Any]:
    """Three digits of each number, as JSON holds them."""
    return [number(float(f"{v:.{_DIGITS}g}")) for v in column]
