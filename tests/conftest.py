"""What the tests of the machinery share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def gradproof() -> Command:
    """Run the command line as a user does, from the checkout."""

    def run(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gradproof", *map(str, arguments)],
            cwd=cwd, capture_output=True, text=True, timeout=3600, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        )  # fmt: skip

    return run
