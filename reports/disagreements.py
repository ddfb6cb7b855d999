"""Known disagreements: what the catalogue says of them, and what the runs measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.summary import Host, Part, Row


@dataclass(frozen=True)
class Disagreement:
    """One registered cause of one technique on one host, and the cells where it shows."""

    technique: str
    host: Host
    because: str
    equation: str
    link: str
    witness: dict[str, Any]
    rows: tuple[Row, ...]

    @property
    def laws(self) -> list[str]:
        """The laws that it breaks."""
        return list(dict.fromkeys(r["law"] for r in self.rows))

    @property
    def dtypes(self) -> list[str]:
        """The formats in which it shows."""
        shown = {r["dtype"] for r in self.rows}
        return [d for d in self.host.dtypes if d in shown]

    @property
    def max_ulp(self) -> float:
        """The largest error measured in its cells."""
        return max((float(r["max_ulp"] or 0) for r in self.rows), default=0.0)

    def size(self, law: str, dtype: str) -> float | None:
        """The largest error measured in one cell; nothing where the law held."""
        found = [r["max_ulp"] for r in self.rows if (r["law"], r["dtype"]) == (law, dtype)]
        return float(found[0] or 0) if found else None


def disagreements(part: Part, entry: dict[str, Any] | None) -> list[Disagreement]:
    """All of one technique, host by host. `entry` is the technique's row of the catalogue."""
    found = []
    for host in dict.fromkeys(s.host for s in part.squares):
        rows = [
            r for s in part.squares if s.host == host for r in s.rows if r["verdict"] == "deviates"
        ]
        found += _registered(part.technique, host, rows, entry) if rows else []
    return found


def _registered(
    technique: str, host: Host, rows: list[Row], entry: dict[str, Any] | None
) -> list[Disagreement]:
    """By cause, as the catalogue registers them; cells it does not know of, by their reason."""
    binding = (entry or {"bindings": {}})["bindings"].get(host.backend, {})
    known = [
        (d, [r for r in rows if _covers(d, r)]) for d in binding.get("deviations", ())
    ]  # fmt: skip
    told = {id(r) for _, mine in known for r in mine}
    known += [(_own(r), [r]) for r in rows if id(r) not in told]
    about: dict[tuple[str, str], dict[str, Any]] = {}
    cells: dict[tuple[str, str], dict[int, Row]] = {}
    for cause, mine in known:
        if mine:
            key = (cause["because"], cause["equation"])
            about.setdefault(key, cause)
            cells.setdefault(key, {}).update({id(r): r for r in mine})
    return [
        Disagreement(
            technique, host, *key, about[key]["link"] or "", dict(about[key]["witness"]),
            tuple(mine.values()),
        )
        for key, mine in cells.items()
    ]  # fmt: skip


def _covers(known: dict[str, Any], row: Row) -> bool:
    return (
        known["law"] == row["law"]
        and row["dtype"] in known["dtypes"]
        and known["because"] in str(row["reason"])
    )


def _own(row: Row) -> dict[str, Any]:
    """A cause as the row itself tells it."""
    told = row["witness"] if isinstance(row["witness"], dict) else {}
    witness = (told.get("registered") or [{}])[0]
    return {"because": str(row["reason"]), "equation": "", "link": row["link"], "witness": witness}
