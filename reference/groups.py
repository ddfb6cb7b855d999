"""Groups of numbers that are normalized together: which they are, their moments, the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from reference.numerics import Array
from reference.stored import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Grouping: TypeAlias = "Callable[[tuple[int, ...], int, Mapping[str, Any]], Groups]"
"""From the shape of an array, the number of axes of its weight, and the hyper-parameters."""


@dataclass(frozen=True)
class Groups:
    """One group a row: `places` holds where its numbers stand in the flattened array."""

    places: Array

    @property
    def count(self) -> int:
        """How many numbers a group has."""
        return int(self.places.shape[1])

    def rows(self, x: Array) -> Array:
        """The numbers of an array, one group a row."""
        return x.reshape(-1)[self.places]

    def array(self, rows: Array, like: Array) -> Array:
        """Rows (or one number for each of them) put back to where they stand in an array."""
        every = np.broadcast_to(rows, self.places.shape).reshape(-1)
        return every[np.argsort(self.places, axis=None)].reshape(like.shape)


def over_batch(shape: tuple[int, ...], rank: int, known: Mapping[str, Any]) -> Groups:
    """One group for each feature, which is the second axis: over samples and places."""
    del rank, known
    places = np.arange(math.prod(shape)).reshape(shape)
    return Groups(np.moveaxis(places, 1, 0).reshape(shape[1], -1))


def over_features(shape: tuple[int, ...], rank: int, known: Mapping[str, Any]) -> Groups:
    """One group for each sample (and time): over the last axes, as many as the weight has."""
    del known
    return Groups(np.arange(math.prod(shape)).reshape(-1, math.prod(shape[len(shape) - rank :])))


def over_places(shape: tuple[int, ...], rank: int, known: Mapping[str, Any]) -> Groups:
    """One group for each feature of each sample: over its places."""
    del rank, known
    return Groups(np.arange(math.prod(shape)).reshape(shape[0] * shape[1], -1))


def over_some_features(shape: tuple[int, ...], rank: int, known: Mapping[str, Any]) -> Groups:
    """As many groups for each sample as `groups` says: over neighbouring features and places."""
    del rank
    return Groups(np.arange(math.prod(shape)).reshape(shape[0] * known["groups"], -1))


def over_outputs(shape: tuple[int, ...], rank: int, known: Mapping[str, Any]) -> Groups:
    """One group for each output, which is the first axis: of all weights that enter it."""
    del rank, known
    return Groups(np.arange(math.prod(shape)).reshape(shape[0], -1))


def second(values: Any, x: Array) -> Array:
    """One number for each feature, lined up with the second axis of x."""
    return np.reshape(values, (1, -1, *(1,) * (x.ndim - 2)))


def last(values: Any, x: Array) -> Array:
    """One number for each place of the last axes of x, as many as the values have: as it is."""
    del x
    return values


def moments(rows: Array) -> tuple[Array, Array, Array]:
    """Mean, biased variance and the centered numbers of every row.

    Corrected two-pass algorithm (Chan, Golub, LeVeque 1983): the mean of what is left after
    subtracting the rounded mean is subtracted too, so a mean far from 0 costs no digits.
    """
    rough = np.mean(rows, axis=1, keepdims=True)
    rest = np.mean(rows - rough, axis=1, keepdims=True)
    centered = rows - rough - rest
    return rough + rest, np.mean(centered * centered, axis=1, keepdims=True), centered


def summed(terms: Array, axes: Any) -> Array:
    """A sum that an implementation rounds once for every term."""
    total = np.sum(terms, axis=axes)
    count = terms.size // max(total.size, 1)
    return stored(total, count, of=np.sum(np.abs(terms), axis=axes))


@dataclass(frozen=True)
class Standardized:
    """Rows from which a level was taken, divided by a size: s = 1 / sqrt(size^2 + eps).

    Of n numbers, an implementation sums n times and rounds six times more on its way: subtraction
    and product 1 each, root and quotient halved in s, squares and eps. What the rounded mean moves
    is in units of s mean|x|.
    """

    groups: Groups
    level: Array
    square: Array
    scale: Array
    rows: Array

    def array(self, like: Array) -> Array:
        """The standardized numbers, as an array like x."""
        x = self.groups.rows(like)
        size = abs(self.rows) + abs(self.scale) * np.mean(abs(x), axis=1, keepdims=True)
        return self.groups.array(stored(self.rows, self.groups.count + 6, of=size), like)

    def pulled(self, cotangents: Array, normalized: Array, *, centered: bool = True) -> Array:
        """s (c - mean(c) - x^ mean(c x^)): how gradients pass through level and size.

        The first mean only where a level was taken. Each of the three terms may be rounded.
        """
        c, y = self.groups.rows(cotangents), self.groups.rows(normalized)
        along = y * _mean(c * y)
        moved = c - _mean(c) if centered else c
        moved = stored(moved, 2, of=abs(moved) + abs(along)) - stored(along, 2)
        moved = stored(self.scale * moved, self.groups.count + 6)
        return self.groups.array(moved, cotangents)


def _mean(rows: Array) -> Array:
    count = rows.shape[1]
    level = np.mean(rows, axis=1, keepdims=True)
    return stored(level, count + 1, of=np.mean(np.abs(rows), axis=1, keepdims=True))


def standardized(x: Array, groups: Groups, eps: Any, *, centered: bool = True) -> Standardized:
    """Every group with its mean subtracted and its deviation divided out.

    Where it is not `centered`, its root mean square divided out.
    """
    rows = groups.rows(x)
    if centered:
        level, square, rows = moments(rows)
    else:
        level = np.zeros_like(rows[:, :1])
        square = np.mean(rows * rows, axis=1, keepdims=True)
    scale = 1 / np.sqrt(square + x.dtype.type(eps))
    return Standardized(groups, level, square, scale, rows * scale)
