"""Sizes of layers: the shapes in which the defaults of each kind of parameter are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from properties.initializers.starts import StartsPlan
from reference.initializers.layers_recurrent import GATES

if TYPE_CHECKING:
    from reference.technique import Technique

Shape = tuple[int, ...]
"""Axes as (out, in, *kernel), as torch has them."""

# The first shape is pooled, the second tells sizes apart and has an axis of length one where that
# may be, the rest are empty. Each is a program to compile, so they are few.
_DENSE = ((97, 173), (23, 1), (0, 5), (5, 0))
_CONV = ((96, 31, 5), (24, 1, 7), (0, 5, 3))
_PLANE = ((33, 31, 3, 5), (9, 1, 7, 2))
_BIAS = ((1201,), (37,), (0,))

_SHAPES: dict[str, tuple[Shape, ...]] = {
    "dense_kernel": _DENSE,
    "conv_kernel": _PLANE,
    "transposed_conv_kernel": _CONV,
    "bilinear_kernel": ((31, 23, 29), (1, 5, 11)),
    "embedding_table": ((211, 97), (1, 11)),
    "attention_kernel": ((219, 73), (33, 11)),
    "attention_output_kernel": ((131, 131), (11, 11)),
    "dense_bias": _BIAS,
    "conv_bias": _BIAS,
    "transposed_conv_bias": ((601,), (37,)),
    "attention_bias": ((303,), (33,)),
}


def _recurrent(name: str, gates: int) -> tuple[Shape, ...]:
    """The state's size differs from the input's, and each gate has its block of rows."""
    sizes = {
        "recurrent_input_kernel": ((61, 97), (23, 5)),
        "recurrent_hidden_kernel": ((61, 61), (11, 11)),
        "recurrent_bias": ((301,), (37,)),
    }[name]
    return tuple((gates * rows, *rest) for rows, *rest in sizes)


def plan(technique: Technique, chosen: tuple[tuple[str, Any], ...], seed: int) -> StartsPlan:
    """The plan at these conventions: its shapes in the order of the layout."""
    known = dict(chosen)
    axes = _SHAPES.get(technique.name) or _recurrent(technique.name, GATES[known["cell"]])
    first, second, *odd = (_laid_out(shape, known.get("layout", "out_in")) for shape in axes)
    return StartsPlan(chosen, first, (second,), tuple(odd), seed)


def _laid_out(shape: Shape, layout: str) -> Shape:
    """Put (out, in, *kernel) in the order of a layout."""
    if layout == "out_in" or len(shape) < 2:
        return shape
    outputs, inputs, *kernel = shape
    return (inputs, outputs, *kernel) if layout == "in_first" else (*kernel, inputs, outputs)
