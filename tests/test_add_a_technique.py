"""ARCHITECTURE.md's "add a technique": its diff, applied to a copy of the tree, is all it takes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LAYERS = ("reference", "backends", "properties", "reports", "gradproof", "benchmarks")


def _diff() -> dict[str, list[str]]:
    """The lines that the diff adds, by file."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    (block,) = re.findall(r"```diff\n(.*?)```", text, flags=re.DOTALL)
    added: dict[str, list[str]] = {}
    file = ""
    for line in str(block).splitlines():
        if line.startswith("+++ b/"):
            file = line.removeprefix("+++ b/")
            added[file] = []
        elif line.startswith("+"):
            added[file].append(line[1:])
    return added


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the house with the diff applied."""
    for layer in LAYERS:
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / layer, tmp_path / layer, ignore=skipped)
    for name, lines in _diff().items():
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write("\n\n" + "\n".join(lines) + "\n")
    return tmp_path


def _run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_the_diff_is_short() -> None:
    """Three files, and about ten lines of code in all."""
    added = _diff()
    assert len(added) == 3
    code = "\n".join(line for lines in added.values() for line in lines)
    code = re.sub(r'""".*?"""', "", code, flags=re.DOTALL)
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 12


def test_nothing_else_is_needed(tree: Path) -> None:
    """The new technique is listed, judged on every backend, and seen by asv."""
    rows = {r["id"]: r for r in json.loads(_run(tree, "gradproof", "techniques", "--json").stdout)}
    assert rows["activations.modulus"]["bindings"]["jax"]["status"] == "bound"
    done = _run(
        tree, "gradproof", "verify", "--only", "modulus", "--dtype", "float32", "--profile",
        "quick",
        "--output", str(tree / "run"),
    )  # fmt: skip
    verdicts = [json.loads(t) for t in (tree / "run" / "verdicts.jsonl").read_text().splitlines()]
    assert {v["backend"] for v in verdicts} == {"numpy", "torch", "jax"}
    assert {v["law"] for v in verdicts} >= {
        "agrees_with_reference",
        "derivative_agrees",
        "propagates_nan",
    }
    assert done.returncode == 0, done.stdout + done.stderr
    asked = "import benchmarks.grid as g; assert 'activations.modulus' in g.ELEMENTWISE"
    seen = subprocess.run(
        [sys.executable, "-c", asked], cwd=tree, capture_output=True, text=True, check=False
    )
    assert seen.returncode == 0, seen.stderr
