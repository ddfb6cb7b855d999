"""What the tests of the machinery share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """Chromium without a window, with a profile of its own."""
    programs = [shutil.which("chromium") or shutil.which("google-chrome")]
    programs.append(shutil.which("chromedriver"))
    if not all(programs):
        pytest.skip("chromium or chromedriver is not installed: the page is opened in no browser")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for switch in (
        "headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking",
        "disable-component-update", "disable-sync", f"user-data-dir={tmp_path / 'profile'}",
        "window-size=1400,1000",
    ):  # fmt: skip
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(programs[1])
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


def block(containing: str) -> str:
    """The README's Python block that contains a text."""
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    (found,) = [text for text in blocks if containing in text]
    return str(found)
