"""Plain NumPy regularization from outside: the right ones pass, wrong ones are caught."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.numpy import NumpyBackend
from gradproof import assert_conforms
from reference.catalogue import techniques
from tests.conftest import Command

DROPOUT = """
import numpy as np
from backends.numpy import NumpyBackend

def dropout(seed, x, *, rate=0.5):
    if rate == 0:
        return x
    kept = np.random.default_rng(int(seed)).random(x.shape) >= rate
    return np.where(kept, x / x.dtype.type(1 - rate if rate < 1 else 1), x.dtype.type(0))

def l1(params, *, strength=0.01):
    k = params[0].dtype.type(strength)
    return sum(np.sum(k * abs(w)) for w in params), [k * np.sign(w) for w in params]

MINE = NumpyBackend.offering(
    "mine", {"regularization.dropout": dropout, "regularization.l1_penalty": l1}
)
"""


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(text)
    return file


def test_right_ones_are_green(gradproof: Command, tmp_path: Path) -> None:
    """A plain dropout and a plain regularizer conform: exit status 0."""
    done = gradproof(
        "verify", "--backend", f"{_file(tmp_path, DROPOUT)}:MINE", "--only", "dropout",
        "--only", "l1_penalty", "--dtype", "float32", "--profile", "quick",
        "--output", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_scale_is_caught(gradproof: Command, tmp_path: Path) -> None:
    """Scaled by 1 / rate: exit status 1, and the law that speaks of the mean is named."""
    wrong = DROPOUT.replace("1 - rate if rate < 1 else 1", "rate")
    assert wrong != DROPOUT
    done = gradproof(
        "verify", "--backend", f"{_file(tmp_path, wrong)}:MINE", "--only", "dropout",
        "--dtype", "float32", "--profile", "quick", "--output", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == 1
    assert "mine-regularization.dropout-scales_what_it_keeps-float32" in done.stdout


def _l2(params: Any, *, strength: float = 0.01, square: str = "half") -> Any:
    k = params[0].dtype.type(strength if square == "half" else 2 * strength)
    root = np.sqrt(k / 2)
    return sum(np.sum(np.square(root * w)) for w in params), [k * w for w in params]


def test_a_plain_regularizer_in_a_users_test() -> None:
    """`assert_conforms` takes params -> (penalty, gradients)."""
    assert_conforms(_l2, to="l2_penalty", backend="numpy", profile="quick")


def test_a_factor_that_is_ignored_is_told() -> None:
    """A2's regularizer, which never reads its factor, is no L2 penalty."""

    def ignorant(params: Any, *, strength: float = 0.01, square: str = "half") -> Any:
        del strength, square
        return sum(np.sum(w**2) for w in params), [2 * w for w in params]

    with pytest.raises(AssertionError, match="is_proportional_to_its_strength"):
        assert_conforms(ignorant, to="l2_penalty", backend="numpy", profile="quick")


def test_an_unusable_signature_is_a_clear_error() -> None:
    """A function of no array is told how to be written."""
    mine = NumpyBackend.offering("mine", {"regularization.dropout": lambda *, rate: rate})
    with pytest.raises(ValueError, match=r"dropout as \(seed, x, \*, rate\) -> y"):
        mine.binding(techniques()["regularization.dropout"])
