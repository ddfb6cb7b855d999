"""Doors for others: the README's examples run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradproof import assert_conforms
from tests.conftest import ROOT, Command, block


def test_the_right_outside_backend_is_green(gradproof: Command, tmp_path: Path) -> None:
    """The README's outside backend conforms: exit status 0."""
    file = tmp_path / "mine.py"
    file.write_text(block("NumpyBackend.offering"))
    done = gradproof(
        "verify", "--backend", f"{file}:MINE", "--dtype", "float32", "--dtype", "bfloat16",
        "--profile", "quick", "--output", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "absent" in done.stdout


def test_the_flipped_sign_is_caught(gradproof: Command, tmp_path: Path) -> None:
    """Negative branch flipped: exit status 1, and law, witness and both values are named."""
    wrong = block("NumpyBackend.offering").replace("negative_slope *", "-negative_slope *")
    assert wrong != block("NumpyBackend.offering")
    file = tmp_path / "mine.py"
    file.write_text(wrong)
    done = gradproof(
        "verify", "--backend", f"{file}:MINE", "--only", "leaky_relu", "--dtype", "float32",
        "--output", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == 1
    assert "mine-activations.leaky_relu-agrees_with_reference-float32" in done.stdout
    assert re.search(r"got -?[\d.e+-]+, expected -?[\d.e+-]+", done.stdout)
    assert re.search(r"at x=-[\d.e+-]+, x_bits=0x", done.stdout)


@pytest.mark.parametrize("base", ["TorchBackend", "JaxBackend"])
def test_a_library_with_one_binding_replaced(gradproof: Command, tmp_path: Path, base: str) -> None:
    """Wrapping torch or JAX and replacing one binding: only that one is new."""
    package = {"TorchBackend": "torch", "JaxBackend": "jax"}[base]
    where = {"TorchBackend": "torch.where", "JaxBackend": "jax.numpy.where"}[base]
    file = tmp_path / "wrapped.py"
    file.write_text(
        f"import {package}\nfrom backends.{package} import {base}\n"
        f"def relu(x):\n    return {where}(x > 0, x, -x)\n"
        f"MINE = {base}.replacing('wrapped', {{'activations.relu': relu}})\n"
    )
    done = gradproof(
        "verify", "--backend", f"{file}:MINE", "--only", "relu", "--only", "leaky_relu",
        "--dtype", "float32", "--profile", "quick", "--output", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == 1
    assert "wrapped-activations.relu-agrees_with_reference-float32" in done.stdout
    assert "wrapped-activations.leaky_relu-" not in done.stdout
    failing = "wrapped-activations.relu-agrees_with_reference-float32"
    script = gradproof("reproduce", tmp_path / "run", failing)
    assert script.returncode == 0, script.stderr
    assert "def relu(x):" in script.stdout
    assert "backends" not in script.stdout


def test_the_users_own_test_runs(tmp_path: Path) -> None:
    """The README's pytest example passes, in at most five lines of the user's own."""
    file = tmp_path / "test_mine.py"
    text = block("def test_my_relu")
    assert sum(bool(line.strip()) for line in text.splitlines()) <= 6
    file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(file), "-p", "no:cacheprovider",
         "-c", "/dev/null", "--rootdir", str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_plain_functions_of_the_readme_conform() -> None:
    """Initializer, schedule, gradient technique, regularizer and dropout, as they stand there."""
    names: dict[str, object] = {}
    exec(compile(block("def test_mine"), "README.md", "exec"), names)  # noqa: S102 - our own text
    names["test_mine"]()  # type: ignore[operator]


def test_a_wrong_function_is_told_whole() -> None:
    """The message of assert_conforms names technique, law, both values and witness."""

    def wrong(x: object) -> object:
        return abs(x)  # type: ignore[arg-type]

    with pytest.raises(AssertionError, match=r"wrong is not activations\.relu") as caught:
        assert_conforms(wrong, to="relu", profile="quick")
    assert "agrees_with_reference (float32) fails" in str(caught.value)
    assert "x_bits" in str(caught.value)


def test_an_unknown_target_is_a_value_error() -> None:
    """A typo in `to` is no assertion about the function."""
    with pytest.raises(ValueError, match="no technique matches 'geloo'"):
        assert_conforms(abs, to="geloo")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1", "has no MINE"),
        ("MINE = 3", "is no backend but a int"),
        ("import nosuchmodule", "does not import: ModuleNotFoundError"),
        ("from backends.numpy import NumpyBackend\nMINE = NumpyBackend.offering('m', {})",
         "offers nothing"),
    ],
)  # fmt: skip
def test_a_backend_file_that_cannot_be_used(
    gradproof: Command, tmp_path: Path, text: str, says: str
) -> None:
    """Missing name, wrong type, import error, nothing offered: one sentence, status 2."""
    file = tmp_path / "mine.py"
    file.write_text(text)
    done = gradproof("verify", "--backend", f"{file}:MINE", "--output", tmp_path / "run")
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
