"""Weights whose numbers depend on each other: orthonormal matrices, and columns thinned out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from reference.distributions import Distribution
from reference.numerics import Array

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.fans import Layout

Centre: TypeAlias = Literal["lower", "upper"]
"""Which of an even kernel's two middles: index (k - 1) // 2 or k // 2. Odd kernels have one."""

_LEAST_AXES, _MOST_AXES = 3, 5


class Orthonormal(NamedTuple):
    """A weight that holds `gain` times a random matrix with orthonormal rows or columns.

    `matrix` takes a weight's array and returns the matrix in it, outputs by inputs; what it leaves
    out is zero.
    """

    values: Array
    gain: float
    matrix: Callable[[Array], Array]


class Thinned(NamedTuple):
    """A matrix with `zeros` zeros at random places of each column, elsewhere numbers as `Drawn`."""

    values: Array
    zeros: int
    distribution: Distribution
    deviation: float
    mean: float = 0.0


DRAWINGS = (Orthonormal, Thinned)


def haar(source: np.random.Generator, rows: int, columns: int) -> Array:
    """A matrix with orthonormal rows (or columns, if these are fewer), from the Haar measure.

    The Q of a matrix of normal numbers, its columns multiplied by the signs of R's diagonal: with a
    positive diagonal the factorization is unique, so a rotation of the normal matrix, which leaves
    its distribution as it is, rotates Q. Without the signs, Q follows the convention of the
    factorization: LAPACK's first entry is never positive.
    """
    tall = source.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return q if rows >= columns else q.T


def outputs_by_inputs(weight: Array, layout: Layout) -> Array:
    """A view of a weight as a matrix: one row for each output, its inputs and kernel in a row."""
    if layout == "out_in":
        return weight.reshape(len(weight), math.prod(weight.shape[1:]))
    return weight.reshape(math.prod(weight.shape[:-1]), weight.shape[-1]).T


def at_the_centre(weight: Array, layout: Layout, centre: Centre) -> Array:
    """A view of the middle of a kernel: outputs by inputs. Even kernels have two middles."""
    kernel = weight.shape[2:] if layout == "out_in" else weight.shape[:-2]
    middle = tuple((k - (centre == "lower")) // 2 for k in kernel)
    return weight[:, :, *middle] if layout == "out_in" else weight[middle].T


def three_to_five_axes(weight: Array) -> None:
    """Refuse a weight that is no kernel of a convolution in one to three dimensions."""
    if not _LEAST_AXES <= weight.ndim <= _MOST_AXES:
        message = f"a kernel has 3 to 5 axes; a weight of shape {weight.shape} has {weight.ndim}"
        raise ValueError(message)
