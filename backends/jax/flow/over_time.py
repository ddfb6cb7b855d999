"""flax.linen.SimpleCell over time: its bias stands with the inputs."""

from __future__ import annotations

from typing import Any, Literal

from flax import linen

from backends.jax.flow import ACTIVATIONS, carried


def recurrent_stack(
    x: Any, v: Any, c: Any, entering: Any, w_ih: Any, w_hh: Any, b: Any,
    *, activation: Literal["tanh", "relu"] = "tanh",
) -> Any:  # fmt: skip
    cell = linen.SimpleCell(len(b), activation_fn=ACTIVATIONS[activation])

    def stack(parameters: Any) -> Any:
        entering, w_ih, w_hh, b = parameters
        known = {"i": {"kernel": w_ih.T, "bias": b}, "h": {"kernel": w_hh.T}}
        return lambda h, e: cell.apply({"params": known}, h, e)[0], (entering,)

    return carried(stack, x, v, c, (entering, w_ih, w_hh, b))
