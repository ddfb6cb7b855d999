"""What sweeps through depth show: the answer for each stack, and the profiles that are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from properties.flow.profiles import COLUMNS
from reference.numerics import FORMATS
from reports import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.summary import Host

CAPTION = "Signals and gradients through depth"
READING = (
    "Mean squares of what each layer holds, averaged over three inputs: signals on their way "
    "forward, and gradients on their way back, over what entered at the end. Points are measured; "
    "shaded is mean field theory with what a finite width adds, three standard deviations around "
    "it. A line that ends has reached 0, or is no number any more."
)


@dataclass(frozen=True)
class Answer:
    """One stack at one depth on one host in one format."""

    host: Host | str
    dtype: str
    panel: dict[str, Any]

    @property
    def stack(self) -> str:
        """Its name."""
        return str(self.panel["stack"])

    @property
    def depth(self) -> int:
        """Number of layers."""
        return int(self.panel["depth"])

    @property
    def stops(self) -> bool:
        """Whether nothing arrives at the first layer."""
        return bool(self.panel["how"] != "passes")

    @property
    def measured(self) -> str:
        """In words."""
        p = self.panel
        if p["how"] == "passes":
            return f"passes all {p['depth']:,}"
        return f"{p['how']} after {p['passed']:,}"

    @property
    def predicted(self) -> str:
        """Of theory, in words."""
        p = self.panel
        if p["how_theory"] == "passes":
            return "passes"
        low, high = p["from_theory"], p["to_theory"]
        return f"after {low:,}" if low == high else f"after {low:,} to {high:,}"

    @property
    def as_predicted(self) -> bool:
        """Whether it stops where theory says, or passes where theory says that it does."""
        p = self.panel
        if p["how"] == p["how_theory"] == "passes":
            return True
        return bool(p["from_theory"] <= p["passed"] <= p["to_theory"])

    def figures(self) -> dict[str, str]:
        """Numbers of its row, each beside theory's."""
        p = self.panel
        return {
            "factor": f"{_short(p['factor'], 3)} ({_short(p['factor_theory'], 3)})",
            "largest": _short(p["singular"]["largest"]),
            "mean": f"{_short(p['singular']['mean'])} ({_short(p['singular_theory'])})",
            "correlation": f"{_short(p['correlation'])} ({_short(p['correlation_theory'])})",
        }


def answers(drawn: Iterable[tuple[Host | str, dict[str, Any]]]) -> list[Answer]:
    """Every stack at every depth: the deepest last."""
    return [Answer(host, row["dtype"], panel) for host, row in drawn for panel in row["panels"]]


def deepest(found: list[Answer]) -> list[list[Answer]]:
    """For each stack and format its deepest answers: one for each host."""
    groups: dict[tuple[str, str], list[Answer]] = {}
    for answer in found:
        groups.setdefault((answer.dtype, answer.stack), []).append(answer)
    return [
        [a for a in group if a.depth == max(b.depth for b in group)] for group in groups.values()
    ]


def alike(group: list[Answer]) -> list[tuple[list[str], Answer]]:
    """Of one stack: hosts that answer in the same words, and the first of their answers."""
    ways: dict[tuple[str, ...], tuple[list[str], Answer]] = {}
    for answer in group:
        figures = answer.figures()
        words = (answer.measured, answer.predicted, figures["factor"], figures["correlation"])
        host = answer.host
        ways.setdefault(words, ([], answer))[0].append(
            host if isinstance(host, str) else host.title
        )
    return list(ways.values())


def payload(found: list[Answer], columns: list[Host]) -> dict[str, Any]:
    """What the page's script draws, format by format: a line for each stack, depth and host."""
    told: dict[str, Any] = {}
    for dtype in FORMATS:
        mine = [a for a in found if a.dtype == dtype]
        if not mine:
            continue
        lines = [
            {"host": _place(a, columns), "stack": a.stack, "depth": a.depth,
             "told": f"{a.measured}; theory: {a.predicted}"}
            | {name: a.panel[name] for name in COLUMNS}
            for a in mine
        ]  # fmt: skip
        seen = [_sentence(group) for group in deepest(mine)]
        stacks = list(dict.fromkeys(a.stack for a in mine))
        told[dtype] = {
            "lines": lines, "seen": seen, "stacks": stacks,
            "depths": sorted({a.depth for a in mine}),
        }  # fmt: skip
    return told


def _place(answer: Answer, columns: list[Host]) -> int:
    return next(i for i, host in enumerate(columns) if host == answer.host)


def _sentence(group: list[Answer]) -> str:
    """What a stack does at its deepest, on every host."""
    told = "; ".join(
        f"{answer.measured} (theory: {answer.predicted}) on {', '.join(hosts)}"
        for hosts, answer in alike(group)
    )
    return f"{group[0].stack}, {group[0].depth:,} layers: {told}."


def _short(value: Any, digits: int = 2) -> str:
    value = float(value)
    if not math.isfinite(value):
        return wording.NONE
    return wording.decimal(float(f"{value:.{digits}g}"))
