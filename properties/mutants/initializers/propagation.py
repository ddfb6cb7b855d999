"""Initializers whose layers shrink or blow up what passes through them."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from properties.mutants.initializers.drawing import source, standard
from properties.mutants.mutant import mutant
from reference.fans import fans
from reference.initializers.single_fan import Mode, Slope
from reference.initializers.variance_scaling import Gain
from reference.numerics import Array

OutIn = Literal["out_in"]
Normal = Literal["normal"]


def _normal(seed: Array, weight: Array, deviation: float) -> Array:
    return (deviation * standard(source(seed), weight.shape)).astype(weight.dtype)


def _over(fan: int) -> float:
    return 1 / math.sqrt(fan) if fan else 0.0


@mutant(
    "initializers.he_normal",
    "half of what a ReLU passes is not made up for: LeCun's variance, fifty layers leave 2^-50",
)
def he_normal_forgets_what_relu_drops(
    seed: Array,
    weight: Array,
    *,
    negative_slope: Slope,
    mode: Mode,
    layout: OutIn,
    distribution: Normal,
) -> Array:
    del negative_slope, layout, distribution
    return _normal(seed, weight, _over(fans(weight.shape, "out_in")[mode == "fan_out"]))


@mutant(
    "initializers.he_normal",
    "the slope is accepted and not used: a leaky ReLU's layers blow up, 5/4 each",
    blind_spot="symmetry and defaults",
)
def he_normal_ignores_the_slope(
    seed: Array,
    weight: Array,
    *,
    negative_slope: Slope,
    mode: Mode,
    layout: OutIn,
    distribution: Normal,
) -> Array:
    del negative_slope, layout, distribution
    fan = fans(weight.shape, "out_in")[mode == "fan_out"]
    return _normal(seed, weight, math.sqrt(2) * _over(fan))


@mutant(
    "initializers.he_normal",
    "a low-rank factorization of the right variance: entries are uncorrelated, layers lose rank",
    blind_spot="structure",
)
def he_normal_has_rank_two(
    seed: Array,
    weight: Array,
    *,
    negative_slope: Slope,
    mode: Mode,
    layout: OutIn,
    distribution: Normal,
) -> Array:
    del layout, distribution
    fan = fans(weight.shape, "out_in")[mode == "fan_out"]
    numbers, rows = source(seed), len(weight)
    columns = weight.size // rows if rows else 0
    product = standard(numbers, (rows, 2)) @ standard(numbers, (2, columns)) / math.sqrt(2)
    deviation = math.sqrt(2 / (1 + negative_slope**2)) * _over(fan)
    return (deviation * product.reshape(weight.shape)).astype(weight.dtype)


@mutant(
    "initializers.he_uniform",
    "the bound of variance 1 / fan_in, sqrt(3 / fan): the factor 2 of a ReLU is forgotten",
)
def he_uniform_forgets_what_relu_drops(
    seed: Array, weight: Array, *, negative_slope: Slope, mode: Mode, layout: OutIn
) -> Array:
    del negative_slope, layout
    bound = math.sqrt(3) * _over(fans(weight.shape, "out_in")[mode == "fan_out"])
    return np.asarray(source(seed).uniform(-bound, bound, weight.shape)).astype(weight.dtype)


@mutant(
    "initializers.he_uniform",
    "numbers made positive, a bias that sums of one sign add up: signals explode",
    blind_spot="symmetry and defaults",
)
def he_uniform_is_never_negative(
    seed: Array, weight: Array, *, negative_slope: Slope, mode: Mode, layout: OutIn
) -> Array:
    del layout
    fan = fans(weight.shape, "out_in")[mode == "fan_out"]
    bound = math.sqrt(6 / (1 + negative_slope**2)) * _over(fan)
    return np.asarray(source(seed).uniform(0, bound, weight.shape)).astype(weight.dtype)


@mutant(
    "initializers.lecun_normal",
    "the derivation of SELU's fixed point with a Glorot weight on top: 2 / fan_in",
)
def lecun_normal_doubles_the_variance(
    seed: Array, weight: Array, *, layout: OutIn, distribution: Normal
) -> Array:
    del layout, distribution
    return _normal(seed, weight, math.sqrt(2) * _over(fans(weight.shape, "out_in")[0]))


@mutant(
    "initializers.lecun_uniform",
    "the bound 1 / sqrt(fan_in), as torch's Linear has it: a third of LeCun's variance",
)
def lecun_uniform_shrinks_as_torchs_linear(seed: Array, weight: Array, *, layout: OutIn) -> Array:
    del layout
    bound = _over(fans(weight.shape, "out_in")[0])
    return np.asarray(source(seed).uniform(-bound, bound, weight.shape)).astype(weight.dtype)


@mutant(
    "initializers.orthogonal",
    "normal numbers of the right variance in place of a rotation: no axis keeps its length",
    blind_spot="structure",
)
def orthogonal_draws_normal_numbers(
    seed: Array, weight: Array, *, gain: Gain, layout: OutIn
) -> Array:
    del layout
    columns = weight.size // len(weight) if len(weight) else 0
    return _normal(seed, weight, gain * _over(max(len(weight), columns)))


@mutant(
    "initializers.orthogonal",
    "the gain is taken for a factor on the variance",
    blind_spot="symmetry and defaults",
)
def orthogonal_takes_the_root_of_its_gain(
    seed: Array, weight: Array, *, gain: Gain, layout: OutIn
) -> Array:
    del layout
    rows = len(weight)
    columns = weight.size // rows if rows else 0
    if not weight.size:
        return np.zeros_like(weight)
    tall = standard(source(seed), (max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
    q = q if rows >= columns else q.T
    return (math.sqrt(gain) * q.reshape(weight.shape)).astype(weight.dtype)


@mutant(
    "initializers.glorot_uniform",
    "sqrt(3 / (fan_in + fan_out)): half the variance, fifty layers leave 2^-50",
)
def glorot_uniform_halves_the_variance(
    seed: Array, weight: Array, *, gain: Gain, layout: OutIn
) -> Array:
    del layout
    both = sum(fans(weight.shape, "out_in"))
    bound = gain * math.sqrt(3) * _over(both)
    return np.asarray(source(seed).uniform(-bound, bound, weight.shape)).astype(weight.dtype)
