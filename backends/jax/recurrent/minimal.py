"""Minimal gated units of flax.linen."""

from __future__ import annotations

from typing import Any, Literal

from flax import linen

from backends.jax.recurrent import of_gated, ran, slopes_of_values, vanishing_gates
from reference.recurrent import minimal as reference


@vanishing_gates(reference.mgu, -13.0, 0.5, shown_in_values=False)
@slopes_of_values(reference.mgu, 7.0, 5.0)
def mgu(
    x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, *,
    reset: Literal["after", "none"] = "after", update: Literal["keep"] = "keep",
) -> Any:  # fmt: skip
    del update
    params, resets = of_gated(w_ih, w_hh, b_ih, b_hh, "fn"), reset == "after"
    if not resets:
        params["in"]["bias"] += params["hn"].pop("bias")
    h, ys = ran(linen.MGUCell(h0.shape[-1], reset_gate=resets), params, x, h0)
    return ys, h
