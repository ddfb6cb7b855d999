"""What the terminal shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from properties.finding import VERDICTS

if TYPE_CHECKING:
    from gradproof.audit import Audit
    from reports.runs import Run

COLOURS = {
    "conforms": "green", "deviates": "yellow", "fails": "red", "stale": "magenta",
    "absent": "bright_black", "error": "red",
}  # fmt: skip
_SHOWN = 25


def _console() -> Console:
    """As wide as the terminal; 100 columns where the output is none."""
    console = Console()
    return console if console.is_terminal else Console(width=100)


def summary(run: Run) -> None:
    """Verdicts by family and backend, whatever is unexplained, and the figures of the run."""
    console, table = _console(), Table(title=f"run {run.name}", title_justify="left")
    for name in ("family", "backend", "dtypes"):
        table.add_column(name)
    for name in VERDICTS:
        table.add_column(name, justify="right", style=COLOURS[name])
    verdicts = run.verdicts.assign(family=run.verdicts["technique"].str.partition(".")[0])
    for (family, host), part in verdicts.groupby(["family", "backend"], sort=False):
        counts = part["verdict"].value_counts()
        named = part["dtype"][part["dtype"] != "*"]
        table.add_row(
            str(family), str(host), str(named.nunique()),
            *(str(counts.get(v, 0)) if counts.get(v, 0) else "·" for v in VERDICTS),
        )  # fmt: skip
    console.print(table)
    _unexplained(console, verdicts)
    head = run.header
    console.print(
        f"{len(verdicts)} verdicts, {head.get('compared', 0):,} values compared in "
        f"{head.get('wall_seconds', 0):.0f} s; {head.get('kernel_share', 0):.0%} in kernels and "
        f"references, {head.get('recompilations', 0)} recompilations",
        highlight=False,
    )
    for task, times in head.get("recompiled", {}).items():
        console.print(f"         {times} in {escape(task)}", highlight=False, soft_wrap=True)
    console.print(f"run      {run.folder.resolve()}", highlight=False, soft_wrap=True)


def _unexplained(console: Console, verdicts: pd.DataFrame) -> None:
    """The failures, stale deviations and errors, with their witnesses."""
    bad = verdicts[verdicts["verdict"].isin(["fails", "stale", "error"])]
    for row in bad.head(_SHOWN).to_dict("records"):
        place = f"{row['backend']}-{row['technique']}-{row['law']}-{row['dtype']}"
        colour = COLOURS[row["verdict"]]
        console.print(f"[{colour}]{row['verdict']:8}[/] [bold]{escape(place)}[/]", soft_wrap=True)
        console.print(f"         {escape(str(row['reason']))}", highlight=False, soft_wrap=True)
        told = _told(row["witness"])
        if told:
            console.print(f"         at {escape(told)}", highlight=False, soft_wrap=True)
    if len(bad) > _SHOWN:
        console.print(f"         … and {len(bad) - _SHOWN} more in verdicts.jsonl")


def _told(witness: Any) -> str:
    """The inputs of a witness with their bits; what came out stands in the reason."""
    if not isinstance(witness, dict):
        return ""
    hidden = ("observed", "expected", "error", "allowed", "index", "registered")
    shown = {k: v for k, v in witness.items() if not k.startswith(hidden)}
    return ", ".join(f"{k}={v}" for k, v in shown.items())


def catalogue(rows: list[dict[str, Any]]) -> None:
    """One technique a line: what each backend offers."""
    console, table = _console(), Table(title=f"{len(rows)} techniques", title_justify="left")
    names = list(rows[0]["bindings"]) if rows else []
    for name in ("technique", *names, "source"):
        table.add_column(name, overflow="fold" if name != "source" else "ellipsis", no_wrap=True)
    marks = {
        "bound": "[green]yes[/]",
        "deviates": "[yellow]deviates[/]",
        "absent": "[bright_black]-[/]",
    }
    for row in rows:
        marked = [marks.get(row["bindings"][n]["status"], "not installed") for n in names]
        table.add_row(row["id"], *marked, escape(row["source"]))
    console.print(table)


def audit(found: Audit) -> None:
    """Mutation score by law and family, and every mutant with its catcher."""
    console = _console()
    table = Table(title="mutants", title_justify="left")
    for name in ("technique", "mutant", "caught by", "counterexample"):
        table.add_column(name, overflow="fold")
    for row in found.rows()["mutants"]:
        told = ", ".join(row["caught_by"][:3]) + (" …" if len(row["caught_by"]) > 3 else "")
        caught = f"[green]{told}[/]" if row["caught_by"] else "[red]SURVIVED[/]"
        table.add_row(row["technique"], row["mutant"], caught, escape(row["counterexample"]))
    console.print(table)
    laws = Table(title="laws", title_justify="left")
    for name in ("family", "law", "asked", "kills"):
        laws.add_column(name, justify="right" if name in ("asked", "kills") else "left")
    for row in found.rows()["laws"]:
        style = "" if row["kills"] else "red"
        laws.add_row(row["family"], row["law"], str(row["asked"]), str(row["kills"]), style=style)
    console.print(laws)
    rows = found.rows()
    console.print(rows["sentence"], style="green" if found.sound else "red", highlight=False)


def flow(run: Run) -> None:
    """At which depth each stack stops passing gradients, beside theory; and what is unexplained."""
    from reports.flows import alike, answers, deepest

    found = answers((row["backend"], row) for row in run.pictures)
    console = _console()
    groups = deepest(found)
    for dtype in dict.fromkeys(group[0].dtype for group in groups):
        table = Table(
            title=f"At which depth does each stop passing gradients? {dtype}",
            title_justify="left",
        )  # fmt: skip
        for name in ("stack", "gradient", "theory", "backends"):
            table.add_column(name)
        for name in ("a layer (theory)", "correlation (theory)"):
            table.add_column(name, justify="right")
        for group in (g for g in groups if g[0].dtype == dtype):
            rows = alike(group)
            for place, (hosts, a) in enumerate(rows):
                figures = a.figures()
                colour = "red" if a.stops else "green"
                table.add_row(
                    "" if place else escape(a.stack),
                    f"[{colour}]{escape(a.measured)}[/]",
                    a.predicted if a.as_predicted else f"[red]{a.predicted}[/]",
                    escape(", ".join(hosts)), figures["factor"], figures["correlation"],
                    end_section=place == len(rows) - 1,
                )  # fmt: skip
        console.print(table)
    _unexplained(console, run.verdicts)
    bad = run.verdicts["verdict"].isin(["fails", "stale", "error"]).sum()
    head = run.header
    console.print(
        f"{len(run.verdicts)} verdicts, {bad} unexplained; {head.get('compared', 0):,} values "
        f"compared in {head.get('wall_seconds', 0):.0f} s",
        highlight=False,
    )
    console.print(f"run      {run.folder.resolve()}", highlight=False, soft_wrap=True)
