"""Recurrent cells of flax, run over time by flax's RNN, with torch's weights as its parameters.

Torch has one matrix for all gates, (rows, inputs), and two biases; flax.linen a kernel for each
gate, (inputs, rows), and one bias where two would be a sum. Carries are (c, h), states (h, c).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from flax import linen, nnx

from backends.backend import deviates
from backends.recurrent_bounds import has_open_gates, has_vanishing_gates, slopes, vanished, witness
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Technique


def _of_tanh(u: float) -> float:
    """(2 k + 2) u, where y is within k ulps: 7, or 1 where float32 is rounded to 16 bits."""
    return (4 if u > 2.0**-12 else 16) * u


OPEN, COARSE = (7.0, 6.0, 5.0, 8.0), (5.0, 5.0, 2.25, 5.5)
"""Biases of a long short-term memory with open gates; gates that just round to 1 in bfloat16."""


def slopes_of_values(
    technique: Technique, *biases: float, coarse: tuple[float, ...] = (), dead: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that slopes are y (1 - y) and (1 - y) (1 + y), at a witness whose gates are open.

    In bfloat16, where more is allowed, `coarse` are biases of gates that only just round to 1.
    """
    shown = {
        "where": has_open_gates(technique),
        "witness": {
            name: witness(technique, *(coarse or biases if name == "bfloat16" else biases))
            for name in FORMATS
        },
    }
    size = slopes(technique, _of_tanh, "16 u (4 u in 16 bits)")
    inexact = deviates(
        "gradient_agrees", at_most=size, **shown,
        because="slopes are y (1 - y) and (1 - y) (1 + y): in open gates they have no digits left",
    )  # fmt: skip
    vanishing = deviates(
        "keeps_gradient_alive", at_most=size, **shown,
        because="slopes are made of values: of a gate that rounds to 1 the gradient is 0",
    )  # fmt: skip
    return (lambda binding: inexact(vanishing(binding))) if dead else inexact


def vanishing_gates(
    technique: Technique, *biases: float
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that nearly shut gates are 0 in float16, at a witness that has one."""
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
    return lambda binding: values(gradients(binding))


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


def ran(cell: Any, params: Any, x: Any, carry: Any, **options: Any) -> Any:
    """A linen cell run over (T, B, I): the last carry, and every output."""
    layer = linen.RNN(cell, time_major=True, return_carry=True)
    return layer.apply({"params": {"cell": params}}, x, initial_carry=carry, **options)


def filled(make: Any, params: Any) -> Any:
    """An nnx module that is made without numbers, and given these parameters."""
    module = nnx.eval_shape(make)
    nnx.update(module, params)
    return module


def ran_by_nnx(cell: Any, x: Any, carry: Any, **options: Any) -> Any:
    """An nnx cell run over (T, B, I): the last carry, and every output."""
    return nnx.RNN(cell, time_major=True, return_carry=True)(x, initial_carry=carry, **options)
