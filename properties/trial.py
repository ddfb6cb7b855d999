"""A trial: one technique on one backend with one drawn plan. Laws ask it; it computes once."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import deviations
from properties.finding import NOTHING, Finding, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backends.backend import Backend, Flushing
    from backends.binding import Deviation
    from reference.numerics import Array, Format
    from reference.technique import Technique


class Stopwatch:
    """Seconds spent in kernels under test and in references: the numerator of `kernel_share`."""

    def __init__(self) -> None:
        """Start at zero."""
        self.seconds = 0.0
        self._running = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time inside, once where such stretches nest."""
        if self._running:
            yield
            return
        self._running = True
        started = perf_counter()
        try:
            yield
        finally:
            self.seconds += perf_counter() - started
            self._running = False


KERNELS = Stopwatch()


@dataclass
class Counter:
    """A count that a process keeps."""

    count: int = 0


RECOMPILATIONS = Counter()
"""Programs compiled after the warm-up of a cell: the engine's promise is that there are none."""


class WrongShapeError(Exception):
    """A backend returned another shape or dtype than the technique's."""


@dataclass(frozen=True)
class Subject:
    """Whom a trial is about: a technique as one backend offers it, in one format on one device."""

    technique: Technique
    backend: Backend
    binding: Callable[..., Any]
    form: Format
    device: str
    flushing: Flushing
    variants: tuple[str, ...] = ()

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Disagreements registered for this format and device."""
        return tuple(
            d
            for d in deviations(self.binding)
            if self.form.name in d.dtypes
            and self.device in d.devices
            and (not d.kernels or {*d.kernels} & {*self.backend.kernels(self.device)})
        )

    def named(self, name: str) -> bool:
        """Whether a registered deviation names this: what none does need not be computed."""
        return any(
            name in inspect.signature(part).parameters
            for d in self.deviations
            for part in (d.where, d.at_most.size)
        )


@dataclass(frozen=True)
class Trial:
    """One drawn case. `excused` holds the deviations that apply to the law being asked."""

    subject: Subject
    plan: Any
    excused: tuple[Deviation, ...] = ()
    cache: dict[Any, Any] = field(default_factory=dict)

    def excusing(self, law: str, *, none: bool = False) -> Trial:
        """The same trial, asked by `law`: its registered deviations apply (or, stripped, none)."""
        known = () if none else tuple(d for d in self.subject.deviations if d.law == law)
        return replace(self, excused=known)

    def once(self, key: Any, compute: Callable[[], Any]) -> Any:
        """Compute a thing the first time a law asks for it."""
        if key not in self.cache:
            self.cache[key] = compute()
        return self.cache[key]

    @property
    def parameters(self) -> dict[str, Any]:
        """Hyper-parameters and conventions of this trial."""
        return dict(self.plan.parameters)

    @property
    def given(self) -> tuple[Any, ...]:
        """The inputs of one call, in the format under test."""
        raise NotImplementedError

    def names(self) -> dict[str, Any]:
        """What the predicates and bounds of deviations may name."""
        form = self.subject.form
        return {
            **self.parameters,
            "u": form.unit_roundoff,
            "tiny": form.tiny,
            "largest": form.largest,
            "device": self.subject.device,
        }

    def compare(
        self,
        observed: Array,
        high: Array,
        allowed: Array | float,
        *,
        low: Array | float = 0.0,
        mask: Array | None = None,
        inputs: dict[str, Array] | None = None,
        scale: Array | float | None = None,
        floor: Array | float = 0.0,
        about: dict[str, Any] | None = None,
        like: str = "",
    ) -> Finding:
        """Measure, with the allowance widened where a deviation is registered, by its equation.

        `like` names a law whose registered deviations apply here too: a strided call may be off
        where the contiguous one is.
        """
        columns = dict(inputs or {})
        excused = self.slack(high, allowed, inputs=columns, about=about, like=like)
        shown = self.parameters | (about or {})
        return measure(
            observed, high, excused, self.subject.form,
            low=low, mask=mask, inputs=columns, scale=scale, floor=floor, claimed=allowed,
            about=shown,
        )  # fmt: skip

    def slack(
        self,
        high: Array,
        allowed: Array | float,
        *,
        inputs: dict[str, Array] | None = None,
        about: dict[str, Any] | None = None,
        like: str = "",
    ) -> Array | float:
        """What is allowed around the truth `high`, with the registered deviations that apply."""
        likewise = tuple(d for d in self.subject.deviations if like and d.law == like)
        if registered := (*self.excused, *likewise):
            known = self.names()
            known |= {k: np.asarray(v, np.float64) for k, v in (inputs or {}).items()}
            known |= {"y": np.asarray(high, np.float64), "allowed": allowed} | (about or {})
            with np.errstate(all="ignore"):
                for deviation in registered:
                    where = _called(deviation.where, known)
                    if not np.any(where):
                        continue
                    size = _called(deviation.at_most.size, known)
                    allowed = np.where(where, np.fmax(allowed, size), allowed)  # NaN adds nothing
        return allowed


def _called(function: Callable[..., Any], known: dict[str, Any]) -> Any:
    """Call with the arguments that the function names."""
    return function(**{name: known[name] for name in inspect.signature(function).parameters})


def all_of(findings: Iterator[Finding]) -> Finding:
    """Merge findings; over none of them nothing was compared."""
    total = NOTHING
    for finding in findings:
        total = total.merged(finding)
    return total
