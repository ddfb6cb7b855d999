"""Starts: how a layer's parameter begins: at zero, drawn number by number, or orthogonal."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from reference.distributions import NORMAL, UNIFORM, Distribution, truncated_normal
from reference.numerics import Array

TRUNCATED = truncated_normal(2.0)


class Start(NamedTuple):
    """How a parameter starts: `deviation` times numbers of the distribution; 0 is zero everywhere.

    A parameter of several `parts` (gates; query, key and value) holds them side by side along
    `axis`. If `orthogonal`, each part is an orthogonal matrix, all of them equally probable.
    """

    values: Array
    distribution: Distribution
    deviation: float
    parts: int = 1
    axis: int = 0
    orthogonal: bool = False


def at_zero(weight: Array) -> Start:
    """Zero everywhere."""
    return Start(np.zeros_like(weight), UNIFORM, 0.0)


def uniform(
    seed: Array, weight: Array, fan: int, *, parts: int = 1, axis: int = 0, square: float = 1.0
) -> Start:
    """Uniform between -b and b, b^2 = square / fan; zero where nothing enters (fan = 0)."""
    deviation = math.sqrt(square / (3 * fan)) if fan else 0.0
    return _drawn(seed, weight, UNIFORM, deviation, parts, axis)


def lecun_normal(seed: Array, weight: Array, fan: int, *, parts: int = 1, axis: int = 0) -> Start:
    """Normal, truncated at two standard deviations, of variance 1 / fan after truncation."""
    return _drawn(seed, weight, TRUNCATED, _over_root(fan), parts, axis)


def normal(seed: Array, weight: Array, fan: int = 1) -> Start:
    """Normal of variance 1 / fan."""
    return _drawn(seed, weight, NORMAL, _over_root(fan), 1, 0)


def orthogonal(seed: Array, weight: Array, *, parts: int, axis: int) -> Start:
    """Each part Q of Z = Q R with R's diagonal positive, Z normal: Haar's measure (Mezzadri 2007).

    A number of an orthogonal matrix of n rows has variance 1 / n; that is the `deviation`.
    """
    source, size = np.random.default_rng(int(seed)), min(weight.shape)
    found = []
    for _ in range(parts):
        q, r = np.linalg.qr(source.standard_normal((size, size)))
        found.append(q * np.where(np.diagonal(r) < 0, -1.0, 1.0))
    values = np.concatenate(found, axis=axis).astype(weight.dtype)
    return Start(values, NORMAL, _over_root(size), parts, axis, orthogonal=True)


def _over_root(fan: int) -> float:
    return 1 / math.sqrt(fan) if fan else 0.0


def _drawn(
    seed: Array, weight: Array, distribution: Distribution, deviation: float, parts: int, axis: int
) -> Start:
    values = deviation * distribution.draw(np.random.default_rng(int(seed)), weight.shape)
    return Start(values.astype(weight.dtype), distribution, deviation, parts, axis)
