"""What is drawn depends on the seed, not on which source files are loaded."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis.internal.conjecture import providers

from backends.numpy import NumpyBackend
from properties.grid import Task
from properties.judge import judge
from properties.strategies import PROFILES
from reference.catalogue import techniques

NAMES = [t for t in techniques() if t.startswith(("optimizers", "schedules"))]


def _drawn() -> list[Any]:
    plans: list[Any] = []
    for name in NAMES:
        judge(
            techniques()[name], NumpyBackend(), "float32", PROFILES["thorough"], only=(),
            watch=lambda trial: plans.append(trial.plan),
        )  # fmt: skip
    return plans


def test_a_module_of_constants_changes_no_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded between two rounds, a file of numbers shows in neither."""
    before = _drawn()
    file = tmp_path / "full_of_numbers.py"
    file.write_text(f"NUMBERS = {list(range(400))}")
    specification = importlib.util.spec_from_file_location(file.stem, file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, file.stem, module)
    specification.loader.exec_module(module)
    assert _drawn() == before


def test_a_users_own_draws_go_on_as_they_were() -> None:
    """Once a task is judged, Hypothesis collects constants as before."""
    names = ("_get_local_constants", "CONSTANTS_CACHE")
    before = [getattr(providers, name) for name in names]
    Task("schedules.cosine", "numpy", "float32", "cpu", "quick", 0).run()
    assert all(getattr(providers, n) is own for n, own in zip(names, before, strict=True))
    assert not isinstance(before[0], mock.Mock)
