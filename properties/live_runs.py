"""Runs of an optimizer that keeps its own state: what happens to it, step after step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.live import FunctionalLive, Live
from properties.steps import Given, Steps, columns_of, elementwise, truth_of
from properties.tensors import drawn_tensors
from properties.trajectories import NARROW
from properties.trial import KERNELS, all_of
from reference.numerics import rounded
from reference.optimizer_states import Tensors, beginning, entries
from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from properties.finding import Finding
    from reference.numerics import Array, Format

LENGTH = 300
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


def events(seed: int, form: Format, middle: int, rate: float, live: Live) -> Iterator[Event]:
    """A run's steps. float16 has no room for gradients that shrink, vanish or spike."""
    source = np.random.default_rng(seed)
    narrow = -form.min_exponent <= NARROW
    shift, high = (2, 1) if narrow else (min(max(middle, -40), 20), 15)
    left_out = {"zero", "shrink", "sparse"} if narrow else set()
    left_out |= {"miss"} if not live.may_miss else set()
    left_out |= {"grow"} if not live.may_grow else set()
    at = source.choice(np.arange(3, LENGTH - 3), len(INCIDENTS), replace=False)
    happens = {int(k): name for k, name in zip(at, INCIDENTS, strict=True) if name not in left_out}
    watched = _ROUTINE | {k + after for k in happens for after in (0, 1)}
    sign, tensors = 1.0, 1
    for k in range(LENGTH):
        incident = happens.get(k, "")
        sign = -sign if incident == "flip" else sign
        shift -= 10 * (incident == "shrink")
        rate = rate * 0.25 if incident == "rate" else rate
        more = None
        if incident == "grow":
            tensors, more = 2, rounded(_taken(drawn_tensors(source, form, 0, 4), live), form)
        grads: list[Array | None] = []
        for _ in range(tensors):
            spiked = shift + high * (incident == "spike")
            drawn = _taken(drawn_tensors(source, form, spiked, 1, zeros=not narrow), live)
            grads += rounded([sign * g for g in drawn], form)
        yield Event(_struck(source, grads, incident), rate, incident, k in watched, more)


def _taken(tensors: Tensors, live: Any) -> Tensors:
    """What an optimizer can step: of some libraries, only tensors that hold numbers."""
    return [x for x in tensors if x.size or getattr(live, "takes_empty", True)]


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


def begun(trial: Steps) -> Live:
    """An optimizer that runs, at parameters of the plan's seed."""
    s = trial.subject
    source = np.random.default_rng(trial.plan.seed)
    params = rounded(drawn_tensors(source, s.form, 0, 4), s.form)
    made = getattr(s.binding, "live", None)
    if made is not None:
        params = _taken(params, made)
        live: Live = made(params, trial.parameters, s.device)
        return live
    start = (params, beginning(s.technique, params, trial.parameters))
    return FunctionalLive(s.backend, s.binding, start, trial.parameters, s.device)


@dataclass(frozen=True)
class Moment:
    """A running optimizer between two steps: parameters, and the state of each."""

    params: Tensors
    states: list[dict[str, Any]]


def seen(trial: Steps, live: Live) -> Moment | None:
    """What a run holds now; None where it keeps its state under names of its own."""
    params, states = live.params(), live.states()
    if states is None:
        return None
    technique = trial.subject.technique
    begins = [
        {k: v[0] if isinstance(v, list) else v for k, v in one.items()}
        for one in (beginning(technique, [w], trial.parameters) for w in params)
    ]
    counts = {k for k, s in entries(technique).items() if s.per == "optimizer" and not s.real}
    full = [
        {
            k: np.asarray(v).astype(np.int32) if k in counts else _as(v, first[k])
            for k, v in (first | own).items()
        }
        for own, first in zip(states, begins, strict=True)
    ]
    return Moment(params, full)


def _as(entry: Any, like: Any) -> Any:
    """The same numbers, in the shape that is due: libraries keep means with axes of length 1."""
    return np.reshape(entry, np.shape(like)) if np.size(entry) == np.size(like) else entry


def advanced(live: Live, event: Event) -> Live:
    """Let an event happen; the run that goes on."""
    with KERNELS.running():
        if event.incident == "restore":
            live = live.restored()
        if event.params is not None:
            live.grown(event.params)
    return live


def in_step(trial: Steps, before: Moment, event: Event, after: Moment, k: int) -> Finding:
    """Compare a step of a run with the reference's from the same state.

    Tensors that have taken as many steps are compared at once.
    """
    known = trial.parameters | {"learning_rate": event.rate}
    told = {"at": k, "incident": event.incident or "none", "learning_rate": event.rate}
    found = all_of(
        _unchanged(trial, before, after, i, told) for i, g in enumerate(event.grads) if g is None
    )
    alike: dict[Any, list[int]] = {}
    for i, g in enumerate(event.grads):
        if g is not None:
            alike.setdefault(_count(before.states[i]), []).append(i)
    for together in alike.values():
        grads = [g for i in together if (g := event.grads[i]) is not None]
        given = (grads, *_joined(before, together))
        state, params = _joined(after, together)
        if elementwise(trial.subject.technique):
            given, (params, state) = _flat(given), _flat((params, state))
        found = found.merged(_compared(trial, known, given, (params, state), told))
    return found


def _count(state: dict[str, Any]) -> int:
    """How many steps were taken."""
    return next((int(v) for v in state.values() if _shared(v)), 0)


def _shared(entry: Any) -> bool:
    return not isinstance(entry, list) and bool(np.issubdtype(np.asarray(entry).dtype, np.integer))


def _joined(moment: Moment, indices: list[int]) -> tuple[dict[str, Any], Tensors]:
    """State and parameters of some tensors."""
    states = [moment.states[i] for i in indices]
    state = {k: v if _shared(v) else [one[k] for one in states] for k, v in states[0].items()}
    return state, [moment.params[i] for i in indices]


def _flat(tree: Any) -> Any:
    """Every list of tensors as one vector, where elements move alone."""
    if isinstance(tree, dict):
        return {k: _flat(v) for k, v in tree.items()}
    if isinstance(tree, tuple):
        return tuple(_flat(branch) for branch in tree)
    return [np.concatenate([x.reshape(-1) for x in tree])] if isinstance(tree, list) else tree


def _compared(
    trial: Steps, known: dict[str, Any], given: Given, result: Any, told: dict[str, Any]
) -> Finding:
    s = trial.subject
    flushes = s.flushing.inputs or s.flushing.outputs
    truths = truth_of(s.technique, known, given, s.form)
    columns = columns_of(s.technique, known, given, s.form, flushes=flushes)
    return all_of(
        trial.compare(
            left, t.high, t.allowed, low=t.low, inputs=c.numbers, like="agrees_with_reference",
            floor=trial.floor, scale=np.max(np.abs(t.high), initial=0.0),
            about=told | {"entry": c.entry, "taken": _count(given[1])},
        )
        for (_, left), t, c in zip(leaves(result), truths, columns, strict=True)
    )  # fmt: skip


def _unchanged(
    trial: Steps, before: Moment, after: Moment, i: int, told: dict[str, Any]
) -> Finding:
    """A tensor without a gradient, and its state, stay as they are."""
    pairs = zip(leaves(_joined(after, [i])), leaves(_joined(before, [i])), strict=True)
    return all_of(
        trial.compare(
            np.asarray(now), np.asarray(was, np.float64), 0.0,
            about=told | {"entry": path, "tensor": i},
        )
        for (path, now), (_, was) in pairs
    )  # fmt: skip
