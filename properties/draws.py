"""Draws that depend on their seed alone.

Of the numbers that Hypothesis draws, one in twenty is a constant, often one of those in the source
files that are loaded by then (its pull request 4356). With another order of imports, or a line
edited elsewhere, the same seed would draw other plans.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from hypothesis.internal.conjecture import providers

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLLECTS = "_get_local_constants"


@contextmanager
def by_the_seed_alone() -> Iterator[None]:
    """Let Hypothesis know no constants of source files; the user's own tests go on as they were."""
    if not hasattr(providers, _COLLECTS):  # it collects none, or elsewhere: a test tells
        yield
        return
    from hypothesis.internal.constants_ast import Constants

    cache = type(providers.CONSTANTS_CACHE)(1024)
    with (
        mock.patch.object(providers, _COLLECTS, return_value=Constants()),
        mock.patch.object(providers, "CONSTANTS_CACHE", cache),
    ):
        yield
