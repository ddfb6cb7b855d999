"""The catalogue as data: for `gradproof techniques`, the report and the documentation."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Absent, deviations, entries
from backends.catalogue import BUILT_IN, NotInstalled, backend
from properties.laws import family, laws_of
from reference.catalogue import techniques
from reference.technique import Between, OneOf, Parameter, parameters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reference.technique import Fact, Technique


def catalogue() -> list[dict[str, Any]]:
    """Every technique with source, formula, facts, parameters, bindings and absences."""
    return [_row(technique) for technique in techniques().values()]


def laws(names: Iterable[str]) -> dict[str, str]:
    """What each law of these techniques states, by name."""
    found: dict[str, str] = {}
    for technique in {t.family: t for t in techniques().values() if t.id in set(names)}.values():
        for name, spoken in laws_of(family(technique)).items():
            found[name] = " ".join((inspect.getdoc(spoken[0]) or "").split("\n\n")[0].split())
    return found


def _row(technique: Technique) -> dict[str, Any]:
    told = inspect.getdoc(technique.reference) or ""
    return {
        "id": technique.id,
        "name": technique.name,
        "family": technique.family,
        "summary": told.split("\n\n")[0],
        "formula": technique.formula,
        "numerics": _paragraph(told, "*Numerics*"),
        "differences": _paragraph(told, "*Differences*"),
        "source": technique.source,
        "accuracy": {k: _shown(v) for k, v in asdict(technique.accuracy).items()},
        "facts": [_fact(fact) for fact in technique.facts],
        "parameters": {n: _parameter(p) for n, p in technique.parameters.items()},
        "bindings": {name: _binding(technique, name) for name in BUILT_IN},
    }


def _paragraph(told: str, heading: str) -> str:
    """The paragraph of a docstring that begins with a heading, without it."""
    found = (part for part in told.split("\n\n") if part.startswith(heading))
    return " ".join(next(found, "").removeprefix(heading).lstrip(": ").split())


def _fact(fact: Fact) -> dict[str, Any]:
    """A fact's law and values; a value that depends on hyper-parameters as its source."""
    return {"law": fact.law} | {k: _shown(v) for k, v in fact.values.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_shown(v) for v in value]
    if isinstance(value, np.ndarray | list):
        return [_shown(v) for v in np.asarray(value).tolist()]
    if isinstance(value, Mapping):
        return {k: _shown(v) for k, v in value.items()}
    if callable(value):
        named = ", ".join(inspect.signature(value).parameters)
        return getattr(value, "told", f"depends on {named}") if named else _shown(value())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _parameter(parameter: Parameter) -> dict[str, Any]:
    domain = parameter.domain
    told: dict[str, Any] = {"default": parameter.default}
    if isinstance(domain, Between):
        told["between"] = [domain.low, domain.high]
    if isinstance(domain, OneOf):
        told["one_of"] = list(domain.values)
    return told


def _binding(technique: Technique, name: str) -> dict[str, Any]:
    host = backend(name)
    if isinstance(host, NotInstalled):
        return {"status": "not installed", "reason": host.reason}
    binding = host.binding(technique)
    if isinstance(binding, Absent):
        return {"status": "absent", "reason": binding.reason}
    known = [
        {"law": d.law, "dtypes": list(d.dtypes), "because": d.because,
         "equation": d.at_most.equation, "link": d.link,
         "witness": {k: _shown(v) for k, v in d.witness.items()}}
        for d in deviations(binding)
    ]  # fmt: skip
    return {
        "status": "deviates" if known else "bound",
        "code": inspect.getsource(binding) if name != "numpy" else "the reference itself",
        "defaults": {n: p.default for n, p in parameters(binding).items()},
        "subgradient": getattr(binding, "subgradient", ""),
        "entries": list(entries(binding)),
        "deviations": known,
        "state": _state(binding),
    }


def _state(binding: Any) -> dict[str, Any]:
    """What a library's optimizer calls the entries of its state; of anything else nothing."""
    built = getattr(binding, "built", ())
    return next((part for part in built if isinstance(part, dict)), {})
