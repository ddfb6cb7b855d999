"""Wrong shrinkage."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import subgradient
from properties.mutants.mutant import mutant
from reference.activations import shrinks
from reference.numerics import Array, Jet


@mutant("activations.threshold", "x >= t: the threshold itself passes", blind_spot="boundaries")
def threshold_passes_what_equals_it(x: Array, *, threshold: float, value: float) -> Jet:
    jet = shrinks.threshold(x, threshold=threshold, value=value)
    return jet._replace(value=np.where(x == threshold, x, jet.value))


@mutant(
    "activations.threshold", "max(x, t): right where value = threshold",
    blind_spot="symmetry and defaults",
)  # fmt: skip
def threshold_returns_the_threshold(x: Array, *, threshold: float, value: float) -> Jet:
    del value
    return shrinks.threshold(x, threshold=threshold, value=threshold)


@mutant(
    "activations.threshold", "where(x > t, x, v): NaN compares false", blind_spot="special values"
)
def threshold_replaces_nan(x: Array, *, threshold: float, value: float) -> Jet:
    jet = shrinks.threshold(x, threshold=threshold, value=value)
    return jet._replace(value=np.where(x > threshold, x, x.dtype.type(value)))


@mutant("activations.soft_shrink", "the sign is not put back: max(0, |x| - t)")
def soft_shrink_drops_the_sign(x: Array, *, threshold: float) -> Jet:
    jet = shrinks.soft_shrink(x, threshold=threshold)
    return Jet(np.abs(jet.value), jet.first * np.sign(x), jet.second)


@mutant("activations.soft_shrink", "hard thresholding under the soft one's name")
def soft_shrink_does_not_pull(x: Array, *, threshold: float) -> Jet:
    return shrinks.hard_shrink(x, threshold=threshold)


@mutant(
    "activations.soft_shrink", "the threshold is not passed on", blind_spot="symmetry and defaults"
)
def soft_shrink_ignores_its_threshold(x: Array, *, threshold: float) -> Jet:
    del threshold
    return shrinks.soft_shrink(x)


@mutant(
    "activations.soft_shrink", "proximal gradient scales the threshold by the rate, t^2 for t",
    blind_spot="symmetry and defaults",
)  # fmt: skip
def soft_shrink_squares_its_threshold(x: Array, *, threshold: float) -> Jet:
    return shrinks.soft_shrink(x, threshold=threshold * threshold)


@mutant(
    "activations.soft_shrink", "relu(x - t) - relu(-x - t) by clamp: slope 1 at both kinks",
    blind_spot="special values", on="torch",
)  # fmt: skip
@subgradient("lower")
def soft_shrink_takes_the_slopes_of_clamp(x: Any, *, threshold: float) -> Any:
    return (x - threshold).clamp(min=0) - (-x - threshold).clamp(min=0)


@mutant("activations.hard_shrink", "|x| >= t: the threshold itself passes", blind_spot="boundaries")
def hard_shrink_passes_what_equals_its_threshold(x: Array, *, threshold: float) -> Jet:
    jet = shrinks.hard_shrink(x, threshold=threshold)
    return jet._replace(value=np.where(np.abs(x) == threshold, x, jet.value))


@mutant(
    "activations.hard_shrink",
    "abs() is forgotten: all negative inputs vanish",
    blind_spot="symmetry and defaults",
)
def hard_shrink_keeps_only_positive_numbers(x: Array, *, threshold: float) -> Jet:
    return shrinks.threshold(x, threshold=threshold, value=0.0)


@mutant("activations.tanh_shrink", "the difference itself cancels near 0", blind_spot="tolerance")
def tanh_shrink_cancels(x: Array) -> Jet:
    return shrinks.tanh_shrink(x)._replace(value=x - np.tanh(x))


@mutant("activations.tanh_shrink", "1 - (1 - t^2) is exactly 0 for small t", blind_spot="tolerance")
def tanh_shrink_loses_its_slope(x: Array) -> Jet:
    t = np.tanh(x)
    return shrinks.tanh_shrink(x)._replace(first=1 - (1 - t * t))


@mutant("activations.tanh_shrink", "the series is cut after x^3 / 3", blind_spot="scale")
def tanh_shrink_is_a_cubic_near_zero(x: Array) -> Jet:
    jet = shrinks.tanh_shrink(x)
    return jet._replace(value=np.where(np.abs(x) < 0.1, x * x * x / 3, jet.value))


@mutant("activations.tanh_shrink", "the second derivative of tanh, its sign forgotten")
def tanh_shrink_bends_the_wrong_way(x: Array) -> Jet:
    jet = shrinks.tanh_shrink(x)
    return jet._replace(second=-jet.second)
