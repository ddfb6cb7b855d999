"""Weights of recurrent layers carried from torch to flax and back: both compute the same."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
import torch
from flax import linen, nnx
from jax import numpy as jnp

from gradproof import flax_to_torch_recurrent, torch_to_flax_recurrent

TIMES, BATCH, INPUTS, HIDDEN = 5, 3, 4, 2
LAYERS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
LINEN = {"rnn": linen.SimpleCell, "lstm": linen.OptimizedLSTMCell, "gru": linen.GRUCell}
NNX = {"rnn": nnx.SimpleCell, "lstm": nnx.OptimizedLSTMCell, "gru": nnx.GRUCell}
RELATIVE, ABSOLUTE = 2e-5, 2e-6
"""Five steps of sums of a dozen terms, each rounded a dozen times: about 600 u in all."""


def _held(seen: Any, due: Any) -> None:
    np.testing.assert_allclose(np.asarray(seen), due, rtol=RELATIVE, atol=ABSOLUTE)


def _torch_layer(kind: str, layers: int = 1, *, both: bool = False, **options: Any) -> Any:
    torch.manual_seed(7)
    return LAYERS[kind](INPUTS, HIDDEN, layers, bidirectional=both, **options)


def _drawn(places: int, kind: str) -> tuple[Any, list[Any]]:
    source = np.random.default_rng(3)
    x = source.standard_normal((TIMES, BATCH, INPUTS), np.float32)
    count = 2 if kind == "lstm" else 1
    return x, [source.standard_normal((places, BATCH, HIDDEN), np.float32) for _ in range(count)]


def _in_torch(layer: Any, x: Any, state: list[Any]) -> tuple[Any, ...]:
    given = tuple(torch.from_numpy(s) for s in state)
    ys, last = layer(torch.from_numpy(x), given if len(given) > 1 else given[0])
    last = last if isinstance(last, tuple) else (last,)
    return tuple(t.detach().numpy() for t in (ys, *last))


def _carry(state: list[Any], place: int) -> Any:
    """A carry of flax: (c, h) of a long short-term memory."""
    part = tuple(s[place] for s in state)[::-1]
    return part if len(part) > 1 else part[0]


def _in_linen(kind: str, trees: Any, x: Any, state: list[Any], *, both: bool) -> tuple[Any, ...]:
    """Layer upon layer, and the states in torch's order."""
    carries: list[Any] = []
    for k, tree in enumerate(trees):
        cells = [LINEN[kind](HIDDEN) for _ in range(1 + both)]
        rnns = [linen.RNN(cell, time_major=True, return_carry=True) for cell in cells]
        if both:
            layer: Any = linen.Bidirectional(rnns[0], rnns[1], time_major=True, return_carry=True)
            first: Any = (_carry(state, 2 * k), _carry(state, 2 * k + 1))
        else:
            layer, first = rnns[0], _carry(state, k)
        last, x = layer.apply({"params": tree}, x, initial_carry=first)
        carries += list(last) if both else [last]
    parts = [c[::-1] if isinstance(c, tuple) else (c,) for c in carries]
    return x, *(np.stack(part) for part in zip(*parts, strict=True))


@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", LAYERS)
def test_from_torch_to_linen_and_back(kind: str, layers: int, both: bool) -> None:  # noqa: FBT001 - a parameter of pytest's
    """Outputs and last states agree; carried back, another torch module gives the same."""
    layer = _torch_layer(kind, layers, both=both)
    x, state = _drawn(layers * (1 + both), kind)
    trees = torch_to_flax_recurrent(layer)
    due = _in_torch(layer, x, state)
    for seen, right in zip(_in_linen(kind, trees, x, state, both=both), due, strict=True):
        _held(seen, right)
    other = LAYERS[kind](INPUTS, HIDDEN, layers, bidirectional=both)
    flax_to_torch_recurrent(trees, other)
    for seen, right in zip(_in_torch(other, x, state), due, strict=True):
        _held(seen, right)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_cell_and_its_parameters(kind: str) -> None:
    """A torch cell is a flax cell; and flax's own initial parameters go to torch."""
    torch.manual_seed(5)
    cells = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}
    cell, made = cells[kind](INPUTS, HIDDEN), LINEN[kind](HIDDEN)
    (x, *_), state = _drawn(1, kind)
    carry = _carry(state, 0)
    fresh = made.init(jax.random.key(0), carry, x)["params"]
    for params in (torch_to_flax_recurrent(cell), fresh):
        flax_to_torch_recurrent(params, cell)
        given = tuple(torch.from_numpy(s[0]) for s in state)
        due = cell(torch.from_numpy(x), given if len(given) > 1 else given[0])
        due = due[0] if isinstance(due, tuple) else due
        seen = made.apply({"params": params}, carry, x)[1]
        _held(seen, due.detach().numpy())


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
def test_from_torch_to_nnx_and_back(kind: str) -> None:
    """nnx's cells have one kernel for all gates, in the same order."""
    layer, (x, state) = _torch_layer(kind), _drawn(1, kind)
    (tree,) = torch_to_flax_recurrent(layer, library="nnx")
    made = nnx.RNN(NNX[kind](INPUTS, HIDDEN, rngs=nnx.Rngs(0)), time_major=True, return_carry=True)
    nnx.update(made, tree)
    last, ys = made(x, initial_carry=_carry(state, 0))
    due = _in_torch(layer, x, state)
    last = last[::-1] if isinstance(last, tuple) else (last,)
    for seen, right in zip((ys, *(c[None] for c in last)), due, strict=True):
        _held(seen, right)
    other = LAYERS[kind](INPUTS, HIDDEN)
    flax_to_torch_recurrent(nnx.state(made, nnx.Param), other)
    _held(_in_torch(other, x, state)[0], due[0])


def test_nnx_has_no_place_for_a_hidden_bias() -> None:
    """No other bias makes up for b_hn: what is asked of one differs from state to state.

    With r of 1/2 the candidate's argument is b_in + b_hn / 2, with r of 1 it is b_in + b_hn; a cell
    without b_hn would need a b_in that is both.
    """
    cell = torch.nn.GRUCell(1, 1)
    with torch.no_grad():
        for p in cell.parameters():
            p.zero_()
        cell.weight_ih[0] = 100.0  # x opens the reset gate
        cell.bias_hh[2] = 1.0
    with pytest.raises(ValueError, match=r"nnx\.GRUCell has no hidden bias"):
        torch_to_flax_recurrent(cell, library="nnx")
    candidates = [2 * cell(torch.full((1, 1), x), torch.zeros(1, 1)).item() for x in (0.0, 1.0)]
    np.testing.assert_allclose(np.arctanh(candidates), [0.5, 1.0], rtol=1e-5)
    made = nnx.GRUCell(1, 1, rngs=nnx.Rngs(0))
    assert "bias" not in nnx.to_pure_dict(nnx.state(made, nnx.Param))["dense_h"]
    with torch.no_grad():
        cell.bias_hh[2] = 0.0
    nnx.update(made, torch_to_flax_recurrent(cell, library="nnx"))
    seen = made(jnp.zeros((1, 1)), jnp.ones((1, 1)))[1]
    np.testing.assert_allclose(seen, cell(torch.ones(1, 1), torch.zeros(1, 1)).detach(), atol=1e-7)


def test_nnx_simple_cells_compute_in_float32_unless_told() -> None:
    """Their `dtype` is float32 by default, where linen's and the other cells' is None."""
    with jax.enable_x64(True):
        x, h = jnp.full((1, 1), 1 / 3), jnp.full((1, 1), 0.1)
        sizes: dict[str, Any] = {"param_dtype": np.float64, "rngs": nnx.Rngs(0)}
        assert nnx.SimpleCell(1, 1, **sizes)(h, x)[1].dtype == np.float32
        assert nnx.SimpleCell(1, 1, dtype=None, **sizes)(h, x)[1].dtype == np.float64


def test_without_biases() -> None:
    """A torch module without biases is a flax one with zeros; the way back refuses others."""
    layer = _torch_layer("lstm", bias=False)
    trees = torch_to_flax_recurrent(layer)
    assert not np.any(trees[0]["cell"]["hf"]["bias"])
    flax_to_torch_recurrent(trees, layer)
    trees[0]["cell"]["hf"]["bias"] += 1
    with pytest.raises(ValueError, match=r"no bias_ih_l0 \(bias=False\), and it is not 0"):
        flax_to_torch_recurrent(trees, layer)


def test_what_cannot_be_carried_is_said() -> None:
    """Other modules, projections, other layers, shapes and cells: a ValueError that says which."""
    with pytest.raises(ValueError, match=r"Linear is none of torch\.nn's RNN, LSTM, GRU"):
        torch_to_flax_recurrent(torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match="no projected LSTM"):
        torch_to_flax_recurrent(torch.nn.LSTM(3, 2, proj_size=1))
    with pytest.raises(ValueError, match="library is 'haiku'"):
        torch_to_flax_recurrent(_torch_layer("gru"), library="haiku")
    trees = torch_to_flax_recurrent(_torch_layer("gru"))
    with pytest.raises(ValueError, match="of 1 layers"):
        flax_to_torch_recurrent(trees, _torch_layer("gru", 2))
    with pytest.raises(ValueError, match=r"weight_ih_l0 is \(6, 4\)"):
        flax_to_torch_recurrent(trees, torch.nn.GRU(3, 2))
    with pytest.raises(ValueError, match="no parameters of a flax lstm cell"):
        flax_to_torch_recurrent(trees, _torch_layer("lstm"))
