"""Initializers whose numbers depend on each other, or on something else than the seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.initializers.drawing import (
    deviation,
    misdrawn,
    normal,
    scaled,
    source,
    standard,
)
from reference.numerics import Array


@misdrawn("initializers.glorot_normal", "common slip: one row drawn and broadcast to all")
def glorot_normal_repeats_its_rows(seed: Array, weight: Array, gain: float) -> Array:
    row = standard(source(seed), weight.shape[1:])
    return scaled(np.broadcast_to(row, weight.shape), weight, gain)


@misdrawn(
    "initializers.glorot_normal",
    "antithetic numbers with random signs: magnitudes repeat, no number correlates",
    blind_spot="symmetry and defaults",
)
def glorot_normal_repeats_its_magnitudes(seed: Array, weight: Array, gain: float) -> Array:
    numbers = source(seed)
    half = np.abs(standard(numbers, (-(-weight.size // 2),)))
    twice = np.concatenate([half, half * (1 + 2.0**-20)])[: weight.size]
    signs = numbers.choice([-1.0, 1.0], weight.size)
    return scaled((signs * twice).reshape(weight.shape), weight, gain)


@misdrawn(
    "initializers.glorot_normal",
    "weight standardization left on: every output's weights are centred, their sum has no variance",
    blind_spot="tolerance",
)
def glorot_normal_centres_every_output(seed: Array, weight: Array, gain: float) -> Array:
    z = standard(source(seed), weight.shape)
    sums = np.sum(z, axis=tuple(range(1, z.ndim)), keepdims=True)
    return scaled(z - sums * len(z) / max(z.size, 1), weight, gain)


@misdrawn("initializers.glorot_normal", "common slip: a seed set inside, to be reproducible")
def glorot_normal_fixes_its_seed(seed: Array, weight: Array, gain: float) -> Array:
    del seed
    return normal(np.asarray(42), weight, deviation(weight, gain))


@misdrawn(
    "initializers.glorot_normal", "common slip: the seed kept in a byte", blind_spot="boundaries"
)
def glorot_normal_keeps_a_byte_of_the_seed(seed: Array, weight: Array, gain: float) -> Array:
    return normal(np.asarray(int(seed) % 256), weight, deviation(weight, gain))


_SHARED = np.random.default_rng(0)


@misdrawn(
    "initializers.glorot_normal",
    "common slip: numbers from a generator that everybody shares, as in A0 and A3",
    blind_spot="protocol",
)
def glorot_normal_draws_from_a_shared_generator(seed: Array, weight: Array, gain: float) -> Array:
    del seed
    return scaled(standard(_SHARED, weight.shape), weight, gain)


@misdrawn(
    "initializers.glorot_normal",
    "a vectorized loop over blocks of 16 without its remainder",
    blind_spot="boundaries",
)
def glorot_normal_leaves_the_last_block(seed: Array, weight: Array, gain: float) -> Array:
    values = normal(seed, weight, deviation(weight, gain)).reshape(-1)
    values[values.size - values.size % 16 :] = 0.0
    return values.reshape(weight.shape)


@misdrawn(
    "initializers.glorot_normal", "common slip: squeeze() after a draw", blind_spot="structure"
)
def glorot_normal_drops_axes_of_length_one(seed: Array, weight: Array, gain: float) -> Array:
    return np.squeeze(normal(seed, weight, deviation(weight, gain)))


@misdrawn(
    "initializers.glorot_normal",
    "reshape copies a weight whose axes lie in another order: the copy is filled",
    blind_spot="structure",
    on="torch",
)
def glorot_normal_fills_a_copy(seed: Any, weight: Any, gain: float) -> Any:
    from backends.torch.initializers.variance_scaling import glorot_normal

    glorot_normal(seed, weight.reshape(-1).reshape(weight.shape), gain=gain)
    return weight
