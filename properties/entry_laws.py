"""Laws of a library's several ways into one technique: functions, layers, cells, linen and nnx."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from backends.binding import Entry, entries
from properties.arrays import Arrays, unchanged
from properties.trial import all_of
from reference.numerics import Array, Format, rounded
from reference.technique import parameters

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.truths import Truth


def agrees_through_every_entry(trial: Arrays) -> Finding:
    """Every way into the technique gives the outputs and the gradients of the reference; so does
    the one that is told no hyper-parameters, at the defaults that the binding states.
    """
    return all_of(_entered(trial, name, entry) for name, entry in _entries(trial).items())


def every_entry_keeps_its_format(trial: Arrays) -> Finding:
    """Every way into the technique gives numbers in the format of what went in."""
    s = trial.subject
    return all_of(
        trial.compare(
            np.array([float(y.dtype == s.form.dtype)]), np.ones(1), 0.0,
            about={"output": t.path, "entry": name, "of": "1 if the format is kept"},
        )
        for name, entry in _entries(trial).items()
        for y, t in zip(_outputs(trial, name, entry)[1], trial.truth, strict=True)
    )  # fmt: skip


def _entries(trial: Arrays) -> dict[str, Entry]:
    """All of them; where the trial is not the simplest, the binding alone, compiled anyway."""
    binding = trial.subject.binding
    found = dict(entries(binding))
    if not found:
        message = f"{trial.subject.backend.name} has one way into it"
        raise NotOfferedError(message)
    return found if trial.enters and trial.simplest else {"binding": Entry(binding)}


def _outputs(trial: Arrays, name: str, entry: Entry) -> tuple[Arrays, list[Array]]:
    """The call through an entry, at what it takes and what stays unsaid; and what it returns."""
    made: tuple[Arrays, list[Array]] = trial.once(("entry", name), lambda: _asked(trial, entry))
    return made


def _asked(trial: Arrays, entry: Entry) -> tuple[Arrays, list[Array]]:
    at = _at_its_defaults(trial, entry)
    outputs = at.called(at.given, _told(at, entry), entry.call)
    return at, outputs


def _at_its_defaults(trial: Arrays, entry: Entry) -> Arrays:
    """The same call where the entry's defaults are at work, with an x for which they count."""
    taken = _taken(entry)
    unsaid = {
        n: _default(trial, entry, n, p.default)
        for n, p in parameters(trial.subject.binding).items()
        if n not in taken
    }
    if unsaid.keys() & {"eps", "floor"}:
        return trial.changed(_small, **unsaid)
    others = {n: v for n, v in unsaid.items() if trial.parameters[n] != v}
    return trial.changed(unchanged, **others) if others else trial


def _taken(entry: Entry) -> set[str]:
    named = inspect.signature(entry.call).parameters
    return {n for n, p in named.items() if p.kind is p.KEYWORD_ONLY}


def _told(at: Arrays, entry: Entry) -> dict[str, Any]:
    return {n: v for n, v in at.parameters.items() if n in _taken(entry)}


def _entered(trial: Arrays, name: str, entry: Entry) -> Finding:
    at, outputs = _outputs(trial, name, entry)
    about = {"entry": name, "of": "value"}
    found = _held(at, outputs, at.truth, about, "agrees_with_reference")
    differentiable = at.subject.technique.kind == "Linearized" and "gradient" in trial.enters
    if differentiable and not name.endswith("defaults"):
        gradients = at.gradients_of(entry.call, _told(at, entry))
        about = {"entry": name, "of": "gradient"}
        found = found.merged(_held(at, gradients, at.true_gradients, about, "gradient_agrees"))
    return found


def _held(
    at: Arrays, seen: list[Array], truths: list[Truth], about: dict[str, str], like: str
) -> Finding:
    """Values and shapes; their format is the other law's."""
    shapes = [("", np.zeros(np.shape(y), at.subject.form.dtype)) for y in seen]
    at.hold([(t.path, t.high) for t in truths], shapes)
    return all_of(
        at.compare(
            y, t.high, t.allowed, low=t.low, floor=at.floor, like=like,
            about=about | {"output": t.path},
        )
        for y, t in zip(seen, truths, strict=True)
    )  # fmt: skip


def _default(trial: Arrays, entry: Entry, name: str, stated: Any) -> Any:
    """What the library takes where nothing is said: as the entry tells, or the binding states."""
    value = entry.unsaid.get(name, stated)
    value = value(trial.subject.form.unit_roundoff) if callable(value) else value
    return trial.parameters[name] if value is None else value


def _small(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
    """x of a size where eps tells: a deviation of 2^-9 or so."""
    x = given[0].astype(np.float64)
    return (rounded(x * (2.0**-9 / np.std(x)), form), *given[1:])
