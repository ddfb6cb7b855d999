"""Scripts for recurrent layers: another entry point by its own source, inputs that are nested."""

from __future__ import annotations

import subprocess
import sys

import pytest

from backends.backend import Backend
from backends.catalogue import backend
from gradproof.scripts import written
from properties.judge import counterexample
from properties.strategies import PROFILES
from reference.catalogue import techniques


@pytest.mark.parametrize(
    ("technique", "host", "law", "shown"),
    [
        ("gru", "jax", "agrees_through_every_entry", "nnx.GRUCell"),
        ("variable_lengths", "torch", "gradient_agrees", "leaves(inputs)"),
    ],
)
def test_a_script_runs_by_itself(technique: str, host: str, law: str, shown: str) -> None:
    """It calls the door that disagrees, differentiates trees of weights, and shows the error."""
    library, one = backend(host), techniques()[f"recurrent.{technique}"]
    assert isinstance(library, Backend)
    found = counterexample(one, library, "float32", law, PROFILES["quick"])
    assert found is not None
    text = written(*found, law, "a title")
    assert shown in text
    assert "linen.GRUCell(" not in text
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("observed ")
    assert float(done.stdout.split()[-1]) > 0
