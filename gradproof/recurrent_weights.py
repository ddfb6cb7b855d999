"""Carry the weights of recurrent layers from torch to flax and back.

Torch has one matrix for all gates of a cell, (gates times hidden, inputs), and two biases. flax has
kernels (inputs, hidden), one for each gate in linen and one for all of them in nnx, and one bias
where two would be a sum. The order of gates is the same: i, f, g, o and r, z, n. Carries are (c, h)
in flax where states are (h, c) in torch. That both then give the same is what every verdict over
`recurrent.*` rests on: the bindings use this very mapping.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

_DIRECTIONS = ("forward_rnn", "backward_rnn")


def torch_to_flax_recurrent(module: Any, *, library: str = "linen") -> Any:
    """The parameters of flax's cells that compute what a recurrent torch module does.

    Args:
        module: torch.nn.RNN, LSTM or GRU of any layers and directions, or one of their cells.
        library: "linen", or "nnx" for its SimpleCell, OptimizedLSTMCell and GRUCell.

    Returns:
        For a cell the parameters of a cell. For a layer a list, one tree for each of its layers:
        `{"cell": ...}` for `RNN(cell)`, or of two directions `{"forward_rnn": {"cell": ...},
        "backward_rnn": {"cell": ...}}` for `Bidirectional(RNN(cell), RNN(cell))`. Call linen's with
        `layer.apply({"params": tree}, x, initial_carry=...)`; update nnx's with
        `nnx.update(layer, tree)`. A ReLU network is a SimpleCell with `activation_fn=jax.nn.relu`.

    Raises:
        ValueError: flax has no such module (a projected LSTM), or nnx.GRUCell is asked for and the
            candidate's hidden bias b_hn, for which it has no place, is not 0.
    """
    theirs, ours = _doors()
    if library not in ("linen", "nnx"):
        message = f"library is {library!r}; it is linen or nnx"
        raise ValueError(message)
    kind = theirs.kind_of(module)

    def cell(weights: tuple[Any, ...]) -> Any:
        params = ours.PARAMETERS[kind](*weights)
        if library == "linen":
            return params
        if kind == "gru" and np.any(np.asarray(params["hn"]["bias"], np.float64)):
            message = (
                "nnx.GRUCell has no hidden bias of the candidate, b_hn, and this GRU's is not 0;"
                " flax.linen.GRUCell has one"
            )
            raise ValueError(message)
        return ours.for_nnx(kind, params)

    layers = [[cell(weights) for weights in layer] for layer in theirs.read(module)]
    if isinstance(module, theirs.CELLS[kind]):
        return layers[0][0]
    return [_tree(layer) for layer in layers]


def _tree(directions: list[Any]) -> dict[str, Any]:
    if len(directions) == 1:
        return {"cell": directions[0]}
    return {name: {"cell": one} for name, one in zip(_DIRECTIONS, directions, strict=True)}


def flax_to_torch_recurrent(params: Any, module: Any) -> None:
    """Let a recurrent torch module compute what flax's cells with these parameters do.

    Args:
        params: what `torch_to_flax_recurrent` returns, of linen or nnx: a tree for each layer, or
            for one layer that tree alone; for a cell its parameters. An nnx.State will do.
        module: torch.nn.RNN, LSTM or GRU, or one of their cells. flax's one bias is written to
            b_ih, and b_hh becomes 0 but for a GRU's candidate, whose hidden bias it is.

    Raises:
        ValueError: layers, directions or shapes do not match, the module has no biases and flax's
            are not 0, or it is no recurrent module of torch.nn.
    """
    theirs, ours = _doors()
    kind = theirs.kind_of(module)

    def weights(cell: Any) -> tuple[Any, ...]:
        known = ours.from_nnx(kind, cell) if "dense_i" in cell else cell
        try:
            found = ours.weights_of(kind, known)
        except KeyError as error:
            message = f"these are no parameters of a flax {kind} cell: {error} is missing"
            raise ValueError(message) from error
        return tuple(np.asarray(w) for w in found)

    if isinstance(module, theirs.CELLS[kind]):
        theirs.written(module, [(weights(ours.plain(params)),)])
        return
    trees = [ours.plain(tree) for tree in (params if isinstance(params, list) else [params])]
    theirs.written(
        module,
        [
            tuple(weights(tree[name]["cell"]) for name in _DIRECTIONS)
            if _DIRECTIONS[0] in tree
            else (weights(tree["cell"]),)
            for tree in trees
        ],
    )


def _doors() -> tuple[Any, Any]:
    """The recurrent files of torch and of JAX."""
    return tuple(importlib.import_module(f"backends.{n}.recurrent") for n in ("torch", "jax"))  # type: ignore[return-value]
