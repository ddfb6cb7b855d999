"""Both directions by flax's Bidirectional; layer upon layer, one RNN fed with another."""

from __future__ import annotations

from typing import Any, Literal

from flax import linen
from jax import numpy as jnp

from backends.equations.recurrent.gates import COARSE, OPEN
from backends.jax.recurrent import CELLS, PARAMETERS, ran, slopes_of_values
from reference.recurrent import arrangements as reference


def _carry(state: Any, which: int) -> Any:
    part = tuple(s[which] for s in state)
    return part[::-1] if len(part) > 1 else part[0]


def _state(carries: Any) -> Any:
    pairs = [c[::-1] if isinstance(c, tuple) else (c,) for c in carries]
    return tuple(jnp.stack(pair) for pair in zip(*pairs, strict=True))


@slopes_of_values(reference.bidirectional, *OPEN, coarse=COARSE, dead=False)
def bidirectional(
    x: Any, state: Any, forward: Any, backward: Any, *,
    cell: Literal["lstm", "gru", "rnn"] = "lstm",
) -> Any:  # fmt: skip
    ahead, behind = (linen.RNN(CELLS[cell](w[1].shape[-1])) for w in (forward, backward))
    layer = linen.Bidirectional(ahead, behind, time_major=True, return_carry=True)
    params = {
        "forward_rnn": {"cell": PARAMETERS[cell](*forward)},
        "backward_rnn": {"cell": PARAMETERS[cell](*backward)},
    }
    carries = (_carry(state, 0), _carry(state, 1))
    last, ys = layer.apply({"params": params}, x, initial_carry=carries)
    return ys, *_state(last)


@slopes_of_values(reference.stacked, *OPEN, coarse=COARSE, dead=False)
def stacked(
    x: Any, state: Any, first: Any, second: Any, *, cell: Literal["lstm", "gru", "rnn"] = "lstm"
) -> Any:
    made, params = CELLS[cell](first[1].shape[-1]), PARAMETERS[cell]
    low, ys = ran(made, params(*first), x, _carry(state, 0))
    high, ys = ran(made, params(*second), ys, _carry(state, 1))
    return ys, *_state((low, high))
