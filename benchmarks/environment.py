"""asv's environment: each commit is checked out and run by this interpreter, nothing is installed.

asv's own environments build a wheel and a virtual environment for every commit; here the libraries
under test are gigabytes and the project is plain Python.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from asv import util
from asv.environment import Environment


class Checkout(Environment):  # type: ignore[misc] # asv has no types
    """A checkout of a commit on the module path of the current interpreter."""

    tool_name = "checkout"
    matches_python_fallback = True

    def __init__(self, conf: Any, python: str, requirements: Any, tagged: Any) -> None:
        """Report this interpreter's version, whatever is asked for."""
        del python
        self._requirements: dict[
            str, str
        ] = {}  # asv names the environment by them, before it has them
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        super().__init__(conf, version, requirements, tagged)

    @classmethod
    def matches(cls, python: str) -> bool:
        """Accept any version: there is one interpreter."""
        return bool(python)

    def _setup(self) -> None:
        """Nothing to create."""

    def _uninstall_project(self) -> None:
        """Nothing is installed."""

    def _build_project(self, repo: Any, commit_hash: str, build_dir: str) -> None:
        """Nothing is built."""

    def _install_project(self, repo: Any, commit_hash: str, build_dir: str) -> None:
        """The checkout itself is what is run."""

    def run(self, args: list[str], **kwargs: Any) -> Any:
        """Run this interpreter with the checkout first on its path."""
        env = dict(kwargs.pop("env", None) or os.environ)
        env["ASV_PYTHONPATH"] = self._build_root
        return util.check_output([sys.executable, *args], env=env, **kwargs)
