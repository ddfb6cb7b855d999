"""Wrong convolutional stacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.flow import changed, scaled, through, with_gradient
from properties.mutants.mutant import mutant
from reference.flow.layers import (
    Flow,
    Local,
    Norm,
    Phi,
    activated,
    convolved,
    in_turn,
    normalized,
)
from reference.flow.stacks import conv_layer, conv_stack
from reference.numerics import Array

CONV = "flow.conv_stack"


def _padded(y: Any) -> Any:
    """With a pixel of zeros at both edges."""
    return np.pad(y, ((0, 0), (0, 0), (1, 1)))


@mutant(
    CONV, "images are padded with zeros: pixels at the edges lose a third", blind_spot="boundaries"
)
def conv_pads_with_zeros(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        wide = convolved(_padded(h), w, b)

        def pull(g: Any) -> tuple[Any, ...]:
            back, *own = wide.pull(_padded(g))
            return back[..., 1:-1], *own

        inner = Local(wide.outputs[..., 1:-1], lambda t: wide.push(_padded(t))[..., 1:-1], pull)
        return in_turn(
            inner, lambda z: normalized(z, normalization), lambda z: activated(z, activation)
        )

    return through(layer, given)


@mutant(CONV, "the kernel is flipped, as a mathematician's is", blind_spot="symmetry and defaults")
def conv_flips_its_kernel(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *ends, w, b = given
    right = conv_stack(*ends, w[..., ::-1], b, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(of_w[..., ::-1], of_b))


@mutant(CONV, "the gradient is not moved back to the pixels it came from", blind_spot="structure")
def conv_leaves_gradients_where_they_are(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    def change(right: Local, *_: Any) -> Local:
        return with_gradient(right, lambda back, _: np.roll(back, 1, -1))

    return changed(conv_layer, change, given, activation, normalization)


@mutant(CONV, "fans do not count the taps: sums are divided by sqrt(3)", blind_spot="scale")
def conv_does_not_count_its_taps(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    return scaled(conv_stack, 3**-0.5, given, activation, normalization)
