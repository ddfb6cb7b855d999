"""Wrong highway stacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.flow import changed, with_gradient
from properties.mutants.mutant import mutant
from reference.flow.connected import highway_layer, highway_stack
from reference.flow.layers import Flow, Local, Norm, Phi, full
from reference.numerics import Array

HIGHWAY = "flow.highway_stack"


def _gate(h: Any, w_gate: Any, b_gate: Any) -> Any:
    """s, which transforms."""
    return 1 / (1 + np.exp(-(h @ w_gate.T + b_gate)))


@mutant(HIGHWAY, "the gate carries where it should transform: s and 1 - s are swapped",
        blind_spot="symmetry and defaults")  # fmt: skip
def highway_swaps_its_gate(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *known, w_gate, b_gate = given
    flow = highway_stack(
        *known, -w_gate, -b_gate, activation=activation, normalization=normalization
    )
    *own, of_w, of_b = flow.parameters
    return flow._replace(parameters=(*own, -of_w, -of_b))


@mutant(HIGHWAY, "the gradient does not go through the gate: it is taken for a constant",
        blind_spot="dynamics")  # fmt: skip
def highway_detaches_its_gate(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    def change(right: Local, h: Any, w: Any, b: Any, w_gate: Any, b_gate: Any) -> Local:
        new, s = full(h, w, b, activation, normalization).outputs, _gate(h, w_gate, b_gate)
        return with_gradient(right, lambda back, g: back - ((new - h) * g * s * (1 - s)) @ w_gate)

    return changed(highway_layer, change, given, activation, normalization)


@mutant(HIGHWAY, "y = s f + x: the carry gate is left out", blind_spot="scale")
def highway_carries_everything(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    def change(right: Local, h: Any, _w: Any, _b: Any, w_gate: Any, b_gate: Any) -> Local:
        s = _gate(h, w_gate, b_gate)
        wrong = right._replace(outputs=right.outputs + s * h, push=lambda t: right.push(t) + s * t)
        return with_gradient(wrong, lambda back, g: back + s * g)

    return changed(highway_layer, change, given, activation, normalization)


@mutant(HIGHWAY, "gates are clipped to 0.01 lest they shut", blind_spot="boundaries")
def highway_never_shuts(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *known, b_gate = given
    ajar = np.maximum(b_gate, b_gate.dtype.type(-4.6))
    return highway_stack(*known, ajar, activation=activation, normalization=normalization)
