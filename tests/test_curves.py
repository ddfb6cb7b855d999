"""Curves: the axis holds every float in order, and a dead gradient is found where it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backends.numpy import NumpyBackend
from properties.judge import judge
from properties.pictures.curves import BINS, Curve, centres, position
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reference.numerics import FORMATS, Array, Format, Jet
from tests.conftest import Command

ARGUMENTS = ("verify", "--only", "relu", "--only", "leaky_relu", "--backend", "numpy",
             "--profile", "quick", "--workers", "1")  # fmt: skip


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda f: f.name)
def test_the_axis_keeps_the_order_of_floats(form: Format) -> None:
    """Larger numbers stand further right, from lowest to highest; bins hold their centres."""
    x = np.array([-form.largest, -1, -form.tiny, -form.smallest, 0, 1, 2, form.largest])
    places = position(x.astype(form.dtype), form)
    assert np.all(np.diff(places) > 0)
    assert places[0] == -BINS / 2
    assert places[-1] == BINS / 2
    middles = position(centres(form).astype(form.dtype), form)
    assert np.array_equal(np.floor(middles) + BINS / 2, np.arange(BINS))


def _forgetful(x: Array) -> Jet:
    """Hyperbolic tangent whose derivative is 0 from |x| = 4 on."""
    y: Jet = techniques()["activations.tanh"].reference(x)
    return Jet(y.value, np.where(np.abs(x) < 4, y.first, 0 * x), y.second)


def test_a_dead_gradient_is_found_where_it_dies() -> None:
    """Every input, exhaustively: two intervals that begin at 4, and what was lost there."""
    host = NumpyBackend.offering("forgetful", {"activations.tanh": _forgetful})
    curve = Curve()
    judge(techniques()["activations.tanh"], host, "float16", PROFILES["quick"], watch=curve.watch)
    row = curve.row()
    assert row is not None
    left, right = row["dead"]["intervals"]
    assert (left["to"], right["from"]) == (-4.0, 4.0)
    assert left["dead"] == right["dead"] == row["dead"]["dead"] // 2
    assert right["asked"] == right["dead"]
    assert right["returned"] == "zero"
    assert right["largest_lost"] == pytest.approx(1 / np.cosh(4.0) ** 2)
    assert max(row["value"]["ulps"]) < 2
    assert max(row["first"]["ulps"]) > 100


def test_a_backend_that_raises_leaves_no_curve_behind() -> None:
    """What the laws tell as an error is no point of a curve."""

    def broken(x: Array) -> Jet:
        message = f"no kernel for {x.dtype}"
        raise RuntimeError(message)

    host = NumpyBackend.offering("broken", {"activations.relu": broken})
    curve = Curve()
    judge(techniques()["activations.relu"], host, "float16", PROFILES["quick"], watch=curve.watch)
    row = curve.row()
    assert row is not None
    assert row["value"] is row["first"] is row["dead"] is None


def test_pictures_are_the_same_for_the_same_seed_and_after_resume(
    gradproof: Command, tmp_path: Path
) -> None:
    """Byte for byte, in the order of the verdicts, also where a run was cut off in between."""
    whole, again, cut = (tmp_path / name for name in ("whole", "again", "cut"))
    for folder in (whole, again):
        assert gradproof(*ARGUMENTS, "--output", folder).returncode == 0
    text = (whole / "pictures.jsonl").read_text()
    assert (again / "pictures.jsonl").read_text() == text
    places = [(c["technique"], c["dtype"]) for c in map(json.loads, text.splitlines())]
    rows = map(json.loads, (whole / "verdicts.jsonl").read_text().splitlines())
    assert places == list(dict.fromkeys((r["technique"], r["dtype"]) for r in rows))
    cut.mkdir()
    header = json.loads((whole / "run.json").read_text()) | {"complete": False}
    (cut / "run.json").write_text(json.dumps(header))
    verdicts = (whole / "verdicts.jsonl").read_text()
    (cut / "verdicts.jsonl").write_text(verdicts[: len(verdicts) // 2])
    (cut / "pictures.jsonl").write_text(text[: len(text) * 2 // 3])
    assert gradproof(*ARGUMENTS, "--output", cut, "--resume").returncode == 0
    assert (cut / "pictures.jsonl").read_text() == text
