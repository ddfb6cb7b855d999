"""What the plots of random numbers are drawn from: histograms beside the stated density."""

from __future__ import annotations

from typing import Any

from reference.numerics import FORMATS
from reports import wording
from reports.plots import Drawn
from reports.summary import Host

KINDS = {
    "histogram": "Random numbers beside the density that they should follow, in units of the "
    "stated standard deviation",
}
"""Every kind of statistical picture, with its caption."""


def caption(kind: str) -> str:
    """What a picture of this kind shows."""
    return KINDS[kind]


def payloads(
    technique: str, drawn: dict[str, dict[str, list[Drawn]]], columns: list[Host]
) -> dict[str, dict[str, Any]]:
    """What the page's script needs to draw one technique: by kind, then by format."""
    told = {kind: _payload(found.get(technique, []), columns) for kind, found in drawn.items()}
    return {kind: formats for kind, formats in told.items() if formats}


def _payload(drawn: list[Drawn], columns: list[Host]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for dtype in FORMATS:
        lines = [
            {"host": columns.index(host), "told": _settings(row)} | _columns(row)
            for host, row in drawn
            if row["dtype"] == dtype
        ]
        if lines:
            told[dtype] = {"lines": lines}
    return told


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if isinstance(value, list)}


def _settings(row: dict[str, Any]) -> str:
    """Hyper-parameters, and how much was drawn, in words."""
    parameters = ", ".join(
        f"{name} = {wording.decimal(value) if isinstance(value, float) else value}"
        for name, value in (row.get("parameters") or {}).items()
    )
    shape = " by ".join(map(str, row.get("shape") or ()))
    numbers = f"{row['numbers']:,} numbers" if "numbers" in row else ""
    return "; ".join(part for part in (parameters, shape, numbers) if part)
