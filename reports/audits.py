"""An audit on disk: which wrong implementations were planted, and which law caught each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.runs import RunError

if TYPE_CHECKING:
    from pathlib import Path

_MUTANT = (
    "technique",
    "mutant",
    "because",
    "blind_spot",
    "caught_by",
    "counterexample",
    "dtype",
    "witness",
)
_LAW = ("family", "law", "asked", "kills")


@dataclass(frozen=True)
class Score:
    """One family: how many of its mutants were caught, and by which of its laws."""

    family: str
    mutants: int
    caught: int
    laws: tuple[dict[str, Any], ...]

    @property
    def share(self) -> float:
        """The mutation score: the share of the mutants that a law caught."""
        return self.caught / self.mutants

    @property
    def idle(self) -> list[str]:
        """Laws that caught nothing."""
        return [law["law"] for law in self.laws if not law["kills"]]


@dataclass(frozen=True)
class Proof:
    """An audit as it was read: `whole` if every technique's mutants are in it."""

    mutants: tuple[dict[str, Any], ...]
    laws: tuple[dict[str, Any], ...]
    whole: bool

    def of(self, technique: str) -> list[dict[str, Any]]:
        """The mutants of one technique, the survivors first."""
        mine = (m for m in self.mutants if m["technique"] == technique)
        return sorted(mine, key=lambda m: bool(m["caught_by"]))

    @property
    def survivors(self) -> list[dict[str, Any]]:
        """Mutants that no law caught."""
        return [m for m in self.mutants if not m["caught_by"]]

    @property
    def scores(self) -> list[Score]:
        """The mutation score of every family."""
        found = []
        for family in dict.fromkeys(m["technique"].partition(".")[0] for m in self.mutants):
            mine = [m for m in self.mutants if m["technique"].startswith(f"{family}.")]
            laws = tuple(law for law in self.laws if law["family"] == family)
            caught = sum(bool(m["caught_by"]) for m in mine)
            found.append(Score(family, len(mine), caught, laws))
        return found


def write(path: Path, rows: dict[str, Any]) -> None:
    """Write an audit. Raises RunError where the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    except OSError as error:
        message = f"cannot write the audit to {path}: {error.strerror or error}; choose another"
        raise RunError(message) from error


def read(path: Path) -> Proof:
    """Read what `gradproof audit --output` wrote. Raises RunError where that is not what it is."""
    again = f"make it with: gradproof audit --output {path}"
    try:
        told = json.loads(path.read_text("utf-8"))
        told["whole"]
        for kind, names in (("mutants", _MUTANT), ("laws", _LAW)):
            for row in told[kind]:
                for name in names:
                    row[name]
    except OSError as error:
        message = f"there is no audit at {path} ({error.strerror or error}); {again}"
        raise RunError(message) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path} is no audit, or damaged ({type(error).__name__}: {error}); {again}"
        raise RunError(message) from error
    return Proof(tuple(told["mutants"]), tuple(told["laws"]), bool(told["whole"]))
