"""Laws: which of a family's speak of a technique, and how one is asked."""

from __future__ import annotations

import importlib
import inspect
import typing
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.finding import NOTHING, Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from properties.trial import Trial
    from reference.technique import Technique

Law = typing.Callable[..., Finding]


def asked(**limits: Any) -> Callable[[Law], Law]:
    """Say of a law of how many `plans` it is asked, where it takes long or asks them all the same.

    A thorough run asks all. `patience`: how many more, to find the simplest that breaks it.
    `formats`: those in which it is asked, where the answer is the same in every one.
    """

    def limited(law: Law) -> Law:
        law.__dict__.update(limits)
        return law

    return limited


def family(technique: Technique) -> ModuleType:
    """The family's file: its plans, trials and laws."""
    return importlib.import_module(f"properties.{technique.family}")


def laws_of(module: ModuleType) -> dict[str, list[Law]]:
    """Every law that a family's techniques may be asked, by name (one for each kind of trial)."""
    found: dict[str, list[Law]] = {}
    for source in module.LAWS:
        for name, value in vars(source).items():
            if inspect.isfunction(value) and not name.startswith("_") and _is_law(value):
                found.setdefault(name, []).append(value)
    return found


def _is_law(function: Callable[..., Any]) -> bool:
    return function.__annotations__.get("return") in ("Finding", Finding)


def applicable(
    technique: Technique, kind: type[Trial], module: ModuleType, dtype: str = ""
) -> dict[str, Law]:
    """The laws that speak of a technique: of its kind of trial, and entailed by its facts.

    With a format, those that are asked in it.
    """
    stated = {fact.law for fact in technique.facts}
    chosen: dict[str, Law] = {}
    for name, laws in laws_of(module).items():
        for law in laws:
            about, *rest = inspect.signature(law).parameters.values()
            right_kind = about.annotation in {c.__name__ for c in kind.__mro__}
            here = not dtype or dtype in getattr(law, "formats", (dtype,))
            if right_kind and here and (not rest or name in stated):
                chosen[name] = law
    return chosen


def ask(law: Law, trial: Trial, *, strictly: bool = False) -> Finding:
    """Ask a trial one law; strictly: with no registered deviation applied."""
    # NaN and overflow are among the inputs, by design; and what a library warns of on its way is no
    # verdict, nor may a verdict depend on whether the caller turns warnings into errors.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _ask(law, trial.excusing(law.__name__, none=strictly))


def _ask(law: Law, excused: Trial) -> Finding:
    if len(inspect.signature(law).parameters) == 1:
        return law(excused) or NOTHING
    found = NOTHING
    for fact in excused.subject.technique.facts:
        if fact.law == law.__name__:
            found = found.merged(law(excused, fact) or NOTHING)
    return found
