"""Trials of weights with a structure: constants, orthonormal matrices, sparse columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from properties.initializers.samples import Chances, Draws, Numbers

if TYPE_CHECKING:
    from reference.numerics import Array
    from reference.structures import Orthonormal, Thinned

SEEDS = 256
"""How many small matrices the Haar measure is judged by."""


@dataclass(frozen=True)
class Fixed(Draws):
    """Weights that no chance enters: the same for every seed."""

    def truth(self, shape: tuple[int, ...]) -> Array:
        """The reference's weight, in float64."""
        found: Array = super().truth(shape)
        return found


@dataclass(frozen=True)
class Rotations(Chances):
    """Weights that hold one random matrix with orthonormal rows or columns."""

    def truth(self, shape: tuple[int, ...]) -> Orthonormal:
        """The gain, and how the matrix lies in a weight of this shape."""
        found: Orthonormal = super().truth(shape)
        return found

    def matrices(self, count: int, shape: tuple[int, ...]) -> Array:
        """The matrices of weights from consecutive seeds over their gain, (count, out, in)."""
        truth = self.truth(shape)
        weights = self.draws(count, shape).astype(np.float64)
        return np.stack([truth.matrix(w) for w in weights]) / truth.gain

    def roundoff(self, matrix: Array) -> float:
        """How far a computed Q may be off in the entries of Q'Q, for a matrix of this shape.

        Householder's reflections are n products with vectors of m numbers: each column of Q is off
        by 6 n m u at most (Higham 2002, theorem 19.4 with the constants of lemmas 19.1 to 19.3),
        in float32 for the 16-bit formats, and an entry of Q'Q by twice that. The gain and every
        number are rounded: 2 (inputs + 1) u more, as the rows of Q have the length 1.
        """
        u = self.subject.form.unit_roundoff
        rounded = 2 * (self.subject.technique.accuracy.inputs + 1) * u
        return 12 * matrix.shape[-2] * matrix.shape[-1] * min(u, 2.0**-24) + rounded

    @property
    def small_matrices(self) -> list[tuple[tuple[int, ...], Array]]:
        """SEEDS matrices each of the small shapes with more than one entry a side."""

        def drawn() -> list[tuple[tuple[int, ...], Array]]:
            wide = [s for s in self.plan.small if min(s[-2:]) > 1]
            return [(s, self.matrices(SEEDS, s)) for s in wide]

        return self.once("small matrices", drawn)


@dataclass(frozen=True)
class Sparse(Numbers):
    """Weights with zeros at random places of each column, and drawn numbers elsewhere."""

    def thinned(self, shape: tuple[int, ...]) -> Thinned:
        """How many zeros a column of a weight of this shape has."""
        found: Thinned = super(Numbers, self).truth(shape)
        return found

    def entries(self, weights: Array) -> Array:
        """The numbers that are not 0."""
        return weights[weights != 0]

    @property
    def holes(self) -> Array:
        """Where the weights of consecutive seeds are 0, (draws, rows, columns)."""
        return self.once("holes", lambda: self.draws(4, self.plan.shape) == 0)
