"""Blocks from outside: plain NumPy with its own backward, torch and flax modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np
import pytest
import torch
from flax import linen, nnx

from backends.jax.modules import of_module as of_flax
from backends.numpy import NumpyBackend
from backends.torch.modules import of_module as of_torch
from gradproof import assert_conforms
from reference.catalogue import techniques
from tests.conftest import Command

Post = Literal["post"]

PLAIN = """
import numpy as np
from typing import Literal
from backends.numpy import NumpyBackend

def residual(x, w1, b1, w2, b2, *, activation: Literal["post"] = "post"):
    hidden = x @ w1.T + b1
    active = np.maximum(hidden, 0)

    def backward(c):
        moved = np.where(hidden > 0, c @ w2, 0)
        return c + moved @ w1, moved.T @ x, moved.sum(axis=0), c.T @ active, c.sum(axis=0)

    return x + active @ w2.T + b2, backward

MINE = NumpyBackend.offering("mine", {"connections.residual": residual})
"""


def _verified(gradproof: Command, tmp_path: Path, text: str) -> Any:
    file = tmp_path / "mine.py"
    file.write_text(text)
    return gradproof(
        "verify", "--backend", f"{file}:MINE", "--only", "residual", "--dtype", "float32",
        "--dtype", "bfloat16", "--profile", "quick", "--output", tmp_path / "run",
    )  # fmt: skip


def test_a_plain_block_with_its_own_backward_is_green(gradproof: Command, tmp_path: Path) -> None:
    """A backend file with one NumPy block: exit status 0."""
    done = _verified(gradproof, tmp_path, PLAIN)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_backward_that_forgets_the_shortcut_is_caught(gradproof: Command, tmp_path: Path) -> None:
    """Exit status 1, and the law that speaks of the shortcut's Jacobian is named."""
    done = _verified(
        gradproof, tmp_path, PLAIN.replace("return c + moved @ w1", "return moved @ w1")
    )
    assert done.returncode == 1
    assert "mine-connections.residual-adds_the_jacobians_of_its_paths-float32" in done.stdout


def _forward(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, alpha: Any) -> Any:
    hidden = x @ w1.T + b1
    active = np.maximum(hidden, 0)
    branch = active @ w2.T + b2
    return x + alpha * branch, (x, hidden, active, branch, w1, w2, alpha)


def _backward(c: Any, cache: Any) -> Any:
    x, hidden, active, branch, w1, w2, alpha = cache
    scaled = alpha * c
    moved = np.where(hidden > 0, scaled @ w2, 0)
    weights = moved.T @ x, moved.sum(axis=0), scaled.T @ active, scaled.sum(axis=0)
    return c + moved @ w1, *weights, np.sum(c * branch)


def test_a_pair_of_functions_in_a_users_test() -> None:
    """`assert_conforms` takes (forward, backward), what the one keeps for the other in a cache."""
    pair: Any = (_forward, _backward)
    assert_conforms(pair, to="rezero", backend="numpy", profile="quick")


def test_an_unusable_signature_is_a_clear_error() -> None:
    """A function of x alone is told how to be written."""
    mine = NumpyBackend.offering("mine", {"connections.residual": lambda x: x})
    with pytest.raises(ValueError, match=r"write a block as \(x, weights"):
        mine.binding(techniques()["connections.residual"])


class Block(torch.nn.Module):
    """A residual block as one writes it in torch."""

    def __init__(self, width: int, hidden: int) -> None:
        """Two layers."""
        super().__init__()
        self.first = torch.nn.Linear(width, hidden)
        self.second = torch.nn.Linear(hidden, width)

    def forward(self, x: Any) -> Any:
        """x + F(x)."""
        return x + self.second(torch.relu(self.first(x)))


class Greedy(Block):
    """The same in place: the caller's x is gone."""

    def forward(self, x: Any) -> Any:
        """F(x), added to x where it lies."""
        branch = self.second(torch.relu(self.first(x.clone())))
        x.detach().add_(branch.detach())
        return x + branch - branch.detach()


TORCH = {"w1": "first.weight", "b1": "first.bias", "w2": "second.weight", "b2": "second.bias"}
FLAX = {"w1": "first.kernel.T", "b1": "first.bias", "w2": "second.kernel.T", "b2": "second.bias"}


def _torch(kind: type[Block]) -> Any:
    def build(
        x: Any, w1: Any, b1: Any, w2: Any, b2: Any, *, activation: Post = "post"
    ) -> torch.nn.Module:
        del w1, w2, b2, activation
        return kind(x.shape[1], len(b1))

    return of_torch(build, **TORCH)


def test_a_torch_module_conforms() -> None:
    """Its parameters are the technique's inputs; checkpointed it is the same, too."""
    assert_conforms(_torch(Block), to="residual", dtypes=("float32", "bfloat16"), profile="quick")


def test_a_torch_module_that_adds_in_place_is_told() -> None:
    """The law of inputs names it."""
    with pytest.raises(AssertionError, match="leaves_inputs_unchanged"):
        assert_conforms(_torch(Greedy), to="residual", profile="quick")


def test_a_parameter_without_a_place_is_a_clear_error() -> None:
    """A module with more parameters than are named does not pass for right."""

    def build(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, *, activation: Post = "post") -> Block:
        del w1, w2, b2, activation
        block = Block(x.shape[1], len(b1))
        block.register_parameter("alpha", torch.nn.Parameter(torch.zeros(())))
        return block

    with pytest.raises(AssertionError, match=r"the module has \[.alpha., "):
        assert_conforms(of_torch(build, **TORCH), to="residual", profile="quick")


class LinenBlock(linen.Module):
    """A residual block as one writes it in flax.linen."""

    width: int
    hidden: int

    def setup(self) -> None:
        """Two layers."""
        self.first, self.second = linen.Dense(self.hidden), linen.Dense(self.width)

    def __call__(self, x: Any) -> Any:
        """x + F(x)."""
        return x + self.second(jax.nn.relu(self.first(x)))


class NnxBlock(nnx.Module):
    """A residual block as one writes it in flax.nnx."""

    def __init__(self, width: int, hidden: int, kind: Any) -> None:
        """Two layers."""
        rngs = nnx.Rngs(0)
        self.first = nnx.Linear(width, hidden, param_dtype=kind, rngs=rngs)
        self.second = nnx.Linear(hidden, width, param_dtype=kind, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        """x + F(x)."""
        return x + self.second(jax.nn.relu(self.first(x)))


def _linen(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, *, activation: Post = "post") -> Any:
    del w1, w2, b2, activation
    return LinenBlock(x.shape[1], len(b1))


def _nnx(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, *, activation: Post = "post") -> Any:
    del w1, w2, b2, activation
    return NnxBlock(x.shape[1], len(b1), x.dtype)


@pytest.mark.parametrize("build", [_linen, _nnx])
def test_a_flax_module_conforms(build: Any) -> None:
    """Kernels, which flax keeps (inputs, outputs), are given transposed; of linen and of nnx."""
    mine = of_flax(build, **FLAX)
    assert_conforms(mine, to="residual", backend="jax", dtypes=("float32",), profile="quick")


def test_a_kernel_given_as_it_is_is_told() -> None:
    """Without the transposition shapes do not fit: an error, and no green."""
    mine = of_flax(_linen, **{n: place.removesuffix(".T") for n, place in FLAX.items()})
    with pytest.raises(AssertionError, match="ScopeParamShapeError"):
        assert_conforms(mine, to="residual", backend="jax", profile="quick")


def test_torchs_reentrant_checkpoint_forgets_weights_where_x_needs_no_gradient() -> None:
    """A first block's, that is: the other checkpoint, and jax.checkpoint, have their gradients."""
    from torch.utils.checkpoint import checkpoint

    block, x = Block(3, 2), torch.ones(1, 3)
    assert checkpoint(block, x, use_reentrant=False).requires_grad
    with pytest.warns(UserWarning, match="requires_grad=True. Gradients will be None"):
        assert not checkpoint(block, x, use_reentrant=True).requires_grad


def test_numpy_reads_a_native_block_as_it_is() -> None:
    """What returns a Linearized needs no door."""
    own = techniques()["connections.highway"]
    mine = NumpyBackend.offering("mine", {own.id: own.reference})
    w, b = np.zeros((1, 1)), np.zeros(1)
    seen = mine.call(mine.binding(own), (np.ones((1, 1)), w, b, w, b), {}).outputs
    assert seen.item() == 0.5
