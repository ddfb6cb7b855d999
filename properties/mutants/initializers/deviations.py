"""Initializers with a wrong standard deviation."""

from __future__ import annotations

import math
from typing import Literal

from properties.mutants.initializers.drawing import deviation, misdrawn, normal
from reference.fans import fans
from reference.numerics import Array


@misdrawn(
    "initializers.glorot_normal",
    "A0 4.1 divides by the sum of the shape twice, sqrt(2 / (sum(shape) + sum(shape)))",
    blind_spot="structure",
)
def glorot_normal_sums_the_shape_twice(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, gain * math.sqrt(2 / (sum(weight.shape) + sum(weight.shape))))


@misdrawn(
    "initializers.glorot_normal",
    "A0 4.1 with fans in place of the shape's sum: half the variance",
    blind_spot="symmetry and defaults",
)
def glorot_normal_sums_the_fans_twice(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, deviation(weight, gain) / math.sqrt(2))


@misdrawn(
    "initializers.glorot_normal",
    "A3 4.2 multiplies the standard deviation by another std=0.01",
    blind_spot="symmetry and defaults",
)
def glorot_normal_shrinks_by_a_hundred(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, 0.01 * deviation(weight, gain))


@misdrawn("initializers.glorot_normal", "LeCun's rule, 1 / fan_in", blind_spot="structure")
def glorot_normal_counts_inputs_only(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, gain / math.sqrt(fans(weight.shape, "out_in")[0]))


@misdrawn(
    "initializers.glorot_normal",
    "A0 3.1.2 prints sqrt(2 / (n_i + n_o)) * sqrt(2) as He's: Glorot's with He's factor on top",
    blind_spot="symmetry and defaults",
)
def glorot_normal_takes_the_factor_of_he(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, math.sqrt(2) * deviation(weight, gain))


@misdrawn(
    "initializers.glorot_normal",
    "common slip: the variance is handed over where a standard deviation is due",
)
def glorot_normal_passes_the_variance_as_deviation(
    seed: Array, weight: Array, gain: float
) -> Array:
    return normal(seed, weight, deviation(weight, gain) ** 2)


@misdrawn(
    "initializers.glorot_normal",
    "common slip: fans read off the first two axes, the kernel's positions not counted",
    blind_spot="structure",
)
def glorot_normal_forgets_the_kernel(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, gain * math.sqrt(2 / (weight.shape[0] + weight.shape[1])))


@misdrawn(
    "initializers.glorot_normal",
    "porting torch's fans to flax's (*kernel, in, out): kernel and channels change places",
    blind_spot="structure",
    layout=Literal["in_out"],
)
def glorot_normal_reads_flax_axes_as_torch(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, deviation(weight, gain))


@misdrawn(
    "initializers.glorot_normal",
    "common slip: an argument that is accepted and not used",
    blind_spot="symmetry and defaults",
)
def glorot_normal_ignores_the_gain(seed: Array, weight: Array, gain: float) -> Array:
    del gain
    return normal(seed, weight, deviation(weight, 1.0))


@misdrawn(
    "initializers.glorot_normal",
    "confusion with JAX's variance_scaling, whose scale multiplies the variance",
    blind_spot="symmetry and defaults",
)
def glorot_normal_scales_the_variance_by_the_gain(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, deviation(weight, math.sqrt(gain)))


@misdrawn(
    "initializers.glorot_normal",
    "the smallest error that the laws promise to find: a standard deviation 1 % too large",
    blind_spot="tolerance",
    dtypes=("float64", "float32", "bfloat16", "float16"),
)
def glorot_normal_is_one_percent_too_wide(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, 1.01 * deviation(weight, gain))


@misdrawn(
    "initializers.glorot_normal",
    "the smallest error that the laws promise to find: a standard deviation 1 % too small",
    blind_spot="tolerance",
    dtypes=("float64", "float32", "bfloat16", "float16"),
)
def glorot_normal_is_one_percent_too_narrow(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, 0.99 * deviation(weight, gain))
