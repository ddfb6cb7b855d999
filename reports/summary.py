"""What runs amount to: the summary grid, what is unexplained, deviations, and dead gradients."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from properties.finding import GRADES, VERDICTS
from reference.numerics import FORMATS
from reports.runs import Run

Row = dict[Hashable, Any]

WORST_FIRST = ("error", "fails", "stale", "deviates", "conforms", "absent")
UNEXPLAINED = ("error", "fails", "stale")
WHOLE = "*"


@dataclass(frozen=True)
class Host:
    """Some columns of the grid: one backend on one device in one run, in all its formats."""

    run: str
    backend: str
    device: str
    dtypes: tuple[str, ...]
    title: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from the others."""
        return (self.run, self.backend, self.device)


@dataclass(frozen=True)
class Square:
    """One square of the grid: a technique on one host in one format, or in all (`span` > 1)."""

    host: Host
    dtype: str
    verdict: str
    grade: str
    rows: tuple[Row, ...]
    span: int = 1

    def row(self, law: str) -> Row | None:
        """The verdict of one law, if it was asked."""
        return next((r for r in self.rows if r["law"] == law), None)

    @property
    def reason(self) -> str:
        """Why nothing was asked, where one verdict stands for the whole technique."""
        whole = [r for r in self.rows if r["law"] == WHOLE]
        return str(whole[0]["reason"]) if whole else ""


@dataclass
class Part:
    """All that the runs say of one technique."""

    technique: str
    squares: list[Square] = field(default_factory=list)
    laws: list[str] = field(default_factory=list)

    @property
    def family(self) -> str:
        """First part of the technique's id."""
        return self.technique.partition(".")[0]

    @property
    def absences(self) -> dict[tuple[Host, str], list[str]]:
        """What was not asked, host by host: reasons, each with the laws it stands for."""
        told: dict[tuple[Host, str], list[str]] = {}
        for square in self.squares:
            for row in square.rows:
                if row["verdict"] == "absent":
                    laws = told.setdefault((square.host, str(row["reason"])), [])
                    laws += [row["law"]] if row["law"] not in laws else []
        return told

    @property
    def verdict(self) -> str:
        """The worst verdict of all its squares."""
        return worst([s.verdict for s in self.squares])


def table(runs: list[Run]) -> pd.DataFrame:
    """All verdicts of all runs, with the run's name in front."""
    parts = [run.verdicts.assign(run=name) for run, name in zip(runs, names(runs), strict=True)]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["run", *(c for c in whole.columns if c != "run")]]


def names(runs: list[Run]) -> list[str]:
    """A name for each run: its folder's, numbered where two folders have the same."""
    plain = [run.name for run in runs]
    return [n if plain.count(n) == 1 else f"{n} ({i})" for i, n in enumerate(plain, 1)]


def worst(verdicts: list[str]) -> str:
    """The verdict that a reader must see first; empty over none."""
    return min(filter(None, verdicts), key=WORST_FIRST.index, default="")


def worst_grade(rows: list[Row]) -> str:
    """Grade of the agreement with the reference; where it has none, the worst of all grades."""
    value = [r["grade"] for r in rows if r["law"] == "agrees_with_reference" and r["grade"]]
    grades = value or [r["grade"] for r in rows if r["grade"]]
    return max((g for g in grades if g in GRADES), key=GRADES.index, default="")


def hosts(verdicts: pd.DataFrame) -> list[Host]:
    """The columns of the grid, in the order of the runs."""
    several = len(set(verdicts["run"])) > 1
    found = []
    for key, part in verdicts.groupby(["run", "backend", "device"], sort=False):
        run, backend, device = (str(k) for k in key)
        present = set(part["dtype"])
        title = backend if device == "cpu" else f"{backend} · {device}"
        title = f"{title} · {run}" if several else title
        dtypes = tuple(d for d in FORMATS if d in present) or (WHOLE,)
        found.append(Host(run, backend, device, dtypes, title))
    return found


def parts(verdicts: pd.DataFrame, columns: list[Host]) -> list[Part]:
    """One part for each technique, in the order of the runs."""
    found = []
    for technique, rows in verdicts.groupby("technique", sort=False):
        laws = [law for law in rows["law"].unique() if law != WHOLE]
        by_host = dict(iter(rows.groupby(["run", "backend", "device"])))
        part = Part(str(technique), laws=laws)
        for host in columns:
            part.squares += _squares(host, by_host.get(host.key))
        found.append(part)
    return found


def _squares(host: Host, part: pd.DataFrame | None) -> Iterator[Square]:
    rows = [] if part is None else part.to_dict("records")
    spanning = [r for r in rows if r["law"] == WHOLE and r["verdict"] == "absent"]
    if spanning and len(spanning) == len(rows):
        yield Square(host, WHOLE, "absent", "", tuple(spanning[:1]), len(host.dtypes))
        return
    for dtype in host.dtypes:
        mine = [r for r in rows if r["dtype"] == dtype]
        verdict = worst([r["verdict"] for r in mine])
        yield Square(host, dtype, verdict, worst_grade(mine), tuple(mine))


def counts(verdicts: pd.DataFrame) -> dict[str, int]:
    """How many verdicts there are of each kind."""
    found = verdicts["verdict"].value_counts()
    return {v: int(found.get(v, 0)) for v in VERDICTS}


@dataclass(frozen=True)
class Trouble:
    """What is unexplained of one technique on one host."""

    technique: str
    host: Host
    rows: tuple[Row, ...]

    @property
    def laws(self) -> list[str]:
        """The laws in question."""
        return list(dict.fromkeys(r["law"] for r in self.rows))


def troubles(found: list[Part]) -> list[Trouble]:
    """Failures, stale deviations and errors, by technique and host."""
    told = []
    for part in found:
        for host in dict.fromkeys(s.host for s in part.squares):
            rows = [r for s in part.squares if s.host == host for r in s.rows]
            rows = [r for r in rows if r["verdict"] in UNEXPLAINED]
            order = {law: place for place, law in enumerate([WHOLE, *part.laws])}
            if rows:
                rows.sort(key=lambda r: order[r["law"]])
                told.append(Trouble(part.technique, host, tuple(rows)))
    return told
