"""Fans: how many numbers enter an output of a layer, and how many outputs an input enters."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

Layout: TypeAlias = Literal["out_in", "in_out"]
"""Order of a weight's axes: (out, in, *kernel) as in torch, or (*kernel, in, out) as in flax."""

AnyLayout: TypeAlias = Literal["out_in", "in_out", "in_out_kernel", "batch_in_out", "in_heads_out"]
"""Every order of axes that has fans of its own.

Beside the two of `Layout`: (in, out, *kernel), a transposed convolution in torch;
(batch, *kernel, in, out), independent layers stacked, of which each has the fans of one; and
(*kernel, in, *out), outputs spread over two axes such as heads and features of a head.
"""


def fans(shape: tuple[int, ...], layout: AnyLayout, groups: int = 1) -> tuple[int, int]:
    """How many numbers enter each output of a layer, and how many outputs each input enters.

    `groups`: a grouped convolution keeps (out, in / groups, *kernel), so its inputs are counted
    already; each of them enters the outputs of one group only.
    """
    least = 3 if layout in ("batch_in_out", "in_heads_out") else 2
    if len(shape) < least:
        message = f"a weight of shape {shape} has no fans; give it an output and an input axis"
        raise ValueError(message)
    outputs, inputs, kernel = _axes(shape, layout)
    if outputs % groups:
        message = f"{outputs} outputs do not fall into {groups} groups"
        raise ValueError(message)
    return inputs * kernel, outputs * kernel // groups


def _axes(shape: tuple[int, ...], layout: AnyLayout) -> tuple[int, int, int]:
    """Numbers of outputs and of inputs, and positions of the kernel."""
    if layout == "out_in":
        return shape[0], shape[1], math.prod(shape[2:])
    if layout == "in_out_kernel":
        return shape[1], shape[0], math.prod(shape[2:])
    if layout == "in_heads_out":
        return shape[-1] * shape[-2], shape[-3], math.prod(shape[:-3])
    kernel = shape[1:-2] if layout == "batch_in_out" else shape[:-2]
    return shape[-1], shape[-2], math.prod(kernel)
