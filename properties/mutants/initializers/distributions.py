"""Initializers that draw from a wrong distribution."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.special import ndtri

from properties.mutants.initializers.drawing import (
    deviation,
    misdrawn,
    normal,
    scaled,
    source,
    standard,
)
from reference.numerics import Array

Truncated = Literal["truncated_normal"]


def _uniform(seed: Array, shape: tuple[int, ...]) -> Array:
    return np.asarray(source(seed).random(shape))


@misdrawn("initializers.glorot_normal", "glorot_uniform in its place: equal mean and variance")
def glorot_normal_draws_uniform_numbers(seed: Array, weight: Array, gain: float) -> Array:
    return scaled(math.sqrt(3) * (2 * _uniform(seed, weight.shape) - 1), weight, gain)


@misdrawn(
    "initializers.glorot_normal",
    "the old recipe for normal numbers, twelve uniform ones less 6: variance 1, tails too thin",
    blind_spot="tolerance",
)
def glorot_normal_adds_up_twelve_uniform_numbers(seed: Array, weight: Array, gain: float) -> Array:
    return scaled(np.sum(_uniform(seed, (12, *weight.shape)), axis=0) - 6, weight, gain)


def _truncated(seed: Array, weight: Array, low: float = -2.0) -> Array:
    numbers = source(seed)
    z = standard(numbers, weight.shape)
    while np.any(outside := (z < low) | (z > 2.0)):
        z[outside] = standard(numbers, (int(np.count_nonzero(outside)),))
    return z


@misdrawn(
    "initializers.glorot_normal",
    "common slip: truncated at two standard deviations, the variance not corrected",
    distribution=Truncated,
)
def glorot_normal_truncates_and_does_not_rescale(seed: Array, weight: Array, gain: float) -> Array:
    return scaled(_truncated(seed, weight), weight, gain)


@misdrawn(
    "initializers.glorot_normal",
    "common slip: the whole normal distribution where the truncated one is asked for",
    distribution=Truncated,
)
def glorot_normal_does_not_truncate(seed: Array, weight: Array, gain: float) -> Array:
    return normal(seed, weight, deviation(weight, gain))


@misdrawn(
    "initializers.glorot_normal",
    "common slip: `z > 2` is drawn again where `abs(z) > 2` was meant",
    blind_spot="symmetry and defaults",
    distribution=Truncated,
)
def glorot_normal_truncates_one_side(seed: Array, weight: Array, gain: float) -> Array:
    return scaled(_truncated(seed, weight, low=-math.inf) / 0.8796, weight, gain)


@misdrawn(
    "initializers.glorot_normal",
    "clipping in place of drawing again: the tails pile up at the bounds",
    blind_spot="boundaries",
    distribution=Truncated,
)
def glorot_normal_clips_to_its_bounds(seed: Array, weight: Array, gain: float) -> Array:
    z = np.clip(standard(source(seed), weight.shape), -2.0, 2.0)
    return scaled(z / 0.8796, weight, gain)


@misdrawn(
    "initializers.glorot_normal",
    "random numbers of 16 bits in float32: moments and distribution in order, 65536 values",
    blind_spot="tolerance",
)
def glorot_normal_draws_from_sixteen_bits(seed: Array, weight: Array, gain: float) -> Array:
    uniform = (np.floor(2**16 * _uniform(seed, weight.shape)) + 0.5) / 2**16
    return scaled(ndtri(uniform), weight, gain)


@misdrawn(
    "initializers.glorot_normal",
    "https://github.com/pytorch/pytorch/issues/166853: Box and Muller's transform of bfloat16 "
    "numbers, no number beyond 3.4 standard deviations",
    blind_spot="tolerance",
    dtypes=("bfloat16",),
)
def glorot_normal_transforms_coarse_uniforms(seed: Array, weight: Array, gain: float) -> Array:
    radius, turn = np.ceil(256 * _uniform(seed, (2, *weight.shape))) / 256
    return scaled(np.sqrt(-2 * np.log(radius)) * np.cos(2 * math.pi * turn), weight, gain)
