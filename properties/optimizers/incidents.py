"""What happens to an optimizer that runs, step after step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.optimizers.trajectories import NARROW
from properties.tensors import drawn_tensors
from reference.numerics import Array, rounded
from reference.optimizer_states import Tensors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.live import Live
    from properties.optimizers.steps import Steps

LENGTH, SHORT = 300, 24
INCIDENTS = (
    "flip",
    "spike",
    "sparse",
    "zero",
    "shrink",
    "spoil",
    "miss",
    "rate",
    "restore",
    "grow",
)
"""What happens once in a run: signs turn; gradients are 2^15 times as large, or mostly 0, or 0, or
a thousandth from then on, or one of them NaN; a tensor has none; the rate changes for good; the
optimizer is saved and restored; a parameter group is added."""

_ROUTINE = {0, 1, 2, 5, 6, 100, 200, 255, 256, 257, LENGTH - 1}
"""Steps looked at besides those around incidents: where warm-ups end and short counters stop."""


@dataclass(frozen=True)
class Event:
    """A step of a run: its gradients, the rate, and what happens before it."""

    grads: list[Array | None]
    rate: float
    incident: str = ""
    watched: bool = False
    params: Tensors | None = None


def events(
    trial: Steps, live: Live, length: int = LENGTH, calm: int | None = None
) -> Iterator[Event]:
    """A run's steps. float16 has no room for gradients that shrink or vanish.

    In a `calm` one gradients stay near 2^calm: what is large once hides what is small for long.
    """
    form, sizes = trial.subject.form, shapes(trial)
    rate = float(trial.parameters["learning_rate"])
    source = np.random.default_rng(trial.plan.seed)
    narrow = -form.min_exponent <= NARROW
    shift, high = (2, 1) if narrow else (min(max(trial.plan.middle, -40), 20), 15)
    left_out = {"zero", "shrink", "sparse"} if narrow else set()
    if calm is not None:
        shift, left_out = (shift if narrow else calm), {"spike", "shrink", "zero"}
    left_out |= {"miss"} if not live.may_miss else set()
    left_out |= {"grow"} if not live.may_grow else set()
    left_out |= {"rate"} if not live.may_change_rate else set()
    at = source.choice(np.arange(3, length - 3), len(INCIDENTS), replace=False)
    happens = {int(k): name for k, name in zip(at, INCIDENTS, strict=True) if name not in left_out}
    watched = _ROUTINE | {k + after for k in happens for after in (0, 1)}
    sign, tensors = 1.0, 1
    for k in range(length):
        incident = happens.get(k, "")
        sign = -sign if incident == "flip" else sign
        shift -= 10 * (incident == "shrink")
        rate = rate * 0.25 if incident == "rate" else rate
        more = None
        if incident == "grow":
            tensors, more = 2, rounded(drawn_tensors(source, form, 0, 4, shapes=sizes), form)
        grads: list[Array | None] = []
        for _ in range(tensors):
            spiked = shift + high * (incident == "spike")
            drawn = drawn_tensors(source, form, spiked, 1, zeros=not narrow, shapes=sizes)
            grads += rounded([sign * g for g in drawn], form)
        yield Event(_struck(source, grads, incident), rate, incident, k in watched, more)


def _struck(source: np.random.Generator, grads: list[Any], incident: str) -> list[Array | None]:
    if incident == "miss":
        return [None if i % 2 else g for i, g in enumerate(grads)]
    if incident == "zero":
        return [0 * g for g in grads]
    if incident == "sparse":
        return [np.where(source.random(g.shape) < 0.75, 0 * g, g).astype(g.dtype) for g in grads]
    if incident == "spoil":
        grads[2].reshape(-1)[0] = np.nan
    return list(grads)


def shapes(trial: Steps) -> tuple[tuple[int, ...], ...]:
    """Shapes of tensors that an optimizer can step: of some, only those that hold numbers."""
    empty = getattr(trial.subject.binding, "takes_empty", True)
    every = trial.plan.shapes_in(trial.subject.form)
    return tuple(shape for shape in every if empty or 0 not in shape)
