"""What a law of optimizers saw: the steps and runs that it asked a backend for, and the wrong one.

Laws compare steps with one another, with theory, with a run's end. Behind each that fails stands a
step that is not the reference's: from a state that can be told, or in a run.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.laws import ask
from properties.optimizers.live_runs import Moment, seen
from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from properties.optimizers.step_truths import Given
    from properties.optimizers.steps import Steps


@dataclass(frozen=True)
class Wrong:
    """One number of a result that is not what is due: a tensor's, or (tensor -1) one all share."""

    entry: str
    tensor: int
    index: tuple[int, ...]
    expected: float
    allowed: float


@dataclass
class Step:
    """A step that a backend was asked for: from where, at which hyper-parameters, run how."""

    given: Given
    known: dict[str, Any]
    execution: str = ""
    wrong: Wrong | None = None


@dataclass
class Ride:
    """A run: its start, and what happened, in order: ("step", grads, rate), ("restore",) ..."""

    params: list[Any]
    known: dict[str, Any]
    events: list[tuple[Any, ...]] = field(default_factory=list)
    wrong: Wrong | None = None


class _Recorded:
    """A running optimizer whose events are written down, and each step looked at."""

    def __init__(self, live: Any, ride: Ride, trial: Steps) -> None:
        self._live, self._ride, self._trial = live, ride, trial

    def __getattr__(self, name: str) -> Any:
        return getattr(self._live, name)

    def step(self, grads: list[Any], rate: float) -> None:
        """Take a step, unless one before was wrong already."""
        copied = [None if g is None else np.array(g) for g in grads]
        watched = self._ride.wrong is None
        before = seen(self._trial, self._live, rate) if watched else None
        if watched:
            self._ride.events.append(("step", copied, rate))
        self._live.step(grads, rate)
        after = seen(self._trial, self._live, rate) if before is not None else None
        if before is not None and after is not None:
            known = self._ride.known | {"learning_rate": rate}
            self._ride.wrong = _wrong_in_a_run(self._trial, before, copied, after, known)

    def restored(self) -> _Recorded:
        """Save and load."""
        if self._ride.wrong is None:
            self._ride.events.append(("restore",))
        return _Recorded(self._live.restored(), self._ride, self._trial)

    def grown(self, params: list[Any]) -> None:
        """Add parameters."""
        if self._ride.wrong is None:
            self._ride.events.append(("grow", [np.array(w) for w in params]))
        self._live.grown(params)


class _Recording:
    """A backend that writes down what it is asked for."""

    def __init__(self, backend: Any, trial: Steps) -> None:
        self._backend, self._trial = backend, trial
        self.asked: list[Step | Ride] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def call(self, binding: Any, inputs: Any, parameters: dict[str, Any], **how: Any) -> Any:
        """Call, and write down the step."""
        outcome = self._backend.call(binding, inputs, parameters, **how)
        known = {k: v for k, v in parameters.items() if k != "execution"}
        self.asked.append(Step(inputs, known, parameters.get("execution", "")))
        self.asked[-1].wrong = _wrong_in_a_step(self._trial, inputs, known, outcome.outputs)
        return outcome

    def live(self, binding: Any, start: Any, parameters: dict[str, Any], **how: Any) -> Any:
        """A run that is written down."""
        ride = Ride([np.array(w) for w in start[0]], dict(parameters))
        self.asked.append(ride)
        live = self._backend.live(binding, start, parameters, **how)
        return _Recorded(live, ride, self._trial)


def asked_by(law: Callable[..., Any], trial: Steps) -> list[Step | Ride]:
    """All steps and runs that a law asks for, each with its first wrong number."""
    subject = trial.subject
    host: Any = _Recording(subject.backend, trial)
    with contextlib.suppress(NotOfferedError):
        ask(law, replace(trial, subject=replace(subject, backend=host), cache={}), strictly=True)
    asked: list[Step | Ride] = host.asked
    return asked


def _wrong_in_a_step(
    trial: Steps, given: Given, known: dict[str, Any], outputs: Any
) -> Wrong | None:
    params, state = outputs
    ordered = (params, {name: state[name] for name in given[1] if name in state})
    try:
        truths = trial.truth_of(given, known)
    except ValueError:  # nonsense, which the reference refuses
        return None
    worst: tuple[float, Wrong | None] = (1.0, None)
    for truth, (path, y) in zip(truths, leaves(ordered), strict=True):
        worst = max(worst, _excess(path, np.asarray(y), truth), key=lambda pair: pair[0])
    return worst[1]


def _excess(path: str, y: Any, truth: Any) -> tuple[float, Wrong | None]:
    high, observed = np.asarray(truth.high, np.float64), np.asarray(y, np.float64)
    if not high.size:
        return 0.0, None
    allowed = np.broadcast_to(np.asarray(truth.allowed, np.float64), high.shape)
    error = np.where(np.isfinite(high), abs(observed - high), 0.0)
    off = np.where(np.isnan(error), np.inf, error) / np.maximum(allowed, np.finfo(float).tiny)
    at = np.unravel_index(int(np.argmax(off)), high.shape)
    entry, _, rest = path.removeprefix("[1].").replace("[0][", "params[").partition("[")
    where = int(rest[:-1]) if rest else -1
    place = tuple(int(i) for i in at)
    return float(off[at]), Wrong(entry, where, place, float(high[at]), float(allowed[at]))


def _wrong_in_a_run(
    trial: Steps, before: Moment, grads: list[Any], after: Moment, known: dict[str, Any]
) -> Wrong | None:
    for i, g in enumerate(grads):
        if g is None:
            continue
        given = ([g], _alone(before.states[i]), [before.params[i]])
        wrong = _wrong_in_a_step(
            trial, given, known, ([after.params[i]], _alone(after.states[i]))
        )  # fmt: skip
        if wrong is not None:
            return replace(wrong, tensor=i)
    return None


def _alone(state: dict[str, Any]) -> dict[str, Any]:
    """The state of one tensor as a state of lists; counts are shared."""
    return {
        k: np.asarray(v) if np.issubdtype(np.asarray(v).dtype, np.integer) else [np.asarray(v)]
        for k, v in state.items()
    }


def wrong_ones(asked: list[Step | Ride], told: dict[str, Any]) -> Iterator[Step | Ride]:
    """Those with a wrong number: single steps first, the plainest of them first.

    Of runs whose state cannot be read the end is wrong, at what the law has told of it.
    """
    for one in asked:
        if isinstance(one, Ride) and one.wrong is None and "steps" in told and "tensor" in told:
            at = tuple(told.get("index") or ())
            expected, allowed = float(told["expected"]), float(told["allowed_error"])
            one.wrong = Wrong("params", told["tensor"], at, expected, allowed)
    found = [one for one in asked if one.wrong is not None]
    yield from (one for one in found if isinstance(one, Step) and not one.execution)
    yield from (one for one in found if isinstance(one, Step) and one.execution)
    yield from (one for one in found if isinstance(one, Ride))
