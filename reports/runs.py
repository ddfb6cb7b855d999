"""A run on disk: its header, verdicts and pictures, and the one function that reads them."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from properties.finding import VERDICTS, Verdict
from properties.flow.profiles import COLUMNS as FLOW_COLUMNS
from properties.initializers.propagation import DEPTH
from properties.pictures.curves import BINS, ORDERS
from properties.pictures.depths import DIRECTIONS, HEIGHTS
from properties.pictures.updates import SIZED
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HEADER, VERDICTS_FILE, PICTURES_FILE = "run.json", "verdicts.jsonl", "pictures.jsonl"
COLUMNS = [f.name for f in dataclasses.fields(Verdict)]


class RunError(ValueError):
    """A run that cannot be read or written: says which file, what is wrong, what to do next."""


@dataclass(frozen=True)
class Run:
    """A run as it was read: what was run where, a table with one verdict a row, and pictures.

    A picture (see `properties.pictures`) is of one technique on one backend in one format on one
    device: the errors of an elementwise function, the histogram of random numbers ... A run may be
    without.
    """

    folder: Path
    header: dict[str, Any]
    verdicts: pd.DataFrame
    pictures: tuple[dict[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.resolve().name


class RunWriter:
    """Writes a run as it goes: every verdict is on disk when it is reached."""

    def __init__(self, folder: Path, header: dict[str, Any], *, resume: bool = False) -> None:
        """Create the folder and its files, or open a run that was cut off."""
        self.folder, self.header = folder, header
        self.kept: list[dict[str, Any]] = []
        pictures: list[dict[str, Any]] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if resume and (folder / HEADER).exists():
                self.kept = _finished_tasks(folder, header)
                pictures = _pictures_of(folder, self.kept)
            elif (folder / VERDICTS_FILE).exists():
                message = (
                    f"{folder} already holds a run; name another --output, or add --resume to "
                    "finish that one"
                )
                raise RunError(message)
            self._write(folder / HEADER, json.dumps(header, indent=1) + "\n")
            self._write(folder / VERDICTS_FILE, "".join(map(_line, self.kept)))
            self._write(folder / PICTURES_FILE, "".join(map(_line, pictures)))
            self._file = (folder / VERDICTS_FILE).open("a", encoding="utf-8")
            self._pictures = (folder / PICTURES_FILE).open("a", encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"cannot write to {folder}: {reason}; choose another folder with --output"
            raise RunError(message) from error

    def append(self, verdicts: Iterable[Verdict], pictures: Iterable[dict[str, Any]] = ()) -> None:
        """Write the verdicts of one task in one go, its pictures before them.

        Whoever is killed in between leaves pictures without verdicts: --resume drops them.
        """
        self._pictures.write("".join(map(_line, pictures)))
        self._pictures.flush()
        self._file.write("".join(_line(dataclasses.asdict(v)) for v in verdicts))
        self._file.flush()

    def close(self, totals: dict[str, Any], place: Callable[[dict[str, Any]], Any]) -> None:
        """Sort verdicts and pictures into the order of the grid and write the totals."""
        for file in (self._pictures, self._file):
            file.close()
            path = Path(file.name)
            rows = sorted(map(json.loads, path.read_text("utf-8").splitlines()), key=place)
            self._write(path, "".join(map(_line, rows)))
        self._write(self.folder / HEADER, json.dumps(self.header | totals, indent=1) + "\n")

    @staticmethod
    def _write(path: Path, text: str) -> None:
        """Replace a file at once: whoever is killed leaves the old one or the new one."""
        fresh = path.with_suffix(path.suffix + ".new")
        fresh.write_text(text, "utf-8")
        fresh.replace(path)


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _task(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["technique"], row["backend"], row["dtype"], row["device"])


def _finished_tasks(folder: Path, header: dict[str, Any]) -> list[dict[str, Any]]:
    """Verdicts of a cut-off run that can be kept: all but those of the task written last."""
    old = _header(folder)
    for key in ("seed", "profile", "versions"):
        if old.get(key) != header.get(key):
            message = (
                f"{folder} was begun with {key} {old.get(key)}, not {header.get(key)}; "
                "resume it with the same, or name another --output"
            )
            raise RunError(message)
    rows = _whole_lines(folder / VERDICTS_FILE)
    return [row for row in rows if _task(row) != _task(rows[-1])] if rows else []


def _pictures_of(folder: Path, kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pictures of the tasks that are kept."""
    tasks = {_task(row) for row in kept}
    path = folder / PICTURES_FILE
    return [p for p in _whole_lines(path) if _task(p) in tasks] if path.is_file() else []


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file up to the line that was being written when the run was killed."""
    rows = []
    for line in path.read_text("utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


def _header(folder: Path) -> dict[str, Any]:
    path = folder / HEADER
    if not folder.is_dir():
        message = f"there is no run at {folder}; make one with: gradproof verify --output {folder}"
        raise RunError(message)
    if not path.is_file():
        message = f"{folder} is no run: it has no {HEADER}"
        raise RunError(message)
    try:
        header = json.loads(path.read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        message = f"{path} is damaged ({error}); verdicts beside it are intact: run verify again"
        raise RunError(message) from error
    if not isinstance(header, dict):
        message = f"{path} is damaged: it holds no object"
        raise RunError(message)
    return header


def read(folder: Path) -> Run:
    """Read a run. Raises RunError, naming file and line, where it is missing or damaged."""
    header = _header(folder)
    path = folder / VERDICTS_FILE
    if not path.is_file():
        message = f"{folder} has no {VERDICTS_FILE}; finish the run with --resume"
        raise RunError(message)
    advice = "remove that line, or judge its cells again with --resume"
    rows = _rows(path, _verdict, advice)
    drawn = folder / PICTURES_FILE
    pictures = _rows(drawn, _picture, f"{advice}; its cell goes without a plot")
    return Run(folder, header, pd.DataFrame(rows, columns=COLUMNS), tuple(pictures))


def _rows(
    path: Path, checked: Callable[[Any], dict[str, Any]], advice: str
) -> list[dict[str, Any]]:
    """The rows of a file, each checked; none where there is no file."""
    if not path.is_file():
        return []
    rows = []
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
        try:
            rows.append(checked(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            message = f"{path}, line {number} is damaged ({type(error).__name__}); {advice}"
            raise RunError(message) from error
    return rows


def _verdict(row: dict[str, Any]) -> dict[str, Any]:
    if row["verdict"] not in VERDICTS:
        raise ValueError(row["verdict"])
    return {name: row.get(name) for name in COLUMNS}


def _picture(row: dict[str, Any]) -> dict[str, Any]:
    _task(row)
    if row["dtype"] not in FORMATS:
        raise ValueError(row["dtype"])
    _CHECKED[row["kind"]](row)
    return row


def _curve(row: dict[str, Any]) -> None:
    for name in ORDERS:
        if row[name] is not None and {len(c) for c in row[name].values()} != {BINS}:
            raise ValueError(name)


def _histogram(row: dict[str, Any]) -> None:
    for name in ("observed", "expected", "allowed"):
        if len(row[name]) != len(row["edges"]) - 1:
            raise ValueError(name)
    if "steps" in row and not row["steps"]["variance"]:
        raise ValueError(row["steps"])


def _depths(row: dict[str, Any]) -> None:
    for panel in row["panels"]:
        if panel["direction"] not in DIRECTIONS or {len(panel[name]) for name in HEIGHTS} != {
            DEPTH
        }:
            raise ValueError(panel["direction"])


def _counts(row: dict[str, Any]) -> None:
    for line in row["lines"]:
        for name in ("observed", "expected", "noise"):
            if len(line[name]) != len(line["edges"]) - 1:
                raise ValueError(name)
    if not len(row["rates"]) == len(row["off"]) == len(row["allowed"]):
        message = "rates"
        raise ValueError(message)


def _updates(row: dict[str, Any]) -> None:
    if len({len(row[name]) for name in SIZED}) != 1:
        raise ValueError(SIZED)


def _flow(row: dict[str, Any]) -> None:
    for panel in row["panels"]:
        if len({len(panel[name]) for name in FLOW_COLUMNS}) != 1:
            raise ValueError(panel["stack"])


_CHECKED = {
    "curve": _curve,
    "histogram": _histogram,
    "depths": _depths,
    "counts": _counts,
    "updates": _updates,
    "flow": _flow,
}
