"""`gradproof flow`: stacks, their answers, and what a wrong call says."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from backends.numpy import NumpyBackend
from gradproof.cli import main
from gradproof.flow import stacks
from properties.flow.layer_by_layer_laws import (
    agrees_layer_by_layer,
    gradients_agree_layer_by_layer,
)
from properties.flow.plans import SMALL, StackPlan
from properties.flow.spectrum import singular_values
from properties.flow.sweeps import CLASSIC
from properties.flow.trials import Flows
from properties.trial import Subject
from reference.catalogue import techniques
from reference.flow.drawn import STACKS
from reference.flow.stacks import plain_stack
from reference.flow.theory import Layer, profile
from reference.numerics import FORMATS, Array
from reports.report import write
from reports.runs import read


def _trial(plan: StackPlan, function: Any = None, dtype: str = "float64") -> Flows:
    technique = techniques()[STACKS[plan.connection]]
    host = NumpyBackend()
    binding = function or technique.reference
    flushing = host.flushing(dtype, "cpu")
    return Flows(Subject(technique, host, binding, FORMATS[dtype], "cpu", flushing), plan)


TANH = (("activation", "tanh"), ("normalization", "none"))


def _off_in_one_layer(
    x: Array, v: Array, c: Array, w: Array, b: Array, **chosen: Any
) -> tuple[Any, ...]:
    """A stack that is right but for a part in a million of the fifth matrix."""
    w = w.copy()
    w[4] *= 1 + 1e-6
    return tuple(plain_stack(x, v, c, w, b, **chosen))


def test_the_first_layer_that_differs_is_named() -> None:
    """One matrix is off by a millionth: its layer is named, on the way forward and back."""
    trial = _trial(StackPlan(TANH, "plain", shape=(8, 6)), _off_in_one_layer)
    for law in (agrees_layer_by_layer, gradients_agree_layer_by_layer):
        finding = law(trial)
        assert not finding.holds
        assert (finding.witness or {})["first_layer_that_differs"] == 5


def test_a_small_stack_has_a_bound_of_roundings() -> None:
    """What is allowed of one layer in float64 is a few roundings of its sums, no more."""
    trial = _trial(StackPlan(TANH, "plain", shape=SMALL))
    for step in trial.steps():
        _, due = step.outputs
        assert np.max(due.error) < 60 * 2.0**-53


def test_singular_values_are_those_of_the_jacobian() -> None:
    """Without a matrix: the largest, and the root of the mean square, of a stack formed by hand."""
    trial = _trial(StackPlan(TANH, "plain", shape=(4, 12), rows=8))
    x, _, _, *given = trial.given
    same = np.broadcast_to(x[:1], (12, 12)).copy()
    known = dict(TANH)
    eye = np.eye(12)
    jacobian = plain_stack(same, eye, np.zeros((12, 12)), *given, **known).tangents[-1].T
    right = np.linalg.svd(jacobian, compute_uv=False)
    found = singular_values(trial, iterations=30)
    assert found["largest"] == pytest.approx(right[0], rel=1e-6)
    assert found["mean"] == pytest.approx(math.sqrt(np.mean(right**2)), rel=0.35)


def test_theory_knows_the_classic_factors() -> None:
    """He's ReLU keeps both ways; sigmoid with small weights passes s sqrt(n) / 4 a layer."""
    he = profile([Layer("plain", "relu", "none", 2.0)] * 50)
    assert he.states[-1] == pytest.approx(1.0)
    assert he.gradients[0] == pytest.approx(0.0, abs=1e-9)
    small = profile([Layer("plain", "sigmoid", "none", 100 * 1e-4)] * 50)
    assert math.exp(small.gradients[0] / 100) == pytest.approx(0.1 / 4, rel=0.02)
    identity = [Layer("residual", "relu", "none", 2.0, behind=2.0)] * 10
    assert profile(identity).gradients[0] == pytest.approx(10 * math.log(3))


def test_a_sweep_answers_beside_theory(tmp_path: Path) -> None:
    """Options take several values; the run, its table and its page tell where gradients stop."""
    folder = tmp_path / "sweep"
    words = "flow --depth 4 40 --width 24 --activation sigmoid --initializer small_normal"
    call = [*words.split(), "--backend", "numpy", "--workers", "1", "--output", str(folder)]
    result = CliRunner().invoke(main, call)
    assert result.exit_code == 0, result.output
    assert "gradient is 0" in result.output
    run = read(folder)
    assert set(run.verdicts["verdict"]) == {"conforms"}
    (row,) = run.pictures
    assert [p["depth"] for p in row["panels"]] == [4, 40]
    last = row["panels"][-1]
    assert last["from_theory"] <= last["passed"] <= last["to_theory"]
    page = write([run], tmp_path / "page").read_text("utf-8")
    assert "Where gradients stop through depth" in page
    assert json.loads((folder / "run.json").read_text("utf-8"))["profile"] == "flow"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--activation", "swoosh"), "unknown activation 'swoosh'; choose one of tanh, relu"),
        (("--connection", "tower"), "unknown connection 'tower'; choose one of plain, conv"),
        (("--dtype", "float8"), "unknown dtype 'float8'; choose one of float64"),
        (("--backend", "caffe"), "unknown backend 'caffe'"),
        (("--connection", "recurrent", "--activation", "linear"), "a recurrent stack has tanh"),
    ],
)
def test_a_wrong_call_says_what_is_known(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """One sentence and exit status 2."""
    result = CliRunner().invoke(main, ["flow", *words, "--output", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert told in result.output


def test_without_choices_the_classic_stacks_are_swept() -> None:
    """And what is chosen is multiplied out."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("connection", "activation", "initializer", "normalization"), ()
    )
    assert stacks(nothing) == CLASSIC
    chosen = stacks(nothing | {"activation": ("tanh", "relu"), "connection": ("plain", "conv")})
    assert len(chosen) == 4
    assert {s.initializer for s in chosen if s.activation == "relu"} == {"he_normal"}
