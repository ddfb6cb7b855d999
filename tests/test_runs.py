"""Runs on disk: nothing is lost, and damage is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.runs import RunError, read
from tests.conftest import Command

ARGUMENTS = ("verify", "--only", "relu", "--only", "leaky_relu", "--backend", "numpy",
             "--profile", "quick", "--workers", "1")  # fmt: skip


def _rows(folder: Path) -> list[dict[str, object]]:
    lines = (folder / "verdicts.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(t).items() if k != "seconds"} for t in lines]


def test_a_killed_run_is_finished_by_resume(gradproof: Command, tmp_path: Path) -> None:
    """Cut off in mid-line, resumed: the same verdicts as an uninterrupted run."""
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert gradproof(*ARGUMENTS, "--output", whole).returncode == 0
    cut.mkdir()
    header = json.loads((whole / "run.json").read_text()) | {"complete": False}
    (cut / "run.json").write_text(json.dumps(header))
    text = (whole / "verdicts.jsonl").read_text()
    (cut / "verdicts.jsonl").write_text(text[: len(text) * 2 // 3])
    assert gradproof(*ARGUMENTS, "--output", cut, "--resume").returncode == 0
    assert _rows(cut) == _rows(whole)
    assert json.loads((cut / "run.json").read_text())["complete"]


def test_resume_refuses_another_seed(gradproof: Command, tmp_path: Path) -> None:
    """Two seeds in one run would be nobody's run."""
    gradproof(*ARGUMENTS, "--dtype", "float32", "--output", tmp_path / "run")
    done = gradproof(*ARGUMENTS, "--output", tmp_path / "run", "--resume", "--seed", "3")
    assert done.returncode == 2
    assert "was begun with seed 0, not 3" in done.stderr


def test_damage_is_named(gradproof: Command, tmp_path: Path) -> None:
    """A damaged line is named with file and number; a damaged header and a missing file too."""
    folder = tmp_path / "run"
    gradproof(*ARGUMENTS, "--dtype", "float32", "--output", folder)
    lines = (folder / "verdicts.jsonl").read_text().splitlines()
    (folder / "verdicts.jsonl").write_text("\n".join([*lines[:2], lines[2][:40], *lines[3:]]))
    with pytest.raises(RunError, match=r"verdicts\.jsonl, line 3 is damaged"):
        read(folder)
    (folder / "run.json").write_text("{")
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        read(folder)
    (folder / "run.json").unlink()
    with pytest.raises(RunError, match=r"has no run\.json"):
        read(folder)
