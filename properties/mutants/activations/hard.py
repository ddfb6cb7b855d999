"""Wrong hard activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import subgradient
from properties.mutants.mutant import mutant
from reference.activations.hard import hard_sigmoid, hard_swish, hard_tanh, relu6, sparse_plus
from reference.activations.rectifiers import relu
from reference.numerics import Array, Jet


def _line(x: Array, slope: float, offset: float, low: float, high: float) -> Jet:
    """A line cut at two heights."""
    y = slope * x + offset
    inside = ((y > low) & (y < high)).astype(x.dtype)
    return Jet(np.clip(y, low, high), slope * inside, np.zeros_like(x))


@mutant("activations.relu6", "cut at 5, one below its name", blind_spot="boundaries")
def relu6_cuts_at_five(x: Array) -> Jet:
    return _line(x, 1, 0, 0, 5)


@mutant(
    "activations.relu6",
    "fmax(x, 0) of C returns the number beside NaN",
    blind_spot="special values",
)
def relu6_swallows_nan_in_fmax(x: Array) -> Jet:
    return relu6(x)._replace(value=np.fmin(np.fmax(x, 0), 6))


@mutant(
    "activations.relu6", "clamp lets the gradient through where x equals a bound",
    blind_spot="special values", on="torch",
)  # fmt: skip
@subgradient("lower")
def relu6_takes_the_slopes_of_clamp(x: Any) -> Any:
    return x.clamp(0, 6)


@mutant("activations.hard_tanh", "the bounds are not passed on", blind_spot="symmetry and defaults")
def hard_tanh_ignores_its_bounds(x: Array, *, low: float, high: float) -> Jet:
    del low, high
    return hard_tanh(x)


@mutant("activations.hard_tanh", "one bound for both sides", blind_spot="symmetry and defaults")
def hard_tanh_mirrors_its_upper_bound(x: Array, *, low: float, high: float) -> Jet:
    del low
    return hard_tanh(x, low=-high, high=high)


@mutant("activations.hard_tanh", "a straight-through estimator's gradient: 1 everywhere")
def hard_tanh_passes_the_gradient_straight_through(x: Array, *, low: float, high: float) -> Jet:
    return hard_tanh(x, low=low, high=high)._replace(first=np.ones_like(x))


@mutant("activations.hard_sigmoid", "Keras 2: 0.2 x + 0.5", blind_spot="symmetry and defaults")
def hard_sigmoid_has_the_slope_of_keras(x: Array) -> Jet:
    return _line(x, 0.2, 0.5, 0, 1)


@mutant("activations.hard_sigmoid", "x / 6 + 1/2 cancels next to -3", blind_spot="tolerance")
def hard_sigmoid_cancels_at_its_lower_end(x: Array) -> Jet:
    return hard_sigmoid(x)._replace(value=np.clip(x / 6 + x.dtype.type(0.5), 0, 1))


@mutant("activations.hard_sigmoid", "relu in place of relu6")
def hard_sigmoid_has_no_upper_end(x: Array) -> Jet:
    shifted = relu(x + 3)
    return Jet(shifted.value / 6, shifted.first / 6, shifted.second)


@mutant(
    "activations.hard_sigmoid", "an integer kernel's table: 1/256 steps", blind_spot="tolerance"
)  # fmt: skip
def hard_sigmoid_is_quantized(x: Array) -> Jet:
    jet = hard_sigmoid(x)
    return jet._replace(value=np.round(jet.value * 256) / 256)


@mutant("activations.hard_swish", "x relu6(x + 3) comes first, and overflows", blind_spot="scale")
def hard_swish_overflows_before_it_divides(x: Array) -> Jet:
    y = x * np.clip(x + 3, 0, 6) / 6
    return hard_swish(x)._replace(value=np.where(np.isneginf(x), 0, y))


@mutant(
    "activations.hard_swish",
    "the gate is 0 at -inf, and 0 * inf is NaN",
    blind_spot="special values",
)
def hard_swish_multiplies_infinity_by_zero(x: Array) -> Jet:
    return hard_swish(x)._replace(value=x * (np.clip(x + 3, 0, 6) / 6))


@mutant("activations.hard_swish", "the product rule's second term is forgotten")
def hard_swish_holds_its_gate_constant(x: Array) -> Jet:
    return hard_swish(x)._replace(first=hard_sigmoid(x).value)


@mutant(
    "activations.hard_swish", "the product rule counts gate' once in y''", blind_spot="tolerance"
)
def hard_swish_halves_its_curvature(x: Array) -> Jet:
    jet = hard_swish(x)
    return jet._replace(second=jet.second / 2)


@mutant("activations.sparse_plus", "the pieces meet at 0.5 in place of 1", blind_spot="boundaries")
def sparse_plus_straightens_too_early(x: Array) -> Jet:
    jet, late = sparse_plus(x), (x >= 0.5) & (x < 1)
    return Jet(
        np.where(late, x, jet.value), np.where(late, 1, jet.first).astype(x.dtype), jet.second
    )


@mutant(
    "activations.sparse_plus", "a finite difference across the seam stands in for y''",
    blind_spot="special values",
)  # fmt: skip
def sparse_plus_overshoots_at_its_seams(x: Array) -> Jet:
    jet = sparse_plus(x)
    return jet._replace(second=np.where(np.abs(x) == 1, x.dtype.type(1), jet.second))


@mutant("activations.sparse_sigmoid", "the half is forgotten")
def sparse_sigmoid_reaches_two(x: Array) -> Jet:
    return _line(x, 1, 1, 0, 2)
