"""The comparison report: runs on disk become one HTML page, a Markdown file and two tables."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from properties.finding import GRADES, VERDICTS, Cell
from reference.numerics import FORMATS
from reports import flows, plots, statistics, wording
from reports.audits import Proof
from reports.catalogue import catalogue, laws
from reports.conventions import conventions, libraries
from reports.disagreements import Disagreement, disagreements
from reports.runs import Run, RunError
from reports.summary import (
    UNEXPLAINED,
    Host,
    Part,
    Row,
    counts,
    hosts,
    names,
    parts,
    table,
    troubles,
)

TEMPLATES = Path(__file__).parent / "templates"
PAGE, TEXT, VERDICTS_TABLE, DEVIATIONS_TABLE = (
    "index.html", "report.md", "verdicts.csv", "deviations.csv",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One technique's part of the report."""

    part: Part
    entry: dict[str, Any] | None
    disagreements: list[Disagreement]
    deaths: list[plots.Death]
    figure: dict[str, Any]
    statistics: dict[str, dict[str, Any]]
    mutants: list[dict[str, Any]]

    def death(self, host: Host, dtype: str) -> plots.Death | None:
        """Where its gradient dies on one host in one format, if it does."""
        found = (d for d in self.deaths if (d.host, d.dtype) == (host, dtype))
        return next(found, None)

    @property
    def anchor(self) -> str:
        """The name of its place on the page."""
        return anchor(self.part.technique)


def write(runs: list[Run], output: Path, proof: Proof | None = None) -> Path:
    """Write the report of these runs, and of an audit, into a folder; return the path of its page.

    Raises RunError where the folder cannot be written.
    """
    verdicts = table(runs)
    columns = hosts(verdicts)
    told = _told(runs, verdicts, columns, proof)
    context = _context(runs, verdicts, columns, told) | {"proof": proof}
    files = {
        PAGE: _environment(escaped=True).get_template("page.html").render(context),
        TEXT: _environment(escaped=False).get_template("report.md").render(context),
        VERDICTS_TABLE: _csv(verdicts.assign(witness=verdicts["witness"].map(_json))),
        DEVIATIONS_TABLE: _csv(_deviations(context["known"])),
    }
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (output / name).write_text(text, "utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot write the report to {output}: {reason}; choose another with --output"
        raise RunError(message) from error
    return output / PAGE


def anchor(name: str) -> str:
    """A name as the end of an address."""
    return re.sub(r"[^\w.-]", "-", name)


def cell_id(row: Row) -> str:
    """The id by which `gradproof reproduce` knows a verdict."""
    return Cell(*(str(row[name]) for name in ("technique", "law", "backend", "dtype", "device"))).id


def _told(
    runs: list[Run], verdicts: pd.DataFrame, columns: list[Host], proof: Proof | None
) -> list[Told]:
    entries = {row["id"]: row for row in catalogue()}
    drawn = plots.pictures(runs, columns, "curve")
    counted = {kind: plots.pictures(runs, columns, kind) for kind in statistics.KINDS}
    return [
        Told(
            part,
            entries.get(part.technique),
            disagreements(part, entries.get(part.technique)),
            plots.deaths(part.technique, drawn.get(part.technique, [])),
            plots.payload(drawn.get(part.technique, []), columns),
            statistics.payloads(part.technique, counted, columns),
            proof.of(part.technique) if proof else [],
        )
        for part in parts(verdicts, columns)
    ]


def _context(
    runs: list[Run], verdicts: pd.DataFrame, columns: list[Host], told: list[Told]
) -> dict[str, Any]:
    """Everything the templates name."""
    found = counts(verdicts)
    carried = _flows(runs, columns)
    plotted = bool(carried) or any(map(_drawn, told))
    return {
        "runs": list(zip(names(runs), runs, strict=True)),
        "columns": columns,
        "techniques": told,
        "families": list(dict.fromkeys(t.part.family for t in told)),
        "counts": found,
        "compared": int(verdicts["compared"].sum()),
        "cut_off": not all(run.header.get("complete") for run in runs),
        "dtypes": [d for d in FORMATS if any(d in host.dtypes for host in columns)],
        "deaths": [d for t in told for d in t.deaths],
        "flows": carried,
        "known": [d for t in told for d in t.disagreements],
        "unexplained": sum(found[v] for v in UNEXPLAINED),
        "troubles": troubles([t.part for t in told]),
        "kinds": statistics.KINDS,
        "statements": laws(t.part.technique for t in told),
        "axes": plots.axes(),
        "verdict_names": VERDICTS,
        "grade_names": GRADES,
        "plotly": Markup(get_plotlyjs() if plotted else ""),  # noqa: S704
        "style": _own("style.css"),
        "script": _own("statistics.js") + _own("flow.js") + _own("page.js"),
    }


def _drawn(told: Told) -> bool:
    """Whether there is anything to plot."""
    return bool(told.figure or told.statistics)


def _flows(runs: list[Run], columns: list[Host]) -> dict[str, Any]:
    """What sweeps through depth show; nothing, where there were none."""
    drawn = plots.pictures(runs, columns, "flow")
    found = flows.answers(pair for pairs in drawn.values() for pair in pairs)
    if not found:
        return {}
    return {
        "deepest": flows.deepest(found),
        "formats": flows.payload(found, columns),
        "caption": flows.CAPTION,
        "reading": flows.READING,
    }


def _own(name: str) -> Markup:
    """A file of ours that becomes part of the page as it is."""
    return Markup((TEMPLATES / name).read_text("utf-8"))  # noqa: S704 - our own file


def _environment(*, escaped: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=escaped,  # noqa: S701 - Markdown is escaped by its own filter, cell by cell
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["glyphs"] = wording.GLYPHS
    made.filters |= {
        "anchor": anchor,
        "body": wording.body,
        "cell_id": cell_id,
        "conventions": conventions,
        "count": wording.count,
        "decimal": wording.decimal,
        "fact": wording.fact,
        "formula": wording.formula,
        "interval": plots.interval,
        "law": wording.law,
        "libraries": libraries,
        "link": wording.link,
        "md": wording.markdown,
        "registered": wording.registered_witness,
        "sentence": wording.sentence,
        "share": wording.share,
        "story": wording.story,
        "ulps": wording.ulps,
        "witness": wording.witness,
    }
    return made


def _deviations(known: list[Disagreement]) -> pd.DataFrame:
    """All known disagreements, one a row."""
    columns = [
        "technique", "run", "backend", "device", "laws", "dtypes", "because", "equation",
        "witness", "link", "max_ulp",
    ]  # fmt: skip
    rows = [
        [
            d.technique, d.host.run, d.host.backend, d.host.device, " ".join(d.laws),
            " ".join(d.dtypes), d.because, d.equation, _json(d.witness), d.link, d.max_ulp,
        ]
        for d in known
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _csv(rows: pd.DataFrame) -> str:
    return rows.to_csv(index=False, lineterminator="\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else ""
