"""The audit: every mutant is planted as a backend; a law that catches none proves nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backends.backend import Backend
from backends.catalogue import backend
from properties.judge import judge
from properties.strategies import PROFILES
from reference.catalogue import techniques

if TYPE_CHECKING:
    from properties.finding import Verdict
    from properties.mutants.mutant import Mutant


@dataclass(frozen=True)
class Autopsy:
    """What became of one mutant: the verdicts that caught it (fails), and errors it raised."""

    mutant: Mutant
    caught: tuple[Verdict, ...]
    errors: tuple[Verdict, ...]
    problem: str = ""
    laws: frozenset[str] = field(default_factory=frozenset)

    @property
    def survived(self) -> bool:
        """Whether no law caught it."""
        return not self.caught


def autopsy(mutant: Mutant, *, seed: int = 0) -> Autopsy:
    """Plant one mutant and ask every law of its technique."""
    technique = techniques()[mutant.technique]
    host = backend(mutant.on)
    if not isinstance(host, Backend):
        return Autopsy(mutant, (), (), f"{mutant.on} is {host.reason}")
    planted = type(host).offering(mutant.name, {technique.id: mutant.binding})
    rows = [
        row
        for dtype in mutant.dtypes
        for row in judge(technique, planted, dtype, PROFILES["quick"], seed=seed, shrinks=1)
    ]
    return Autopsy(
        mutant,
        tuple(r for r in rows if r.verdict == "fails" and r.compared),
        tuple(r for r in rows if r.verdict == "error"),
        laws=frozenset(r.law for r in rows),
    )
