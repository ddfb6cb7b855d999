"""What the plots of errors are drawn from: curves, axes, and where gradients die."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from properties.pictures.curves import ORDERS, centres, position
from reference.numerics import FORMATS
from reports import wording
from reports.runs import Run
from reports.summary import Host, names

_MARKS = (
    1e-300, 1e-200, 1e-100, 1e-38, 1e-30, 1e-20, 1e-10, 1e-6, 1e-4,
    0.01, 0.1, 1.0, 10.0, 100.0, 1e4, 1e10, 1e20, 1e30, 1e100, 1e200, 1e300,
)  # fmt: skip
_APART = 7.5

Drawn = tuple[Host, dict[str, Any]]


@dataclass(frozen=True)
class Death:
    """Where the gradient of one technique dies on one host in one format."""

    technique: str
    host: Host
    dtype: str
    asked: int
    dead: int
    intervals: tuple[dict[str, Any], ...]

    @property
    def share(self) -> float:
        """Share of the inputs whose true derivative is a normal number."""
        return self.dead / self.asked

    @property
    def largest_lost(self) -> float:
        """The largest true derivative that the backend returns as dead."""
        return max(float(i["largest_lost"]) for i in self.intervals)

    @property
    def first(self) -> float:
        """The dead input nearest to zero."""
        return min((_nearest(i) for i in self.intervals), key=abs)


def _nearest(interval: dict[str, Any]) -> float:
    low, high = float(interval["from"]), float(interval["to"])
    return 0.0 if low <= 0 <= high else min(low, high, key=abs)


def pictures(runs: list[Run], columns: list[Host], kind: str) -> dict[str, list[Drawn]]:
    """The pictures of one kind of every technique, each with the host it belongs to."""
    by_key = {host.key: host for host in columns}
    found: dict[str, list[Drawn]] = {}
    for run, name in zip(runs, names(runs), strict=True):
        for row in run.pictures:
            host = by_key.get((name, row["backend"], row["device"]))
            if host is not None and row["kind"] == kind:
                found.setdefault(row["technique"], []).append((host, row))
    return found


def deaths(technique: str, drawn: list[Drawn]) -> list[Death]:
    """Where the gradient dies, in every format and on every host on which it does."""
    return [
        Death(
            technique, host, row["dtype"], row["dead"]["asked"], row["dead"]["dead"],
            tuple(row["dead"]["intervals"]),
        )
        for host, row in drawn
        if row["dead"] and row["dead"]["dead"]
    ]  # fmt: skip


def payload(drawn: list[Drawn], columns: list[Host]) -> dict[str, Any]:
    """What the page's script needs to draw one technique, format by format."""
    told: dict[str, Any] = {}
    for dtype in FORMATS:
        mine = [(host, row) for host, row in drawn if row["dtype"] == dtype]
        if mine:
            told[dtype] = {
                "parameters": _parameters(mine[0][1]),
                "allowed": [_column(mine[0][1], name, "allowed") for name in ORDERS],
                "lines": [
                    {
                        "host": columns.index(host),
                        "ulps": [_column(row, name, "ulps") for name in ORDERS],
                        "dead": _bars(row, dtype),
                    }
                    for host, row in mine
                ],
            }
    return told


def axes() -> dict[str, Any]:
    """For each format: where its marks stand on the axis, and the number in each bin."""
    told = {}
    for dtype, form in FORMATS.items():
        ends = [(form.largest, wording.decimal(form.largest))]
        inner = [(m, _mark(m)) for m in _MARKS if form.smallest < m < form.largest]
        marks = _spaced(inner, dtype) + ends
        both = (
            [(-m, f"{wording.MINUS}{text}") for m, text in reversed(marks)] + [(0.0, "0")] + marks
        )
        told[dtype] = {
            "at": [round(_place(m, dtype), 3) for m, _ in both],
            "text": [text for _, text in both],
            "x": [wording.decimal(float(f"{c:.3g}")) for c in centres(form).tolist()],
        }
    return told


def _spaced(marks: list[tuple[float, str]], dtype: str) -> list[tuple[float, str]]:
    """Marks that stand apart on the axis; decades between 0.01 and 100 come first."""
    kept: list[tuple[float, str]] = []
    for mark in sorted(marks, key=lambda m: abs(math.log10(m[0]))):
        places = [_place(k, dtype) for k, _ in kept]
        places += [0.0, _place(FORMATS[dtype].largest, dtype)]
        if all(abs(_place(mark[0], dtype) - p) >= _APART for p in places):
            kept.append(mark)
    return sorted(kept)


def _place(x: float, dtype: str) -> float:
    form = FORMATS[dtype]
    return float(position(np.array([x]).astype(form.dtype), form)[0])


def _mark(x: float) -> str:
    if 0.01 <= x <= 100:
        return f"{x:g}"
    return f"10<sup>{round(math.log10(x))}</sup>".replace("-", wording.MINUS)


def _column(row: dict[str, Any], order: str, name: str) -> list[Any] | None:
    return row[order][name] if row[order] else None


def _parameters(row: dict[str, Any]) -> str:
    told = row.get("parameters") or {}
    return ", ".join(f"{name} = {wording.decimal(value)}" for name, value in told.items())


def _bars(row: dict[str, Any], dtype: str) -> list[dict[str, Any]]:
    """Dead intervals as they stand on the axis, each with the words that tell it."""
    return [
        {
            "from": round(_place(i["from"], dtype), 2),
            "to": round(_place(i["to"], dtype), 2),
            "text": interval(i),
        }
        for i in (row["dead"] or {"intervals": []})["intervals"]
    ]


def interval(told: dict[str, Any]) -> str:
    """One dead interval in words."""
    return f"{wording.decimal(told['from'])} … {wording.decimal(told['to'])}"
