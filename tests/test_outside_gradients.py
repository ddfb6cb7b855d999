"""Gradient techniques from outside: plain NumPy functions of lists of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradproof import assert_conforms

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

RIGHT = """
import numpy as np
from backends.numpy import NumpyBackend

def clip(grads, *, max_norm):
    scale = max((np.max(np.abs(g), initial=0.0) for g in grads), default=0.0)
    if not scale or not np.isfinite(scale):
        norm = sum(np.sum(np.abs(g)) for g in grads)
    else:
        norm = scale * np.sqrt(sum(np.sum((g / scale) ** 2) for g in grads))
    if norm <= max_norm:
        return [g.copy() for g in grads]
    if not np.isfinite(norm):
        return [(g * (max_norm / norm)).astype(g.dtype) for g in grads]
    return [(g / scale * (max_norm / (norm / scale))).astype(g.dtype) for g in grads]

MINE = NumpyBackend.offering("mine", {"gradients.clip_by_norm": lambda grads, *, max_norm: [
    clip([g], max_norm=max_norm)[0] for g in grads
]})
"""


def _accumulated(micro_batches: Any, sizes: Any) -> Any:
    total = np.sum(sizes)
    return [
        sum(g * (n / total).astype(g.dtype) for g, n in zip(parts, sizes, strict=True))
        for parts in zip(*micro_batches, strict=True)
    ]


def _multiplied(micro_batches: Any, sizes: Any) -> Any:
    del sizes
    return [np.prod(np.stack(parts), axis=0) for parts in zip(*micro_batches, strict=True)]


def test_a_plain_function_conforms() -> None:
    """Micro-batches with their sizes: the weighted mean is `accumulate`."""
    assert_conforms(_accumulated, to="gradients.accumulate", backend="numpy", profile="quick")


def test_a_product_for_a_sum_is_caught() -> None:
    """What A2 prints for accumulation: the message names the law and both values."""
    with pytest.raises(AssertionError, match=r"_multiplied is not gradients\.accumulate") as told:
        assert_conforms(_multiplied, to="gradients.accumulate", backend="numpy", profile="quick")
    assert "equals_the_full_batch (float32) fails" in str(told.value)


def test_gradients_alone_are_judged_without_a_norm() -> None:
    """A plain `grads -> grads` tells no norm, and takes as many hyper-parameters as it knows."""

    def clipped(grads: Any, max_norm: float) -> Any:
        from reference.gradients.clipping import clip_by_global_norm

        return clip_by_global_norm(grads, max_norm=max_norm)[0]

    assert_conforms(clipped, to="clip_by_global_norm", backend="numpy", profile="quick")


def test_a_function_of_nothing_is_refused() -> None:
    """An unusable signature is told in a sentence."""

    def nothing(*, max_norm: float) -> Any:
        return max_norm

    with pytest.raises(TypeError, match="takes nothing by position"):
        assert_conforms(nothing, to="clip_by_norm", backend="numpy", profile="quick")


@pytest.mark.parametrize(("wrong", "status"), [(False, 0), (True, 1)])
def test_a_backend_file(gradproof: Command, tmp_path: Path, wrong: bool, status: int) -> None:  # noqa: FBT001 - a parameter of pytest's
    """The same from the command line: the right file ends 0, one that only scales up 1."""
    text = RIGHT.replace("norm <= max_norm", "norm > max_norm") if wrong else RIGHT
    file = tmp_path / "mine.py"
    file.write_text(text)
    done = gradproof(
        "verify", "--backend", f"{file}:MINE", "--only", "gradients.clip_by_norm", "--dtype",
        "float32", "--profile", "quick", "--output", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
