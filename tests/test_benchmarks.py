"""asv sees every technique: each has a call that can be timed, on every backend that offers it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from benchmarks import blocks, grid, normalization, optimizers, recurrent
from benchmarks.__main__ import label_machine
from reference.catalogue import techniques

KINDS = {t.module: t.id for t in techniques().values()}


@pytest.mark.parametrize("technique", KINDS.values())
def test_every_room_has_a_call_to_time(technique: str) -> None:
    """One technique of every room, prepared and run once."""
    if technique in grid.ELEMENTWISE:
        ready = grid.elementwise(technique, "numpy", 0)
    else:
        ready = grid.whole_call(technique, "numpy")
    assert ready() is not None


@pytest.mark.parametrize("backend", grid.LIBRARIES)
@pytest.mark.parametrize("technique", grid.HOT)
def test_every_hot_path_has_a_call_to_time(
    technique: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its inputs fit, wherever a library offers it; here they are a thousandth as large."""
    monkeypatch.setattr(grid, "SIDE", 1 << 5)
    try:
        grid.binding(technique, backend)
    except NotImplementedError as absent:
        pytest.skip(str(absent))
    assert grid.hot_call(technique, backend)() is not None


@pytest.mark.parametrize("way", optimizers.WAYS)
@pytest.mark.parametrize("technique", optimizers.TECHNIQUES)
def test_every_way_to_step_can_be_timed(technique: str, way: str) -> None:
    """Called twice, as a step goes on from where the last one ended."""
    try:
        step = optimizers.step(technique, way, 4 * optimizers.TENSORS)
    except NotImplementedError as absent:
        pytest.skip(str(absent))
    step()
    step()


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("backend", grid.BACKENDS)
@pytest.mark.parametrize("technique", normalization.TECHNIQUES)
def test_every_normalization_can_be_timed(technique: str, backend: str, order: int) -> None:
    """Forward, and forward with backward; here on a sixteenth of the numbers."""
    try:
        grid.binding(technique, backend)
    except NotImplementedError as absent:
        pytest.skip(str(absent))
    assert normalization.layer(technique, backend, order, scale=16)() is not None


@pytest.mark.parametrize("backend", grid.BACKENDS)
@pytest.mark.parametrize("technique", blocks.TECHNIQUES)
def test_every_block_can_be_timed(technique: str, backend: str) -> None:
    """Forward and backward, at a small size; and so can the floor."""
    for order in (0, 1):
        assert blocks.block(technique, backend, order, (4, 3, 2))() is not None
        blocks.products(order, (4, 3, 2))()


def test_the_bytes_of_a_step_are_counted() -> None:
    """Adam reads gradient, parameter and two moments, and writes three of them."""
    assert optimizers.moved("optimizers.adam") == 28


@pytest.mark.parametrize("way", recurrent.WAYS)
@pytest.mark.parametrize("technique", recurrent.TECHNIQUES)
def test_every_recurrent_cell_can_be_timed(technique: str, way: str) -> None:
    """Forward and backward, whichever door it is called by; and so can its matrix products."""
    sizes = (2, 1, 3, 2)
    for order in (0, 1):
        assert recurrent.call(technique, way, sizes, order)() is not None
        recurrent.products(technique, sizes, order)()


def test_a_fresh_machine_gets_its_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where asv has never run, and where it has: the same file."""
    monkeypatch.setenv("HOME", str(tmp_path))
    written = []
    for _ in range(2):
        label_machine([sys.executable, "-m", "asv"])
        written.append((tmp_path / ".asv-machine.json").read_text())
    assert written[0] == written[1]
    (labels,) = (v for k, v in json.loads(written[0]).items() if k != "version")
    assert labels["num_cpu"] == str(os.cpu_count())
    assert labels["ram"] == ""
