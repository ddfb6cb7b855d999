"""Laws of a library's several ways into one technique: functions, layers, linen and nnx."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import Entry, NotOfferedError, entries
from properties.normalization.layers import Layers, unchanged
from properties.trial import all_of
from reference.numerics import Array, Format, rounded
from reference.technique import parameters

if TYPE_CHECKING:
    from properties.finding import Finding


def agrees_through_every_entry(trial: Layers) -> Finding:
    """Every way into the technique gives the outputs and the gradients of the reference; so does
    the one that is told no hyper-parameters, at the defaults that the binding states.
    """
    return all_of(_entered(trial, name, entry) for name, entry in _entries(trial).items())


def every_entry_keeps_its_format(trial: Layers) -> Finding:
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


def _entries(trial: Layers) -> dict[str, Entry]:
    """All of them; of other plans than the simplest the binding alone, which is compiled anyway."""
    binding = trial.subject.binding
    found = dict(entries(binding))
    if not found:
        message = f"{trial.subject.backend.name} has one way into it"
        raise NotOfferedError(message)
    return found if trial.simplest else {"binding": Entry(binding)}


def _outputs(trial: Layers, name: str, entry: Entry) -> tuple[Layers, list[Array]]:
    """The call through an entry, at what it takes and what stays unsaid; and what it returns."""
    made: tuple[Layers, list[Array]] = trial.once(("entry", name), lambda: _asked(trial, entry))
    return made


def _asked(trial: Layers, entry: Entry) -> tuple[Layers, list[Array]]:
    taken = _taken(entry)
    unsaid = {
        n: _default(trial, entry, n, p.default)
        for n, p in parameters(trial.subject.binding).items()
        if n not in taken
    }
    at = trial.changed(_small if unsaid.keys() & {"eps", "floor"} else unchanged, **unsaid)
    return at, at.called(at.given, _told(at, entry), entry.call)


def _taken(entry: Entry) -> set[str]:
    named = inspect.signature(entry.call).parameters
    return {n for n, p in named.items() if p.kind is p.KEYWORD_ONLY}


def _told(at: Layers, entry: Entry) -> dict[str, Any]:
    return {n: v for n, v in at.parameters.items() if n in _taken(entry)}


def _entered(trial: Layers, name: str, entry: Entry) -> Finding:
    at, outputs = _outputs(trial, name, entry)
    found = [
        at.compare(
            y, t.high, t.allowed, low=t.low, floor=at.floor, like="agrees_with_reference",
            about={"output": t.path, "entry": name},
        )
        for y, t in zip(outputs, at.truth, strict=True)
    ]  # fmt: skip
    if not name.endswith("defaults") and at.subject.technique.kind == "Linearized":
        found += [
            at.compare(
                g, t.high, t.allowed, low=t.low, floor=at.floor, like="gradient_agrees",
                about={"output": t.path, "entry": f"gradient through {name}"},
            )
            for g, t in zip(at.pulled(entry.call, _told(at, entry)), at.true_gradients, strict=True)
        ]  # fmt: skip
    return all_of(iter(found))


def _default(trial: Layers, entry: Entry, name: str, stated: Any) -> Any:
    """What the library takes where nothing is said: as the entry tells, or the binding states."""
    value = entry.unsaid.get(name, stated)
    value = value(trial.subject.form.unit_roundoff) if callable(value) else value
    return trial.parameters[name] if value is None else value


def _small(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
    """x of a size where eps tells: a deviation of 2^-9 or so."""
    x = given[0].astype(np.float64)
    return (rounded(x * (2.0**-9 / np.std(x)), form), *given[1:])
