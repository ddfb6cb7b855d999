"""Identity, dirac and sparse weights with ones and zeros at wrong places."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from properties.mutants.initializers.drawing import misfilled, source, standard
from reference.numerics import Array

_OUT = {"layout": Literal["out_in"], "centre": Literal["upper"]}


@misfilled(
    "initializers.identity",
    "common slip: ones on the diagonal that runs the other way",
    blind_spot="structure",
)
def identity_is_mirrored(seed: Any, weight: Any, p: Any) -> Any:
    del seed, p
    return np.eye(*weight.shape)[:, ::-1].astype(weight.dtype)


@misfilled(
    "initializers.identity",
    "IRNN for rectangular matrices by tiling: every input counted again",
    blind_spot="structure",
)
def identity_repeats_itself(seed: Any, weight: Any, p: Any) -> Any:
    del seed, p
    rows, columns = np.indices(weight.shape)
    least = max(min(weight.shape), 1)
    return (rows % least == columns % least).astype(weight.dtype)


def _dirac(weight: Array, groups: int, middle: tuple[int, ...]) -> Array:
    values = np.zeros_like(weight)
    if not weight.size:
        return values
    each = len(weight) // groups
    for output in range(len(weight)):
        if output % each < weight.shape[1]:
            values[output, output % each, *middle] = 1
    return values


@misfilled(
    "initializers.dirac",
    "torch before 1.7: groups not known, only the first group's channels are kept",
    offers=_OUT | {"groups": Literal[2, 3]},
    blind_spot="structure",
)
def dirac_ignores_its_groups(seed: Any, weight: Any, p: Any) -> Any:
    del seed, p
    return _dirac(weight, 1, tuple(k // 2 for k in weight.shape[2:]))


@misfilled(
    "initializers.dirac",
    "the lower middle of an even kernel, (k - 1) // 2, as JAX's delta_orthogonal has it",
    offers=_OUT,
    blind_spot="boundaries",
)
def dirac_takes_the_lower_middle(seed: Any, weight: Any, p: Any) -> Any:
    del seed
    return _dirac(weight, p.groups, tuple((k - 1) // 2 for k in weight.shape[2:]))


@misfilled(
    "initializers.dirac",
    "common slip: the kernel's corner, a convolution that shifts",
    offers=_OUT,
    blind_spot="structure",
)
def dirac_fills_the_corner(seed: Any, weight: Any, p: Any) -> Any:
    del seed
    return _dirac(weight, p.groups, (0,) * (weight.ndim - 2))


@misfilled(
    "initializers.dirac",
    "common slip: every position of the kernel, a moving sum",
    offers=_OUT | {"groups": Literal[1]},
    blind_spot="structure",
)
def dirac_fills_the_whole_kernel(seed: Any, weight: Any, p: Any) -> Any:
    del seed, p
    values = np.zeros_like(weight)
    for channel in range(min(weight.shape[:2])):
        values[channel, channel] = 1
    return values


def _sparse(seed: Any, weight: Array, p: Any, places: Array) -> Array:
    """Normal numbers, with zeros where the place in the column's order is below the count."""
    values = p.std * standard(source(seed), weight.shape)
    values[places < math.ceil(p.sparsity * len(weight))] = 0.0
    return values.astype(weight.dtype)


def _shuffled(seed: Any, shape: tuple[int, ...], axis: int) -> Array:
    order = np.arange(shape[axis])
    tiled = np.broadcast_to(order[:, None] if axis == 0 else order, shape)
    return source(int(seed) + 2**31).permuted(tiled, axis=axis)


@misfilled(
    "initializers.sparse",
    "Martens limits the inputs of a unit, a row of torch's weights: zeros counted along rows",
    blind_spot="structure",
)
def sparse_thins_out_rows(seed: Any, weight: Any, p: Any) -> Any:
    places = _shuffled(seed, weight.shape, 1) * len(weight) / max(weight.shape[1], 1)
    return _sparse(seed, weight, p, places)


@misfilled(
    "initializers.sparse",
    "a mask of independent zeros, as in dropout: their number varies",
)
def sparse_tosses_a_coin_for_each(seed: Any, weight: Any, p: Any) -> Any:
    return _sparse(seed, weight, p, len(weight) * source(int(seed) + 7).random(weight.shape))


@misfilled(
    "initializers.sparse",
    "common slip: rounded down, one zero too few",
    blind_spot="boundaries",
)
def sparse_rounds_down(seed: Any, weight: Any, p: Any) -> Any:
    p.sparsity = max(math.ceil(p.sparsity * len(weight)) - 1, 0) / max(len(weight), 1)
    return _sparse(seed, weight, p, _shuffled(seed, weight.shape, 0))


@misfilled(
    "initializers.sparse",
    "one permutation for all columns: whole rows are zero",
    blind_spot="structure",
)
def sparse_thins_all_columns_alike(seed: Any, weight: Any, p: Any) -> Any:
    places = source(int(seed) + 7).permutation(len(weight))[:, None]
    return _sparse(seed, weight, p, np.broadcast_to(places, weight.shape))


@misfilled(
    "initializers.sparse",
    "common slip: the permutation forgotten, the first rows are zero",
    blind_spot="structure",
)
def sparse_begins_with_zeros(seed: Any, weight: Any, p: Any) -> Any:
    places = np.broadcast_to(np.arange(len(weight))[:, None], weight.shape)
    return _sparse(seed, weight, p, places)


@misfilled(
    "initializers.sparse",
    "a random offset in place of a permutation: the zeros of a column lie in one block",
    blind_spot="structure",
)
def sparse_has_zeros_in_blocks(seed: Any, weight: Any, p: Any) -> Any:
    rows = np.arange(len(weight))[:, None]
    offset = source(int(seed) + 7).integers(0, max(len(weight), 1), weight.shape[1])
    return _sparse(seed, weight, p, (rows + offset) % max(len(weight), 1))


@misfilled(
    "initializers.sparse",
    "the places of the zeros from a seed set inside: all layers have the same mask",
    blind_spot="protocol",
)
def sparse_has_one_mask_for_all(seed: Any, weight: Any, p: Any) -> Any:
    return _sparse(seed, weight, p, _shuffled(42, weight.shape, 0))


@misfilled(
    "initializers.sparse",
    "scaled as dropout does, by 1 / sqrt(1 - p), to keep the variance of the whole",
    blind_spot="symmetry and defaults",
)
def sparse_makes_up_for_its_zeros(seed: Any, weight: Any, p: Any) -> Any:
    kept = _sparse(seed, weight, p, _shuffled(seed, weight.shape, 0))
    return (kept / np.sqrt(1 - p.sparsity)).astype(weight.dtype)
