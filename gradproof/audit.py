"""`gradproof audit`: all autopsies, and the score by law and family."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from backends.threads import share_cores
from properties.audit import Autopsy, autopsy
from properties.laws import applicable, family
from properties.mutants.mutant import mutants
from reference.catalogue import techniques

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Audit:
    """Every mutant's end, and how often each law of each family was asked and caught one."""

    autopsies: tuple[Autopsy, ...]
    asked: Counter[tuple[str, str]]
    kills: Counter[tuple[str, str]]
    whole: bool

    @property
    def survivors(self) -> list[Autopsy]:
        """Mutants that no law caught."""
        return [a for a in self.autopsies if a.survived]

    @property
    def idle(self) -> list[tuple[str, str]]:
        """Laws (with their family) that caught nothing: they prove nothing."""
        return sorted(key for key in self.asked if not self.kills[key])

    @property
    def sound(self) -> bool:
        """No survivor; and, when all was audited, no law without a kill."""
        return bool(self.autopsies) and not self.survivors and not (self.whole and self.idle)

    def rows(self) -> dict[str, Any]:
        """The audit as data."""
        return {
            "whole": self.whole,
            "mutants": [_told(a) for a in self.autopsies],
            "laws": [
                {"family": f, "law": law, "asked": self.asked[f, law], "kills": self.kills[f, law]}
                for f, law in sorted(self.asked)
            ],
            "sentence": (
                f"{len(self.autopsies)} mutants, {len(self.survivors)} survived; "
                f"{len(self.asked)} laws, {len(self.idle)} without a kill"
                + (f": {', '.join('.'.join(k) for k in self.idle)}" if self.idle else "")
            ),
        }


def audit(names: Sequence[str], workers: int, *, whole: bool) -> Audit:
    """Plant every mutant of these techniques."""
    chosen = [i for i, m in enumerate(mutants()) if m.technique in names]
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=share_cores, initargs=(workers,)
    ) as pool:
        told = pool.map(_one, chosen, chunksize=4)
        found = [Autopsy(mutants()[i], *what) for i, what in zip(chosen, told, strict=True)]
    asked: Counter[tuple[str, str]] = Counter()
    for name in names:
        technique = techniques()[name]
        module = family(technique)
        for law in applicable(technique, module.trial_kind(technique), module):
            asked[technique.family, law] += 1
    kills: Counter[tuple[str, str]] = Counter()
    for a in found:
        home = techniques()[a.mutant.technique].family
        kills.update((home, law) for law in {v.law for v in a.caught})
    return Audit(tuple(found), asked, kills, whole)


def _one(index: int) -> tuple[Any, ...]:
    """In a worker: functions do not travel between processes; indices and verdicts do."""
    done = autopsy(mutants()[index])
    return done.caught, done.errors, done.problem, done.laws


def _told(a: Autopsy) -> dict[str, Any]:
    worst = a.caught[0] if a.caught else None
    return {
        "technique": a.mutant.technique,
        "mutant": a.mutant.name,
        "because": a.mutant.because,
        "blind_spot": a.mutant.blind_spot,
        "caught_by": sorted({v.law for v in a.caught}),
        "counterexample": worst.reason if worst else a.problem,
        "dtype": worst.dtype if worst else "",
        "witness": worst.witness if worst else None,
    }
