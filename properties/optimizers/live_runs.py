"""Runs of an optimizer that keeps its own state, held to the reference."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.optimizers.incidents import Event, events, shapes
from properties.optimizers.results import joined
from properties.optimizers.step_truths import Given, in_rows, rowwise
from properties.optimizers.steps import Steps
from properties.optimizers.trajectories import ended
from properties.tensors import drawn_tensors
from properties.trial import KERNELS, all_of
from reference.numerics import rounded
from reference.optimizer_states import Tensors, beginning, entries
from reference.trees import leaves

if TYPE_CHECKING:
    from backends.live import Live
    from properties.finding import Finding
    from properties.trial import Trial
    from reference.numerics import Array


def begun(trial: Steps) -> Live:
    """An optimizer that runs, at parameters of the plan's seed."""
    source, form = np.random.default_rng(trial.plan.seed), trial.subject.form
    return begun_at(trial, rounded(drawn_tensors(source, form, 0, 4, shapes=shapes(trial)), form))


def begun_at(trial: Steps, params: Tensors) -> Live:
    """An optimizer that runs, at these parameters."""
    s = trial.subject
    start = (params, beginning(s.technique, params, trial.parameters))
    return s.backend.live(s.binding, start, trial.parameters, device=s.device)


@dataclass(frozen=True)
class Moment:
    """A running optimizer between two steps: parameters, and the state of each."""

    params: Tensors
    states: list[dict[str, Any]]
    shared: frozenset[str]


def seen(trial: Steps, live: Live, rate: float) -> Moment | None:
    """What a run holds now; None where it keeps its state under names of its own.

    A tensor that has taken no step begins at this rate.
    """
    params, states = live.params(), live.states()
    if states is None:
        return None
    technique, known = trial.subject.technique, trial.parameters | {"learning_rate": rate}
    begins = [
        {k: v[0] if isinstance(v, list) else v for k, v in one.items()}
        for one in (beginning(technique, [w], known) for w in params)
    ]
    kinds = entries(technique)
    shared = frozenset(k for k, s in kinds.items() if s.per == "optimizer")
    counts = {k for k in shared if not kinds[k].real}
    full = [
        {
            k: np.asarray(v).astype(np.int32) if k in counts else _as(v, first[k])
            for k, v in (first | own).items()
        }
        for own, first in zip(states, begins, strict=True)
    ]
    return Moment(params, full, shared)


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
    strict = trial.excusing("stays_in_step", none=True)  # nothing excuses another
    found = all_of(
        _unchanged(strict, before, after, i, told) for i, g in enumerate(event.grads) if g is None
    )
    alike: dict[Any, list[int]] = {}
    for i, g in enumerate(event.grads):
        if g is not None:
            alike.setdefault(_count(before.states[i]), []).append(i)
    for together in alike.values():
        grads = [g for i in together if (g := event.grads[i]) is not None]
        given = (grads, *_joined(before, together))
        state, params = _joined(after, together)
        if in_rows(trial.subject.technique):
            given, (params, state) = joined(given), joined((params, state))
        found = found.merged(_compared(trial, known, given, (params, state), told))
    return found


def _count(state: dict[str, Any]) -> int:
    """How many steps were taken."""
    counts = (v for v in state.values() if not isinstance(v, list))
    return next((int(v) for v in counts if np.issubdtype(np.asarray(v).dtype, np.integer)), 0)


def _joined(moment: Moment, indices: list[int]) -> tuple[dict[str, Any], Tensors]:
    """State and parameters of some tensors."""
    states = [moment.states[i] for i in indices]
    state = {
        k: v if k in moment.shared else [one[k] for one in states] for k, v in states[0].items()
    }
    return state, [moment.params[i] for i in indices]


def _compared(
    trial: Steps, known: dict[str, Any], given: Given, result: Any, told: dict[str, Any]
) -> Finding:
    truths, columns = trial.truth_of(given, known), trial.columns_of(given, known)
    return all_of(
        trial.compare(
            left, t.high, t.allowed, low=t.low, inputs=c.numbers, like="agrees_with_reference",
            floor=trial.floor, scale=np.max(np.abs(t.high), initial=0.0),
            about=told | {"entry": c.entry, "taken": _count(given[1])},
        )
        for (_, left), t, c in zip(leaves(result), truths, columns, strict=True)
    )  # fmt: skip


def keeps(trial: Steps, before: Moment, after: Moment) -> Finding:
    """A restored optimizer holds what the saved one did."""
    return all_of(
        _unchanged(trial, before, after, i, {"incident": "restore"})
        for i in range(len(before.params))
    )


def _unchanged(
    trial: Trial, before: Moment, after: Moment, i: int, told: dict[str, Any]
) -> Finding:
    """A tensor and its state stay as they are."""
    pairs = zip(leaves(_joined(after, [i])), leaves(_joined(before, [i])), strict=True)
    return all_of(
        trial.compare(
            np.asarray(now), np.asarray(was, np.float64), 0.0,
            about=told | {"entry": path, "tensor": i},
        )
        for (path, now), (_, was) in pairs
    )  # fmt: skip


def whole(trial: Steps, length: int, calm: int | None = None) -> Finding:
    """Compare where a run ends with where the reference's does, tensor by tensor.

    A tensor that has missed a gradient has taken a step less; one that was added begins late.
    """
    live, technique = begun(trial), trial.subject.technique
    starts = live.params()
    taken: list[list[tuple[Array, float]]] = [[] for _ in starts]
    for event in events(trial, live, length, calm):
        live = advanced(live, event)
        starts += event.params or []
        taken += [[] for _ in event.params or []]
        with KERNELS.running():
            live.step(event.grads, event.rate)
        for own, g in zip(taken, event.grads, strict=True):
            if g is not None:
                own.append((g, event.rate))
    return all_of(
        _ends(trial, technique, w, own, y, {"tensor": i, "steps": length})
        for i, (w, own, y) in enumerate(zip(starts, taken, live.params(), strict=True))
        if w.size
    )


def _ends(
    trial: Steps, technique: Any, start: Array, own: list[tuple[Array, float]], seen: Array,
    told: dict[str, Any],
) -> Finding:  # fmt: skip
    steps = [
        functools.partial(technique, **(trial.parameters | {"learning_rate": rate}))
        for _, rate in own
    ]
    begin = ([start], beginning(technique, [start], trial.parameters))
    run = ended(
        technique, steps, begin, [[g] for g, _ in own], trial.subject.form,
        elementwise=rowwise(technique),
    )  # fmt: skip
    truth = run.end[0]
    return trial.compare(
        seen, truth.high, truth.allowed, low=truth.low, floor=trial.floor,
        scale=np.max(np.abs(truth.high), initial=0.0), inputs={"travelled": run.travelled[0]},
        about=told | {"entry": "params"},
    )  # fmt: skip
