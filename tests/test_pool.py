"""Faults: a backend may crash the interpreter, hang, raise, or return garbage. The run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof import pool
from properties.finding import Verdict
from properties.grid import Task

FAULTY = """
import os, time
import numpy as np
from backends.numpy import NumpyBackend
from reference.numerics import Jet

def crash(x):
    os.abort()

def hang(x):
    time.sleep(600)

def complain(x):
    raise ValueError("no such kernel")

def misshape(x):
    return np.zeros((3, 3), np.float32)

def widen(x):
    return x.astype(np.float64)

def mutate(x):
    x[...] = np.maximum(x, 0)
    return Jet(x, (x > 0).astype(x.dtype), 0 * x)

def relu(x):
    on = np.where(np.isnan(x), x, (x > 0).astype(x.dtype))
    return Jet(np.where(x > 0, x, 0 * on), on, 0 * on)

for name in ("crash", "hang", "complain", "misshape", "widen", "mutate", "relu"):
    globals()[name.upper()] = NumpyBackend.offering(name, {"activations.relu": globals()[name]})
"""


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A file of faulty backends."""
    path = tmp_path / "faulty.py"
    path.write_text(FAULTY)
    return path


def _judged(path: Path, *names: str, hang: float = 60.0) -> list[Verdict]:
    tasks = [
        Task("activations.relu", f"{path}:{name}", "float32", "cpu", "quick", 0) for name in names
    ]
    return [row for done in pool.run(tasks, 1, hang=hang) for row in done.verdicts]


def test_a_crash_is_a_verdict_and_the_rest_goes_on(faulty: Path) -> None:
    """The interpreter dies in one task; its neighbours are judged all the same."""
    rows = _judged(faulty, "RELU", "CRASH", "RELU")
    crashed = [r for r in rows if r.verdict == "error"]
    assert [r.law for r in crashed] == ["*"]
    assert "the interpreter crashed (SIGABRT)" in crashed[0].reason
    assert sum(r.verdict == "conforms" for r in rows) > 20


def test_a_hang_is_a_verdict(faulty: Path) -> None:
    """A task that never answers is ended."""
    rows = _judged(faulty, "HANG", "RELU", hang=12.0)
    assert "hung" in rows[0].reason
    assert any(r.verdict == "conforms" for r in rows)


@pytest.mark.parametrize(
    ("name", "story"),
    [
        ("COMPLAIN", "ValueError: no such kernel"),
        ("MISSHAPE", "came out"),
        ("WIDEN", "float64[65536] came out"),
    ],
)
def test_what_a_backend_does_wrong_is_told(faulty: Path, name: str, story: str) -> None:
    """An exception, a wrong shape and a wrong dtype are errors with their story."""
    rows = {r.law: r for r in _judged(faulty, name)}
    assert rows["agrees_with_reference"].verdict == "error"
    assert story in rows["agrees_with_reference"].reason


def test_a_mutated_input_fails_its_law(faulty: Path) -> None:
    """Right values, but the input was written to."""
    rows = {r.law: r for r in _judged(faulty, "MUTATE")}
    assert rows["agrees_with_reference"].verdict == "conforms"
    assert rows["leaves_inputs_unchanged"].verdict == "fails"
