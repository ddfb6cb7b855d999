"""What the plots of random numbers are drawn from, and the words that say what is seen in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from properties.pictures.depths import HEIGHTS
from properties.pictures.updates import SIZED
from reference.numerics import FORMATS
from reports import wording
from reports.plots import Drawn
from reports.summary import Host

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = list[tuple[int, Host, dict[str, Any]]]

_NAMES = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "selu": "SELU"}
_CARRIED = {"forward": "signal, forward", "backward": "gradient, backward"}


class Kind(NamedTuple):
    """A kind of statistical picture: its caption, how to read it, and what it is drawn from."""

    caption: str
    reading: str
    payload: Callable[[Rows], dict[str, Any]]


def _histogram(rows: Rows) -> dict[str, Any]:
    """A line for each host. Seen: the bin that is farthest off, over what is allowed."""
    lines, seen = [], []
    for place, host, row in rows:
        columns = {name: row[name] for name in ("edges", "observed", "expected", "allowed")}
        lines.append({"host": place, "told": _settings(row)} | columns)
        shares = [
            abs(_real(o) - _real(e)) / _real(a)
            for o, e, a in zip(row["observed"], row["expected"], row["allowed"], strict=True)
        ]
        worst = max(range(len(shares)), key=shares.__getitem__)
        middle = (row["edges"][worst] + row["edges"][worst + 1]) / 2
        place_of_worst = wording.decimal(float(f"{middle:.2g}"))
        seen.append(
            f"{host.title}: {row['numbers']:,} numbers. Of {len(shares)} bins the one at "
            f"{place_of_worst} is farthest off, by {_part(shares[worst])}.{_steps(row)}"
        )
    return {"lines": lines, "seen": seen}


def _steps(row: dict[str, Any]) -> str:
    """Of noise that is annealed: how its variance at every step compares."""
    if "steps" not in row:
        return ""
    told = ", ".join(f"{_real(v):.4f}" for v in row["steps"]["variance"])
    allowed = f"{_real(row['steps']['allowed']):.2g}"
    return f" Step by step its variance is {told} times the stated one (1 ± {allowed} is allowed)."


def _depths(rows: Rows) -> dict[str, Any]:
    """A panel for each activation and direction. Seen: the factor of all layers together."""
    panels: dict[tuple[str, str], dict[str, Any]] = {}
    seen: dict[tuple[str, str], list[str]] = {}
    for place, host, row in rows:
        for drawn in row["panels"]:
            key = (drawn["activation"], drawn["direction"])
            title = f"{_NAMES.get(key[0], key[0])}: {_CARRIED[key[1]]}"
            empty = {"activation": key[0], "direction": key[1], "title": title, "lines": []}
            columns = {name: drawn[name] for name in HEIGHTS}
            line = {"host": place, "told": _settings(drawn)} | columns
            panels.setdefault(key, empty)["lines"].append(line)
            seen.setdefault(key, [_theory(title, drawn)]).append(_factor(host, drawn))
    return {"panels": list(panels.values()), "seen": ["; ".join(v) + "." for v in seen.values()]}


def _theory(title: str, drawn: dict[str, Any]) -> str:
    setting = _settings({"parameters": drawn["setting"]})
    factor, layers = wording.decimal(_power(drawn["theory"][-1])), len(drawn["theory"])
    beside = f" ({setting})" if setting else ""
    return f"{title}{beside}. {layers} layers multiply the variance by {factor} in theory"


def _factor(host: Host, drawn: dict[str, Any]) -> str:
    factor = _power(_real(drawn["measured"][-1]) - _real(drawn["theory"][-1]))
    part = _part(_real(drawn["share"]))
    return f"{host.title} showed {wording.decimal(factor)} times that (off by {part})"


def _counts(rows: Rows) -> dict[str, Any]:
    """Panels of rows and of columns, and of all rates. Seen: how much counts vary."""
    lines, seen = [], []
    for place, host, row in rows:
        lines.append({"host": place} | {k: row[k] for k in ("lines", "rates", "off", "allowed")})
        vary = ", ".join(
            f"counts of {line['of']} vary {_real(line['variance']):.3f} times as much as those of "
            f"independent units (1 ± {_real(line['variance_allowed']):.2f} is allowed)"
            for line in row["lines"]
        )
        shares = [abs(_real(o)) / _real(a) for o, a in zip(row["off"], row["allowed"], strict=True)]
        worst = max(range(len(shares)), key=shares.__getitem__)
        seen.append(
            f"{host.title}: {vary}. Of {row['units']:,} units, the share that is kept is farthest "
            f"off at a rate of {wording.decimal(row['rates'][worst])}, by {_part(shares[worst])}."
        )
    return {"lines": lines, "seen": seen}


def _updates(rows: Rows) -> dict[str, Any]:
    """A line for each host. Seen: the largest error, and where it is beyond what is accepted."""
    lines, seen = [], []
    for place, host, row in rows:
        columns = {name: row[name] for name in SIZED}
        lines.append({"host": place, "told": _settings(row)} | columns)
        errors = [_real(e) for e in row["error"]]
        beyond = [
            _real(s) for s, e, a in zip(row["scale"], errors, row["allowed"], strict=True)
            if e > _real(a)
        ]  # fmt: skip
        worst = max(range(len(errors)), key=errors.__getitem__)
        told = (
            f"{host.title}: the largest error, {_short(errors[worst])} of the update, is at "
            f"gradients near {_short(row['scale'][worst])}"
        )
        if beyond:
            ends = f"{_short(min(beyond))} to {_short(max(beyond))}"
            told += f"; beyond what is accepted at {len(beyond)} sizes from {ends}"
        seen.append(told + ".")
    return {"lines": lines, "seen": seen}


def _short(value: Any) -> str:
    """A number in two digits."""
    return wording.decimal(float(f"{_real(value):.2g}"))


KINDS = {
    "histogram": Kind(
        "Random numbers beside the density that they should follow, in units of the stated "
        "standard deviation",
        "Above, the shares of numbers in bins of one width, over that width. Below, how far each "
        "share is off; what chance and rounding may do is shaded.",
        _histogram,
    ),
    "depths": Kind(
        "Variance over depth, beside what theory says of layers with these weights",
        "Line: what theory gives each layer, multiplied up. Points: the mean factor that the "
        "layers so far showed over theory's, to the power of their number; that of all layers is "
        "what the law compares. Shaded: what it allows. Except for rectifiers, theory starts from "
        "what entered each layer, so each backend has a line of its own.",
        _depths,
    ),
    "counts": Kind(
        "Kept units of each row and column, beside the binomial distribution",
        "Above, at a rate of 1/2, the share of rows, and of columns, that keep so many units; the "
        "outermost bins hold all beyond. Below, at every rate that was drawn, how far the share of "
        "kept units is off, over what is allowed. What chance may do is shaded.",
        _counts,
    ),
    "updates": Kind(
        "Error of the first update, over the size of gradients",
        "Lines: the largest error among the updates of a step, over the longest of them; at the "
        "top, the update is lost or no number. Shaded: what is accepted of an implementation; what "
        "is beyond it is a registered deviation, or a failure.",
        _updates,
    ),
}
"""Every kind of statistical picture."""


def payloads(
    technique: str, drawn: dict[str, dict[str, list[Drawn]]], columns: list[Host]
) -> dict[str, dict[str, Any]]:
    """What the page's script needs to draw one technique: by kind, then by format.

    Beside what is drawn, `seen` holds sentences that say what is seen.
    """
    told = {
        kind: _payload(kind, found.get(technique, []), columns) for kind, found in drawn.items()
    }
    return {kind: formats for kind, formats in told.items() if formats}


def _payload(kind: str, drawn: list[Drawn], columns: list[Host]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for dtype in FORMATS:
        rows = [(columns.index(host), host, row) for host, row in drawn if row["dtype"] == dtype]
        if rows:
            told[dtype] = KINDS[kind].payload(rows)
    return told


def _settings(row: dict[str, Any]) -> str:
    """Hyper-parameters, and how much was drawn, in words."""
    parameters = ", ".join(
        f"{name} = {wording.decimal(value) if isinstance(value, float) else value}"
        for name, value in (row.get("parameters") or {}).items()
    )
    shape = " by ".join(map(str, row.get("shape") or ()))
    numbers = f"{row['numbers']:,} numbers" if "numbers" in row else ""
    return "; ".join(part for part in (parameters, shape, numbers) if part)


def _part(share: float) -> str:
    """How much of what is allowed an error takes."""
    of = "times" if share > 1 else "of"
    return f"{wording.decimal(float(f'{share:.2g}'))} {of} what is allowed"


def _power(exponent: Any) -> float:
    """Ten to it, in three digits."""
    try:
        return float(f"{10.0 ** _real(exponent):.3g}")
    except OverflowError:
        return float("inf")


def _real(value: Any) -> float:
    """A number as a run's file holds it: NaN and the infinities stand there by name."""
    return float(value)
