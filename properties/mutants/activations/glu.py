"""Wrong gated linear units."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.activations import glu as units
from reference.numerics import Array, Linearized


@mutant(
    "activations.glu",
    "the halves swapped: the first half gates the second",
    blind_spot="symmetry and defaults",
)
def glu_gates_with_the_first_half(x: Array) -> Linearized:
    a, b = np.split(x, 2, axis=-1)
    swapped, pullback = units.glu(np.concatenate([b, a], axis=-1))

    def back(c: Any) -> tuple[Array]:
        first, second = np.split(pullback(c)[0], 2, axis=-1)
        return (np.concatenate([second, first], axis=-1),)

    return Linearized(swapped, back)


@mutant(
    "activations.glu",
    "even and odd features instead of halves, as rotary embeddings pair them",
    blind_spot="structure",
)
def glu_pairs_neighbours(x: Array) -> Linearized:
    order = np.concatenate([np.arange(0, x.shape[-1], 2), np.arange(1, x.shape[-1], 2)])
    y, pullback = units.glu(x[..., order])
    return Linearized(y, lambda c: (pullback(c)[0][..., np.argsort(order)],))


@mutant(
    "activations.reglu",
    "the gradient of the gate forgets the gate's own slope",
    blind_spot="structure",
)
def reglu_lets_the_gradient_through_a_shut_gate(a: Array, b: Array) -> Linearized:
    y, pullback = units.reglu(a, b)
    return Linearized(y, lambda c: (c * b, pullback(c)[1]))


@mutant(
    "activations.reglu",
    "an offset for stability: doubling the gated input no longer doubles the output",
    blind_spot="tolerance",
)
def reglu_adds_a_little(a: Array, b: Array) -> Linearized:
    y, pullback = units.reglu(a, b)
    return Linearized(y + a.dtype.type(1e-6), pullback)


@mutant(
    "activations.geglu",
    "ported by name: the other library's default form of GELU",
    blind_spot="symmetry and defaults",
)
def geglu_takes_the_other_form(a: Array, b: Array, *, form: str) -> Linearized:
    other = "tanh" if form == "exact" else "exact"
    return Linearized(*units.geglu(a, b, form=other))


@mutant("activations.swiglu", "gates with s(a) and forgets the factor a: that is GLU")
def swiglu_is_glu(a: Array, b: Array) -> Linearized:
    return Linearized(*units.glu(np.concatenate([b, a], axis=-1)))._replace(
        pullback=units.swiglu(a, b).pullback
    )


@mutant(
    "activations.swiglu",
    "the two inputs' gradients in the wrong order",
    blind_spot="structure",
)
def swiglu_swaps_its_gradients(a: Array, b: Array) -> Linearized:
    y, pullback = units.swiglu(a, b)
    return Linearized(y, lambda c: pullback(c)[::-1])
