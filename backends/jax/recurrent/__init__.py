"""Recurrent cells of flax, run over time by flax's RNN, with torch's weights as its parameters.

Torch has one matrix for all gates, (rows, inputs), and two biases; flax.linen a kernel for each
gate, (inputs, rows), and one bias where two would be a sum. Carries are (c, h), states (h, c).
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from flax import linen, nnx

from backends.binding import deviates
from backends.equations.recurrent.gates import (
    has_vanishing_gates,
    made_of_values,
    slopes,
    vanished,
    witness,
)
from backends.jax.modules import filled
from backends.modules import is_class, of_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.binding import Bound
    from reference.technique import Technique


def _of_tanh(u: float) -> float:
    """(2 k + 2) u, where y is within k ulps: 7, or 1 where float32 is rounded to 16 bits."""
    return (4 if u > 2.0**-12 else 16) * u


def off_by_slopes(technique: Technique) -> Bound:
    """How far off gradients are, as slopes are y (1 - y) and (1 - y) (1 + y)."""
    return slopes(technique, _of_tanh, "16 u (4 u in 16 bits)")


def slopes_of_values(technique: Technique, *biases: float, **more: Any) -> Any:
    """Register that slopes are y (1 - y) and (1 - y) (1 + y), at a witness with open gates."""
    made_so = "y (1 - y) and (1 - y) (1 + y)"
    return made_of_values(technique, off_by_slopes(technique), made_so, *biases, **more)


def vanishing_gates(
    technique: Technique, *biases: float, shown_in_values: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that nearly shut gates are 0 in float16, at a witness that has one.

    Where a gate only adds to something larger, it is not `shown_in_values` but in gradients.
    """
    shown = {
        "where": has_vanishing_gates(technique),
        "witness": witness(technique, *biases),
        "dtypes": ("float16",),
    }
    values = deviates(
        "agrees_with_reference", at_most=vanished(technique), **shown,
        because="exp(-a) is formed in float16 and overflows where a < -11.09, and 1 / inf is 0",
    )  # fmt: skip
    gradients = deviates(
        "gradient_agrees", at_most=slopes(technique, _of_tanh, "4 u", shut=True), **shown,
        because="exp(-a) is formed in float16 and overflows where a < -11.09: the gate is 0",
    )  # fmt: skip
    return (lambda binding: values(gradients(binding))) if shown_in_values else gradients


def of_simple(w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> dict[str, Any]:
    """Parameters of a SimpleCell, linen's: one bias, on the input's side."""
    return {"i": {"kernel": w_ih.T, "bias": b_ih + b_hh}, "h": {"kernel": w_hh.T}}


def of_lstm(w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> dict[str, Any]:
    """Parameters of an LSTMCell or OptimizedLSTMCell, linen's: one bias, on the hidden side."""
    entering, carried, biases = (_by_gate(w, "ifgo") for w in (w_ih, w_hh, b_ih + b_hh))
    kernels = {f"i{k}": {"kernel": w.T} for k, w in entering.items()}
    return kernels | {f"h{k}": {"kernel": w.T, "bias": biases[k]} for k, w in carried.items()}


def of_gated(w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, gates: str = "rzn") -> dict[str, Any]:
    """Parameters of a GRUCell ("rzn") or an MGUCell ("fn"), linen's.

    The bias of a gate is a sum, on the input's side; the candidate's two have each their own place.
    """
    entering, carried, outer, inner = (_by_gate(w, gates) for w in (w_ih, w_hh, b_ih, b_hh))
    summed = {k: outer[k] + inner[k] for k in gates[:-1]} | {"n": outer["n"]}
    found = {f"i{k}": {"kernel": w.T, "bias": summed[k]} for k, w in entering.items()}
    found |= {f"h{k}": {"kernel": w.T} for k, w in carried.items()}
    found["hn"]["bias"] = inner["n"]
    return found


def _by_gate(weight: Any, gates: str) -> dict[str, Any]:
    return dict(zip(gates, jnp.split(weight, len(gates)), strict=True))


CELLS = {"lstm": linen.OptimizedLSTMCell, "gru": linen.GRUCell, "rnn": linen.SimpleCell}
PARAMETERS = {"lstm": of_lstm, "gru": of_gated, "rnn": of_simple}
_GATES = {"lstm": "ifgo", "gru": "rzn"}


def for_nnx(kind: str, params: Any) -> dict[str, Any]:
    """Parameters of nnx's OptimizedLSTMCell, GRUCell or SimpleCell, from linen's.

    One kernel for all gates, in linen's order. nnx.GRUCell has no place for `hn`'s bias.
    """
    if kind == "rnn":
        return {"dense_i": params["i"], "dense_h": params["h"]}
    biased = {"lstm": "h", "gru": "i"}[kind]
    found: dict[str, Any] = {}
    for side in "ih":
        parts = [params[side + k] for k in _GATES[kind]]
        found[f"dense_{side}"] = {"kernel": jnp.concatenate([p["kernel"] for p in parts], -1)}
        if side == biased:
            found[f"dense_{side}"]["bias"] = jnp.concatenate([p["bias"] for p in parts])
    return found


def from_nnx(kind: str, params: Any) -> dict[str, Any]:
    """Parameters of linen's cell, from those of nnx's OptimizedLSTMCell, GRUCell or SimpleCell."""
    if kind == "rnn":
        return {"i": params["dense_i"], "h": params["dense_h"]}
    found: dict[str, Any] = {}
    for side in "ih":
        for name, value in params[f"dense_{side}"].items():
            parts = jnp.split(value, len(_GATES[kind]), -1)
            for k, part in zip(_GATES[kind], parts, strict=True):
                found.setdefault(side + k, {})[name] = part
    if kind == "gru":
        found["hn"]["bias"] = jnp.zeros_like(found["in"]["bias"])
    return found


def weights_of(kind: str, params: Any) -> tuple[Any, ...]:
    """(w_ih, w_hh, b_ih, b_hh) of the parameters of linen's cell.

    Its one bias becomes b_ih, and b_hh is 0 but for the candidate's of a GRU.
    """
    if kind == "rnn":
        bias = params["i"]["bias"]
        return params["i"]["kernel"].T, params["h"]["kernel"].T, bias, jnp.zeros_like(bias)
    w_ih, w_hh = (
        jnp.concatenate([params[side + k]["kernel"].T for k in _GATES[kind]]) for side in "ih"
    )
    side = {"lstm": "h", "gru": "i"}[kind]
    b_ih = jnp.concatenate([params[side + k]["bias"] for k in _GATES[kind]])
    if kind == "lstm":
        return w_ih, w_hh, b_ih, jnp.zeros_like(b_ih)
    inner = params["hn"]["bias"]
    return w_ih, w_hh, b_ih, jnp.concatenate([0 * inner, 0 * inner, inner])


def plain(params: Any) -> Any:
    """A tree of parameters as nested dicts of arrays; an nnx.State is made one."""
    return nnx.to_pure_dict(params) if isinstance(params, nnx.State) else params


def ran(cell: Any, params: Any, x: Any, carry: Any, **options: Any) -> Any:
    """A linen cell run over (T, B, I): the last carry, and every output."""
    layer = linen.RNN(cell, time_major=True, return_carry=True)
    return layer.apply({"params": {"cell": params}}, x, initial_carry=carry, **options)


def carry_of(state: Any, which: int) -> Any:
    """One direction's or layer's carry, (c, h), of states (2, B, H)."""
    part = tuple(s[which] for s in state)
    return part[::-1] if len(part) > 1 else part[0]


def state_of(carries: Any) -> Any:
    """States (2, B, H) of two carries."""
    pairs = [c[::-1] if isinstance(c, tuple) else (c,) for c in carries]
    return tuple(jnp.stack(pair) for pair in zip(*pairs, strict=True))


def ran_both_ways(
    kind: str, x: Any, state: Any, forward: Any, backward: Any, **options: Any
) -> Any:
    """Two linen cells run in both directions over (T, B, I): every output, and the last states."""
    ahead, behind = (linen.RNN(CELLS[kind](w[1].shape[-1])) for w in (forward, backward))
    layer = linen.Bidirectional(ahead, behind, time_major=True, return_carry=True)
    params = {
        "forward_rnn": {"cell": PARAMETERS[kind](*forward)},
        "backward_rnn": {"cell": PARAMETERS[kind](*backward)},
    }
    carries = (carry_of(state, 0), carry_of(state, 1))
    last, ys = layer.apply({"params": params}, x, initial_carry=carries, **options)
    return ys, *state_of(last)


def ran_by_nnx(cell: Any, x: Any, carry: Any, **options: Any) -> Any:
    """An nnx cell run over (T, B, I): the last carry, and every output."""
    return nnx.RNN(cell, time_major=True, return_carry=True)(x, initial_carry=carry, **options)


def adapted(offered: Any, own: Any) -> Any:
    """A binding of a class of flax cells from outside, linen's or nnx's; a function is one already.

    It is made as flax's own are, `Mine(hidden)` or `Mine(inputs, hidden, rngs=...)`, with
    conventions that it names. Its parameters have the names of flax's cell (of nnx's that with one
    kernel for all gates), and its carry is (c, h) where it has two parts.
    """
    by_nnx = is_class(offered, nnx.Module)
    if not by_nnx and not is_class(offered, linen.Module):
        return offered
    kind, takes = own.__name__, inspect.signature(offered).parameters
    states = 2 if kind == "lstm" else 1

    @of_class(offered, own, takes)
    def binding(x: Any, *rest: Any, **parameters: Any) -> Any:
        chosen = {k: v for k, v in parameters.items() if k in takes}
        state, params = rest[:states], PARAMETERS[kind](*rest[states:])
        carry, hidden = state[::-1] if states > 1 else state[0], state[0].shape[-1]
        if by_nnx:
            make = functools.partial(offered, x.shape[-1], hidden, param_dtype=x.dtype, **chosen)
            cell = filled(lambda: make(rngs=nnx.Rngs(0)), for_nnx(kind, params))
            last, ys = ran_by_nnx(cell, x, carry)
        else:
            last, ys = ran(offered(hidden, **chosen), params, x, carry)
        return ys, *(last[::-1] if isinstance(last, tuple) else (last,))

    return binding
