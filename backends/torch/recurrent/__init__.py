"""Recurrent layers and cells of torch.nn, with their parameters given from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from backends.backend import deviates
from backends.recurrent_bounds import has_open_gates, slopes, witness
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Technique

OPEN, COARSE = (7.0, 6.0, 5.0, 8.0), (5.0, 5.0, 2.25, 5.5)
"""Biases of a long short-term memory with open gates; gates that just round to 1 in bfloat16."""


def slopes_of_values(
    technique: Technique, *biases: float, coarse: tuple[float, ...] = (), dead: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that slopes are y (1 - y) and 1 - y^2, at a witness whose gates are open.

    In bfloat16, where more is allowed, `coarse` are biases of gates that only just round to 1.
    """
    shown = {
        "where": has_open_gates(technique),
        "witness": {
            name: witness(technique, *(coarse or biases if name == "bfloat16" else biases))
            for name in FORMATS
        },
    }
    size = slopes(technique, lambda u: 3 * u, "3 u")
    inexact = deviates(
        "gradient_agrees", at_most=size, **shown,
        because="slopes are y (1 - y) and 1 - y^2: in open gates they have no digits left",
    )  # fmt: skip
    vanishing = deviates(
        "keeps_gradient_alive", at_most=size, **shown,
        because="slopes are made of values: of a gate that rounds to 1 the gradient is 0",
    )  # fmt: skip
    return (lambda binding: inexact(vanishing(binding))) if dead else inexact


def ran(kind: Any, x: Any, state: Any, *weights: Any, **options: Any) -> Any:
    """A layer run over (T, B, I): every output, and the last state.

    State and weights are torch's own: (layers times directions, B, H), and four weights for each.
    """
    hidden = weights[1].shape[-1] if "proj_size" not in options else state[1].shape[-1]
    layer = kind(x.shape[-1], hidden, device="meta", dtype=x.dtype, **options)
    named = dict(zip((name for name, _ in layer.named_parameters()), weights, strict=True))
    given = state if len(state) > 1 else state[0]
    ys, last = torch.func.functional_call(layer, named, (x, given))
    return ys, *(last if isinstance(last, tuple) else (last,))


def ran_alone(kind: Any, x: Any, state: Any, *weights: Any, **options: Any) -> Any:
    """One layer in one direction; states are (B, H)."""
    ys, *last = ran(kind, x, tuple(s[None] for s in state), *weights, **options)
    return ys, *(s[0] for s in last)


def stepped(kind: Any, x: Any, state: Any, *weights: Any, **options: Any) -> Any:
    """A cell called for one time after another."""
    cell = kind(x.shape[-1], state[0].shape[-1], device="meta", dtype=x.dtype, **options)
    named = dict(zip((name for name, _ in cell.named_parameters()), weights, strict=True))
    ys = []
    for now in x:
        given = tuple(state) if len(state) > 1 else state[0]
        last = torch.func.functional_call(cell, named, (now, given))
        state = last if isinstance(last, tuple) else (last,)
        ys.append(state[0])
    return torch.stack(ys), *state
