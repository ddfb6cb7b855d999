"""Stacks of layers in PyTorch: what every one of them does with a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from reference.flow.layers import EPS

if TYPE_CHECKING:
    from collections.abc import Sequence

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": torch.tanh,
    "relu": functional.relu,
    "sigmoid": torch.sigmoid,
    "linear": torch.nn.Identity(),
}


def normalized(z: Any, kind: str) -> Any:
    """The library's own normalization, without scale and shift."""
    if kind == "layer":
        return functional.layer_norm(z, z.shape[1:], eps=EPS)
    if kind == "rms":
        return functional.rms_norm(z, z.shape[1:], eps=EPS)
    if kind == "batch":
        return functional.batch_norm(z, None, None, training=True, eps=EPS)
    return z


def full(h: Any, w: Any, b: Any, activation: str, normalization: str) -> Any:
    """A fully connected layer: sum, normalization, activation."""
    return ACTIVATIONS[activation](normalized(functional.linear(h, w, b), normalization))


def carried(
    layer: Callable[..., Any], x: Any, v: Any, c: Any, parameters: Sequence[Any],
    given: Sequence[tuple[Any, ...]],
) -> tuple[Any, ...]:  # fmt: skip
    """States and gradients by `torch.autograd.grad`, tangents by `torch.func.jvp`.

    `given` holds what each layer takes, cut out of the `parameters`.
    """
    with torch.enable_grad():
        states = _states(layer, x.detach().requires_grad_(), given)
        back = torch.autograd.grad(
            states[-1], [*states, *parameters], c, materialize_grads=True, allow_unused=True
        )
    apart = [tuple(p.detach() for p in own) for own in given]
    tangents = torch.func.jvp(lambda h: _wide(_states(layer, h, apart), c), (x,), (v,))[1]
    gradients, own = back[: len(states)], back[len(states) :]
    return _wide(states, c), tangents, _wide(gradients, c), tuple(own)


def cut(*parameters: Any) -> tuple[list[Any], list[tuple[Any, ...]]]:
    """Parameters that are differentiated, and what each layer takes of them."""
    whole = [p.detach().requires_grad_() for p in parameters]
    return whole, list(zip(*(p.unbind(0) for p in whole), strict=True))


def _states(layer: Callable[..., Any], h: Any, given: Sequence[tuple[Any, ...]]) -> list[Any]:
    states = [h]
    for own in given:
        states.append(layer(states[-1], *own))
    return states


def _wide(states: Sequence[Any], c: Any) -> Any:
    """All of them in one tensor, with zeros for features that are not there yet."""
    return torch.stack([functional.pad(s, (0, c.shape[-1] - s.shape[-1])) for s in states])
