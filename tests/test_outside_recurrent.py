"""Recurrent cells from outside: plain NumPy with its own backward, a torch module, a flax one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import pytest
import torch
from flax import linen

from gradproof import assert_conforms
from tests.conftest import block

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

SLOPES = ("keeps_gradient_alive", "gradient_agrees")
"""Autograd makes slopes of values, y (1 - y), as in torch and flax: in open gates they are 0."""

RIGHT = """
import numpy as np
from backends.numpy import NumpyBackend


def cell(x, h, w_ih, w_hh, b_ih, b_hh):
    a = x @ w_ih.T + b_ih + h @ w_hh.T + b_hh
    new, e = np.tanh(a), np.exp(-2 * np.abs(a))
    slope = 4 * e / (1 + e) ** 2

    def backward(g):
        g = g * slope
        return g @ w_ih, g @ w_hh, g.T @ x, g.T @ h, g.sum(0), g.sum(0)

    return new, backward


MINE = NumpyBackend.offering("mine", {"recurrent.rnn": cell})
"""


def _logistic(a: Any) -> tuple[Any, Any]:
    """Value and slope, s(a) s(-a), which does not cancel."""
    e = np.exp(-np.abs(a))
    return np.where(a < 0, e, 1) / (1 + e), e / (1 + e) ** 2


def my_lstm(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """One step, and the way back through it."""
    i, f, g, o = np.split(x @ w_ih.T + h @ w_hh.T + (b_ih + b_hh), 4, axis=1)
    (i, di), (f, df), (o, do) = _logistic(i), _logistic(f), _logistic(o)
    g, dg = np.tanh(g), 4 * _logistic(2 * g)[1]
    new = f * c + i * g
    shown, dshown = np.tanh(new), 4 * _logistic(2 * new)[1]

    def backward(of_h: Any, of_c: Any) -> Any:
        of_c = of_c + of_h * o * dshown
        parts = (of_c * g * di, of_c * c * df, of_c * i * dg, of_h * shown * do)
        a = np.concatenate(parts, axis=1)
        return a @ w_ih, a @ w_hh, of_c * f, a.T @ x, a.T @ h, a.sum(0), a.sum(0)

    return (o * shown, new), backward


class MyGRUCell(torch.nn.Module):
    """A gated recurrent unit of torch's functions, one time after another."""

    def __init__(self, inputs: int, hidden: int) -> None:
        """Make parameters as torch names them."""
        super().__init__()
        self.weight_ih = torch.nn.Parameter(torch.empty(3 * hidden, inputs))
        self.weight_hh = torch.nn.Parameter(torch.empty(3 * hidden, hidden))
        self.bias_ih = torch.nn.Parameter(torch.empty(3 * hidden))
        self.bias_hh = torch.nn.Parameter(torch.empty(3 * hidden))

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        """Take a step."""
        xr, xz, xn = (x @ self.weight_ih.T + self.bias_ih).chunk(3, -1)
        hr, hz, hn = (h @ self.weight_hh.T + self.bias_hh).chunk(3, -1)
        z = torch.sigmoid(xz + hz)
        return (1 - z) * self.candidate(xr + hr, xn, hn) + z * h

    def candidate(self, reset: Any, xn: Any, hn: Any) -> Any:
        """Reset after the hidden product."""
        return torch.tanh(xn + torch.sigmoid(reset) * hn)


class MyLateGRUCell(MyGRUCell):
    """The reset gate multiplies everything."""

    def candidate(self, reset: Any, xn: Any, hn: Any) -> Any:
        """Reset what comes in as well."""
        return torch.tanh(torch.sigmoid(reset) * (xn + hn))


class MySimpleCell(linen.RNNCellBase):
    """A simple recurrent network of flax's own layers."""

    features: int

    @linen.compact
    def __call__(self, carry: Any, x: Any) -> Any:
        """Take a step."""
        dense = linen.Dense(self.features, name="i")(x)
        new = jax.nn.tanh(dense + linen.Dense(self.features, use_bias=False, name="h")(carry))
        return new, new

    @property
    def num_feature_axes(self) -> int:
        """Features are the last axis."""
        return 1


def test_a_plain_cell_with_its_own_backward_conforms() -> None:
    """It is unrolled over time; with slopes that do not cancel, every law holds."""
    assert_conforms(my_lstm, to="recurrent.lstm", backend="numpy", profile="quick")


def test_a_backward_that_forgets_a_path_is_caught() -> None:
    """What the last cell is asked is left out: the law and both values are told."""

    def wrong(x: Any, h: Any, c: Any, *weights: Any) -> Any:
        new, backward = my_lstm(x, h, c, *weights)
        return new, lambda of_h, of_c: (
            *backward(of_h, 0 * of_c)[:2],
            0 * of_c,
            *backward(of_h, of_c)[3:],
        )

    with pytest.raises(AssertionError, match=r"wrong is not recurrent\.lstm") as told:
        assert_conforms(wrong, to="recurrent.lstm", backend="numpy", profile="quick")
    assert "gradient_agrees (float32) fails" in str(told.value)
    assert "keeps_its_cell_between_shut_gates (float32) fails" in str(told.value)


def test_a_torch_cell_conforms() -> None:
    """A module named ...Cell is stepped; its parameters are found by torch's names."""
    assert_conforms(MyGRUCell, to="recurrent.gru", profile="quick", except_laws=SLOPES[:1])


def test_the_wrong_reset_gate_is_caught() -> None:
    """A reset gate over everything is another unit."""
    with pytest.raises(AssertionError, match=r"MyLateGRUCell is not recurrent\.gru") as told:
        assert_conforms(MyLateGRUCell, to="recurrent.gru", profile="quick", except_laws=SLOPES)
    assert "agrees_with_reference (float32) fails" in str(told.value)


def test_a_flax_cell_conforms() -> None:
    """A linen cell with the parameters of flax's own."""
    assert_conforms(
        MySimpleCell, to="recurrent.rnn", backend="jax", profile="quick", except_laws=SLOPES
    )


def test_a_module_with_names_of_its_own_is_refused() -> None:
    """Which parameter is which cannot be told: a sentence says what names are due."""

    class Mine(torch.nn.Module):
        def __init__(self, inputs: int, hidden: int) -> None:
            super().__init__()
            self.kernel = torch.nn.Parameter(torch.empty(hidden, inputs))

    with pytest.raises(AssertionError, match="parameter kernel is none of weight_ih, weight_hh"):
        assert_conforms(Mine, to="recurrent.rnn", profile="quick")


@pytest.mark.parametrize(("wrong", "status"), [(False, 0), (True, 1)])
def test_a_backend_file(gradproof: Command, tmp_path: Path, wrong: bool, status: int) -> None:  # noqa: FBT001 - a parameter of pytest's
    """From the command line: the right cell ends 0, one that forgets a bias 1."""
    text = RIGHT.replace(" + b_hh\n", "\n") if wrong else RIGHT
    file = tmp_path / "mine.py"
    file.write_text(text)
    done = gradproof(
        "verify", "--backend", f"{file}:MINE", "--only", "recurrent.rnn", "--dtype", "float32",
        "--profile", "quick", "--output", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr


def test_the_cell_of_the_readme_conforms() -> None:
    """A plain function that returns the new state and the way back, as it stands there."""
    names: dict[str, Any] = {}
    exec(compile(block("def test_my_cell"), "README.md", "exec"), names)  # noqa: S102 - our own text
    names["test_my_cell"]()
