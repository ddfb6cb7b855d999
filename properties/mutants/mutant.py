"""A mutant: a technique done wrong in one way, that the laws must catch."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import properties.mutants

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, eq=False)
class Mutant:
    """A wrong binding of a technique, run by a built-in backend in the formats where it shows."""

    technique: str
    binding: Callable[..., Any]
    because: str
    blind_spot: str
    dtypes: tuple[str, ...]
    on: str

    @property
    def name(self) -> str:
        """What it does wrong, in the third person."""
        return self.binding.__name__


def mutant(
    technique: str,
    because: str,
    *,
    blind_spot: str = "",
    dtypes: tuple[str, ...] = ("float32",),
    on: str = "numpy",
) -> Callable[[Callable[..., Any]], Mutant]:
    """Declare a wrong implementation: which technique, and where the mistake comes from.

    `because` names the source (an article's misprint: A0 to A4; a bug report; a common slip).
    `blind_spot` is one of: special values, boundaries, structure, scale, protocol, time, dynamics,
    tolerance, symmetry and defaults.
    """

    def made(binding: Callable[..., Any]) -> Mutant:
        return Mutant(technique, binding, because, blind_spot, dtypes, on)

    return made


@functools.cache
def mutants() -> tuple[Mutant, ...]:
    """Every mutant in the files of this folder, in order."""
    found: list[Mutant] = []
    path = properties.mutants.__path__
    for info in pkgutil.walk_packages(path, "properties.mutants."):
        module = importlib.import_module(info.name)
        found += [
            v for v in vars(module).values()
            if isinstance(v, Mutant) and v.binding.__module__ == info.name
        ]  # fmt: skip
    return tuple(found)
