"""Initializers from outside, as plain NumPy: the right one passes, a wrong one is caught."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from backends.numpy.initializers import adapted
from gradproof import assert_conforms
from reference.numerics import Array
from tests.conftest import Command


def he(seed: int, shape: tuple[int, ...], dtype: Any) -> Array:
    """He's initialization, weights as (out, in, *kernel)."""
    spread = np.sqrt(2 / np.prod(shape[1:])) if all(shape) else 0.0
    return (spread * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)


def halved(seed: int, shape: tuple[int, ...], dtype: Any) -> Array:
    """The 2 of ReLU left out."""
    return (he(seed, shape, np.float64) / np.sqrt(2)).astype(dtype)


def test_a_right_initializer_conforms() -> None:
    """A plain function without hyper-parameters is judged at the defaults."""
    assert_conforms(he, to="he_normal", backend="numpy", profile="quick")


def test_a_wrong_initializer_is_caught() -> None:
    """Half the variance: the law of the variance says so, with both numbers."""
    with pytest.raises(AssertionError, match=r"has_the_stated_variance \(float32\) fails"):
        assert_conforms(halved, to="he_normal", backend="numpy", profile="quick")


def test_hyper_parameters_that_are_named_are_drawn() -> None:
    """A slope that is taken and ignored is caught: it is drawn away from its default."""

    def ignores(
        seed: int, shape: tuple[int, ...], dtype: Any, *, negative_slope: float = 0.0
    ) -> Array:
        del negative_slope
        return he(seed, shape, dtype)

    with pytest.raises(AssertionError, match="negative_slope"):
        assert_conforms(ignores, to="he_normal", backend="numpy", profile="quick")


def test_a_native_function_may_narrow_a_convention() -> None:
    """`(seed, weight, *, ...)`, with flax's order of axes only."""

    def flax(seed: int, weight: Array, *, layout: Literal["in_out"] = "in_out") -> Array:
        del layout
        spread = np.sqrt(1 / max(np.prod(weight.shape[:-1]), 1))
        z = np.random.default_rng(seed).standard_normal(weight.shape)
        return np.asarray((spread * z).astype(weight.dtype))

    assert_conforms(flax, to="lecun_normal", backend="numpy", profile="quick")


def test_another_signature_is_a_clear_error() -> None:
    """A function of the shape alone is no initializer; the message shows both forms."""

    def ones(shape: tuple[int, ...]) -> Array:
        return np.ones(shape)

    with pytest.raises(TypeError, match=r"ones\(shape\) is no initializer.*\(seed, shape, dtype"):
        adapted(ones)


def test_a_file_of_plain_initializers_is_verified(gradproof: Command, tmp_path: Path) -> None:
    """`gradproof verify --backend FILE.py:NAME` takes them: the README's form."""
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n"
        "from backends.numpy import NumpyBackend\n"
        "def he(seed, shape, dtype):\n"
        "    spread = np.sqrt(2 / max(np.prod(shape[1:]), 1))\n"
        "    return (spread * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)\n"
        "MINE = NumpyBackend.offering('mine', {'initializers.he_normal': he})\n"
    )
    done = gradproof(
        "verify", "--backend", f"{file}:MINE", "--only", "he_normal", "--dtype", "float32",
        "--profile", "quick", "--output", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
