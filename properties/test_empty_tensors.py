"""Tensors without numbers: what a binding leaves out is still what its library cannot do."""

from __future__ import annotations

import numpy as np
import pytest

from backends.backend import Backend
from backends.catalogue import backend
from reference.catalogue import techniques


def test_torchs_adafactor_cannot_step_an_empty_tensor() -> None:
    """It divides by the number of elements; once it does not, its binding may step them too."""
    host, technique = backend("torch"), techniques()["optimizers.adafactor"]
    if not isinstance(host, Backend):
        pytest.skip("torch is not installed")
    empty = [np.zeros(0, np.float32)]
    live = host.live(host.binding(technique), (empty, {}), {})
    with pytest.raises(ZeroDivisionError):
        live.step(list(empty), 0.1)
