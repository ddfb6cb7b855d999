"""Plain and convolutional stacks of torch.nn.functional's layers."""

from __future__ import annotations

from typing import Any

from torch.nn import functional

from backends.torch.flow import ACTIVATIONS, carried, cut, full, normalized
from reference.flow.layers import Norm, Phi


def plain_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    return carried(lambda h, w, b: full(h, w, b, activation, normalization), x, v, c, *cut(w, b))


def conv_stack(
    x: Any, v: Any, c: Any, w: Any, b: Any,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Any:  # fmt: skip
    def layer(h: Any, w: Any, b: Any) -> Any:
        z = functional.conv1d(functional.pad(h, (1, 1), mode="circular"), w, b)
        return ACTIVATIONS[activation](normalized(z, normalization))

    return carried(layer, x, v, c, *cut(w, b))
