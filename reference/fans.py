"""Fans: how many numbers enter an output of a layer, and how many outputs an input enters."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

Layout: TypeAlias = Literal["out_in", "in_out"]
"""Order of a weight's axes: (out, in, *kernel) as in torch, or (*kernel, in, out) as in flax."""


def fans(shape: tuple[int, ...], layout: Layout) -> tuple[int, int]:
    """How many numbers enter each output of a layer, and how many outputs each input enters."""
    if len(shape) < 2:
        message = f"a weight of shape {shape} has no fans; give it an output and an input axis"
        raise ValueError(message)
    outputs, inputs, *kernel = shape if layout == "out_in" else shape[::-1]
    return inputs * math.prod(kernel), outputs * math.prod(kernel)
