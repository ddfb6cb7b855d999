"""Wrong residual stacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.flow import changed, with_gradient
from properties.mutants.mutant import mutant
from reference.flow.connected import residual_layer, residual_stack
from reference.flow.layers import Flow, Local, Norm, Phi
from reference.numerics import Array

RESIDUAL = "flow.residual_stack"


@mutant(RESIDUAL, "the gradient takes the block's way only: no identity on the way back",
        blind_spot="dynamics")  # fmt: skip
def residual_forgets_the_identity_on_the_way_back(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    def change(right: Local, *_: Any) -> Local:
        return with_gradient(right, lambda back, g: back - g)

    return changed(residual_layer, change, given, activation, normalization)


@mutant(RESIDUAL, "both ways are scaled by 1 / sqrt(2) to keep the variance", blind_spot="scale")
def residual_halves_the_variance(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    half = given[0].dtype.type(0.5**0.5)

    def change(right: Local, *_: Any) -> Local:
        return Local(
            half * right.outputs, lambda t: half * right.push(t), lambda g: right.pull(half * g)
        )

    return changed(residual_layer, change, given, activation, normalization)


@mutant(RESIDUAL, "A4 3.2 prints h = f(x) + f'(x'): the shortcut goes through an activation")
def residual_skips_through_the_activation(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    def change(right: Local, h: Any, *_: Any) -> Local:
        past = np.maximum(h, 0) - h
        gone = h < 0
        wrong = right._replace(
            outputs=right.outputs + past, push=lambda t: right.push(t) - gone * t
        )
        return with_gradient(wrong, lambda back, g: back - gone * g)

    return changed(residual_layer, change, given, activation, normalization)


@mutant(RESIDUAL, "the matrix behind the activation is left out", blind_spot="structure")
def residual_forgets_its_second_matrix(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *others, u = given
    one = np.broadcast_to(np.eye(u.shape[-1], dtype=u.dtype), u.shape)
    return residual_stack(*others, one, activation=activation, normalization=normalization)
