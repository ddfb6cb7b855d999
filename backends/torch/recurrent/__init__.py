"""Recurrent layers and cells of torch.nn, with their parameters given from outside.

`read` and `written` are the door for whoever carries weights to another library.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from backends.equations.recurrent.gates import made_of_values, slopes
from backends.modules import is_class, of_class
from backends.torch import array, tensor

if TYPE_CHECKING:
    from reference.technique import Technique

LAYERS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def slopes_of_values(technique: Technique, *biases: float, **more: Any) -> Any:
    """Register that slopes are y (1 - y) and 1 - y^2, at a witness whose gates are open."""
    size = slopes(technique, lambda u: 3 * u, "3 u")
    return made_of_values(technique, size, "y (1 - y) and 1 - y^2", *biases, **more)


def ran(kind: Any, x: Any, state: Any, *weights: Any, **options: Any) -> Any:
    """A layer run over (T, B, I): every output, and the last state.

    State and weights are torch's own: (layers times directions, B, H), and four weights for each.
    """
    hidden = weights[1].shape[-1] if "proj_size" not in options else state[1].shape[-1]
    layer = kind(x.shape[-1], hidden, device="meta", dtype=x.dtype, **options)
    given = state if len(state) > 1 else state[0]
    ys, last = torch.func.functional_call(layer, _named(layer, weights), (x, given))
    return ys, *(last if isinstance(last, tuple) else (last,))


def ran_alone(kind: Any, x: Any, state: Any, *weights: Any, **options: Any) -> Any:
    """One layer in one direction; states are (B, H)."""
    ys, *last = ran(kind, x, tuple(s[None] for s in state), *weights, **options)
    return ys, *(s[0] for s in last)


def stepped(kind: Any, x: Any, state: Any, *weights: Any, **options: Any) -> Any:
    """A cell called for one time after another."""
    cell = kind(x.shape[-1], state[0].shape[-1], device="meta", dtype=x.dtype, **options)
    named, ys = _named(cell, weights), []
    for now in x:
        given = tuple(state) if len(state) > 1 else state[0]
        last = torch.func.functional_call(cell, named, (now, given))
        state = last if isinstance(last, tuple) else (last,)
        ys.append(state[0])
    return torch.stack(ys), *state


def _named(module: Any, weights: tuple[Any, ...]) -> dict[str, Any]:
    """Weights by the names of a module's parameters: torch's own, or such as begin like them."""
    names = [name for name, _ in module.named_parameters()]
    if isinstance(module, torch.nn.RNNBase | torch.nn.RNNCellBase):
        return dict(zip(names, weights, strict=True))
    known = dict(zip(NAMES, weights, strict=True))
    known["bias"] = known["bias_ih"] + known["bias_hh"]
    found = {name: [w for begin, w in known.items() if name.startswith(begin)] for name in names}
    for name, fitting in found.items():
        if not fitting:
            message = f"parameter {name} is none of {', '.join(known)}: call it by one of them"
            raise ValueError(message)
    return {name: fitting[0] for name, fitting in found.items()}


CELLS = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def kind_of(module: Any) -> str:
    """Which cell a module of torch.nn is, or runs: rnn, lstm or gru.

    Raises ValueError for any other module, and for a projected LSTM.
    """
    for name, layer in LAYERS.items():
        if isinstance(module, layer | CELLS[name]):
            if getattr(module, "proj_size", 0):
                message = "flax has no projected LSTM (proj_size)"
                raise ValueError(message)
            return name
    message = f"{type(module).__name__} is none of torch.nn's RNN, LSTM, GRU and their cells"
    raise ValueError(message)


def _suffixes(module: Any) -> list[tuple[str, ...]]:
    """How names of parameters end, for every layer and direction."""
    if isinstance(module, torch.nn.RNNCellBase):
        return [("",)]
    ends = ("", "_reverse") if module.bidirectional else ("",)
    return [tuple(f"_l{k}{end}" for end in ends) for k in range(module.num_layers)]


def read(module: Any) -> list[tuple[tuple[Any, ...], ...]]:
    """(w_ih, w_hh, b_ih, b_hh) of every layer and direction; biases of 0 where it has none."""

    def weights(end: str) -> tuple[Any, ...]:
        found = [getattr(module, name + end, None) for name in NAMES]
        zero = torch.zeros_like(found[0][:, 0])  # type: ignore[index]
        return tuple(array(zero if w is None else w) for w in found)

    return [tuple(weights(end) for end in ends) for ends in _suffixes(module)]


def written(module: Any, layers: list[tuple[tuple[Any, ...], ...]]) -> None:
    """Set (w_ih, w_hh, b_ih, b_hh) of every layer and direction.

    Raises ValueError where numbers or shapes do not match, or biases have no place.
    """
    known = _suffixes(module)
    if [len(layer) for layer in layers] != [len(ends) for ends in known]:
        message = (
            f"the parameters are of {len(layers)} layers of {[len(one) for one in layers]}"
            f" directions, the torch module has {[len(ends) for ends in known]}"
        )
        raise ValueError(message)
    found: list[tuple[Any, Any]] = []
    for layer, ends in zip(layers, known, strict=True):
        for weights, end in zip(layer, ends, strict=True):
            for name, value in zip(NAMES, weights, strict=True):
                found += _placed(name + end, getattr(module, name + end, None), value)
    with torch.no_grad():
        for place, value in found:
            place.copy_(tensor(value, str(place.device)))


def _placed(name: str, place: Any, value: Any) -> list[tuple[Any, Any]]:
    if place is None:
        if np.any(np.asarray(value, np.float64)):
            message = f"the torch module has no {name} (bias=False), and it is not 0"
            raise ValueError(message)
        return []
    if tuple(place.shape) != np.shape(value):
        message = f"{name} is {np.shape(value)}, the torch module has {tuple(place.shape)}"
        raise ValueError(message)
    return [(place, value)]


def adapted(offered: Any, own: Any) -> Any:
    """A binding of a class of torch modules from outside; a function is one already.

    It is made as torch's own are, `Mine(inputs, hidden)` and conventions that it names, and has
    parameters whose names begin as torch's do: weight_ih, weight_hh, bias_ih, bias_hh (or one
    `bias`, which is their sum). One whose name ends in `Cell` is called with one time and the
    state, and gives the new state; any other with all times and states (1, B, H), and gives
    (outputs, last state).
    """
    if not is_class(offered, torch.nn.Module):
        return offered
    states = 2 if own.__name__ == "lstm" else 1
    run = stepped if offered.__name__.endswith("Cell") else ran_alone
    takes = inspect.signature(offered).parameters

    def made(inputs: int, hidden: int, *, device: str, dtype: Any, **chosen: Any) -> Any:
        with torch.device(device):
            return offered(inputs, hidden, **chosen).to(dtype)

    @of_class(offered, own, takes)
    def binding(x: Any, *rest: Any, **parameters: Any) -> Any:
        chosen = {k: v for k, v in parameters.items() if k in takes}
        return run(made, x, rest[:states], *rest[states:], **chosen)

    return binding
