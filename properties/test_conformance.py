"""Every cell of the grid is a test."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.finding import Verdict


def test_conformance(verdict: Verdict, record_property: Callable[[str, object], None]) -> None:
    """The verdict is explained: the cell conforms, deviates as registered, or is absent."""
    for name in ("verdict", "grade", "max_ulp", "allowed", "compared"):
        record_property(name, asdict(verdict)[name])
    if verdict.verdict == "absent":
        pytest.skip(verdict.reason)
    assert verdict.explained, f"{verdict.verdict}: {verdict.reason}\n{verdict.witness}"
    assert verdict.compared > 0
