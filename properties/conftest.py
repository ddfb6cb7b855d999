"""The options of the pytest door: `pytest properties -k gelu -n 2 --backend torch`."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

import pytest

from backends.backend import Backend
from backends.binding import Absent
from backends.catalogue import BUILT_IN, UnknownBackendError, backend
from backends.threads import share_cores
from properties.finding import Cell, Verdict
from properties.grid import Task, UnknownNameError, selected, tasks
from properties.laws import applicable, family
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator


share_cores(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `gradproof verify` that choose a part of the grid."""
    group = parser.getgroup("gradproof")
    group.addoption(
        "--backend", action="append", default=[], help="numpy, torch, jax, FILE.py:NAME"
    )
    group.addoption("--dtype", action="append", default=[], help=", ".join(FORMATS))
    group.addoption(
        "--in-turn", action="store_true",
        help="judge each technique in one format, the next technique in the next",
    )  # fmt: skip
    group.addoption("--only", action="append", default=[], help="techniques that match this glob")
    group.addoption("--device", default="cpu", help="cpu, cuda or gpu")
    group.addoption("--profile", default="quick", help=f"{', '.join(PROFILES)}; quick by default")
    group.addoption("--seed", type=int, default=0, help="another seed, other inputs")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of every cell, marked so that one worker gets all cells of a technique."""
    if "cell" not in metafunc.fixturenames:
        return
    option = metafunc.config.getoption
    try:
        wanted = tasks(
            selected(option("only")), option("backend") or list(BUILT_IN),
            option("dtype") or list(FORMATS), option("device"), option("profile"), option("seed"),
        )  # fmt: skip
    except (UnknownNameError, UnknownBackendError) as error:
        raise pytest.UsageError(str(error)) from error
    if option("in_turn"):
        wanted = [task for task in wanted if _has_its_turn(task)]
    parameters = [
        pytest.param(task, law, id=_id(task, law), marks=pytest.mark.xdist_group(task.technique))
        for task in wanted
        for law in _laws(task)
    ]
    metafunc.parametrize(("task", "cell"), parameters)


def _has_its_turn(task: Task) -> bool:
    """Whether it is this format's turn: the next technique has the next."""
    turn = list(techniques()).index(task.technique)
    return task.dtype == list(FORMATS)[turn % len(FORMATS)] or not _offered(task)


def _offered(task: Task) -> bool:
    host = backend(task.backend)
    return isinstance(host, Backend) and not isinstance(
        host.binding(techniques()[task.technique]), Absent
    )


def _laws(task: Task) -> Iterator[str]:
    if not _offered(task):
        yield "*"
        return
    technique = techniques()[task.technique]
    module = family(technique)
    yield from applicable(technique, module.trial_kind(technique), module, task.dtype)


def _id(task: Task, law: str) -> str:
    name = task.backend.rpartition(":")[2]
    return Cell(task.technique, law, name, task.dtype, task.device).id


@functools.lru_cache(maxsize=4)
def judged(task: Task) -> dict[str, Verdict]:
    """All verdicts of a task: its cells are judged together and asserted one by one."""
    return {verdict.law: verdict for verdict in task.run()}


@pytest.fixture
def verdict(task: Task, cell: str) -> Verdict:
    """The verdict of the test's cell."""
    rows = judged(task)
    return rows[cell] if cell in rows else rows["*"]
