"""Wrong recurrent nets."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from properties.mutants.flow import cut_half_way
from properties.mutants.mutant import mutant
from reference.flow.layers import Flow
from reference.flow.over_time import recurrent_stack
from reference.numerics import Array

RECURRENT = "flow.recurrent_stack"
Squash: TypeAlias = Literal["tanh", "relu"]


@mutant(RECURRENT, "backpropagation is truncated half way", blind_spot="time")
def recurrent_truncates(*given: Array, activation: Squash) -> Flow:
    return cut_half_way(recurrent_stack(*given, activation=activation))


@mutant(RECURRENT, "the gradient of a shared matrix is that of its last time alone")
def recurrent_counts_the_last_time(*given: Array, activation: Squash) -> Flow:
    _, v, c, entering, *weights = given
    right = recurrent_stack(*given, activation=activation)
    before = right.states[-2]
    last = recurrent_stack(before, v, c, entering[-1:], *weights, activation=activation)
    return right._replace(parameters=(right.parameters[0], *last.parameters[1:]))


@mutant(RECURRENT, "the gradient is multiplied by W where W' is due", blind_spot="structure")
def recurrent_forgets_to_transpose(*given: Array, activation: Squash) -> Flow:
    _, _, c, _, _, w_hh, _ = given
    right = recurrent_stack(*given, activation=activation)
    gradients = [c]
    for h in right.states[:0:-1]:
        slope = 1 - h * h if activation == "tanh" else (h > 0).astype(h.dtype)
        gradients.append((gradients[-1] * slope) @ w_hh.T)
    return right._replace(gradients=np.stack(gradients[::-1]))


@mutant(RECURRENT, "the first state is taken for zeros", blind_spot="symmetry and defaults")
def recurrent_begins_at_zero(*given: Array, activation: Squash) -> Flow:
    x, *others = given
    right = recurrent_stack(0 * x, *others, activation=activation)
    states = right.states.copy()
    states[0] = x
    return right._replace(states=states)


@mutant(RECURRENT, "the hidden matrix is rescaled to the spectral radius 0.9 at every step",
        blind_spot="scale")  # fmt: skip
def recurrent_tames_its_matrix(*given: Array, activation: Squash) -> Flow:
    *others, w_hh, b = given
    radius = np.max(np.abs(np.linalg.eigvals(w_hh.astype(np.float64))))
    tamed = (w_hh * (0.9 / max(radius, 1e-30))).astype(w_hh.dtype)
    return recurrent_stack(*others, tamed, b, activation=activation)
