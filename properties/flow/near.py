"""Numbers that know how far off an implementation may be: Wilkinson's running error analysis.

Every operation rounds its result, and a sum or difference may round its operands once more; sums of
n terms round every partial sum, in any order. Errors are carried on to the first order, by the
magnitudes of what they are multiplied by. The layers of `reference/flow/layers.py` take these
numbers as they take arrays, so that the bound of a layer is derived by running it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from reference.flow.layers import Smooth
    from reference.numerics import Array


@dataclass(frozen=True)
class Rounding:
    """Unit roundoff, what a product may lose below the normal numbers, and the largest number."""

    u: float
    lost: float
    largest: float

    def sums(self, magnitudes: Array, parts: float) -> Array:
        """Roundings of sums: any error where a partial sum may overflow."""
        return np.where(magnitudes < self.largest / 2, parts * self.u * magnitudes, np.inf)


@dataclass(frozen=True, eq=False)
class Near:
    """Values in higher precision, and how far off each may be."""

    value: Array
    error: Array
    by: Rounding

    __array_ufunc__ = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the values."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    @property
    def dtype(self) -> Any:
        """Of the values."""
        return self.value.dtype

    @property
    def T(self) -> Near:  # noqa: N802 - as arrays call it
        """With its axes reversed."""
        return Near(self.value.T, self.error.T, self.by)

    def __getitem__(self, at: Any) -> Near:
        return Near(self.value[at], self.error[at], self.by)

    def swapaxes(self, a: int, b: int) -> Near:
        """With two axes swapped."""
        return Near(self.value.swapaxes(a, b), self.error.swapaxes(a, b), self.by)

    def reshape(self, shape: tuple[int, ...]) -> Near:
        """In another shape."""
        return Near(self.value.reshape(shape), self.error.reshape(shape), self.by)

    def beside(self, other: Any) -> Near:
        """Features of both."""
        other = self._near(other)
        parts = ((self.value, other.value), (self.error, other.error))
        value, error = (np.concatenate(p, axis=-1) for p in parts)
        return Near(value, error, self.by)

    def _near(self, other: Any) -> Near:
        if isinstance(other, Near):
            return other
        other = np.asarray(other)
        return Near(other, np.zeros(other.shape), self.by)

    def __add__(self, other: Any) -> Near:
        other = self._near(other)
        rounds = self.by.sums(_size(self.value) + _size(other.value), 2)
        return Near(self.value + other.value, self.error + other.error + rounds, self.by)

    __radd__ = __add__

    def __neg__(self) -> Near:
        return Near(-self.value, self.error, self.by)

    def __sub__(self, other: Any) -> Near:
        return self + (-self._near(other))

    def __rsub__(self, other: Any) -> Near:
        return self._near(other) + (-self)

    def __mul__(self, other: Any) -> Near:
        other = self._near(other)
        value = self.value * other.value
        error = _size(self.value) * other.error + self.error * (_size(other.value) + other.error)
        return Near(value, error + self.by.u * _size(value) + self.by.lost, self.by)

    __rmul__ = __mul__

    def __pow__(self, power: float) -> Near:
        """Of positive numbers, to powers between -1 and 1; the library may take three roundings."""
        value = self.value**power
        part = abs(power) * self.error / _size(self.value) + 3 * self.by.u
        return Near(value, _size(value) * part, self.by)

    def __matmul__(self, other: Any) -> Near:
        return _product(self, self._near(other))

    def __rmatmul__(self, other: Any) -> Near:
        return _product(self._near(other), self)

    def sum(self, axis: int) -> Near:
        """Along an axis."""
        terms = self.value.shape[axis]
        rounds = self.by.sums(_size(self.value).sum(axis=axis), terms)
        return Near(self.value.sum(axis=axis), self.error.sum(axis=axis) + rounds, self.by)

    def mean(self, axis: Any, *, keepdims: bool = False) -> Near:
        """Along axes."""
        terms = math.prod(self.shape[a] for a in axis)
        rounds = (terms + 2) * self.by.u * _size(self.value).mean(axis=axis, keepdims=keepdims)
        error = self.error.mean(axis=axis, keepdims=keepdims)
        return Near(self.value.mean(axis=axis, keepdims=keepdims), error + rounds, self.by)

    def variance(self, axes: tuple[int, ...]) -> Near:
        """Centred first; or, as flax does by default, E z^2 - (E z)^2, which cancels."""
        mean = self.value.mean(axis=axes, keepdims=True)
        centred = _size(self.value - mean)
        squares = _size(self.value**2).mean(axis=axes, keepdims=True)
        terms = math.prod(self.shape[a] for a in axes)
        error = 2 * (centred * (self.error + self.error.mean(axis=axes, keepdims=True))).mean(
            axis=axes, keepdims=True
        )
        value = ((self.value - mean) ** 2).mean(axis=axes, keepdims=True)
        return Near(value, error + 2 * (terms + 3) * self.by.u * squares, self.by)

    def through(self, phi: Smooth) -> tuple[Near, Near]:
        """An activation and its slope: formed from the output, so off by a few u."""
        value = np.asarray(phi.value(self.value), self.value.dtype)
        slope = np.asarray(phi.slope(self.value), self.value.dtype)
        rounds = phi.ulps * self.by.u
        error = phi.steepest * self.error + rounds * _size(value) + bool(phi.ulps) * self.by.lost
        off = phi.bend * self.error + 2 * (rounds + 2 * self.by.u * bool(phi.ulps))
        if phi.kink:
            off = np.where(_size(self.value) <= self.error, 1.0, 0.0)
        off = np.where(np.isfinite(self.value), off, np.inf)
        return Near(value, error, self.by), Near(slope, off, self.by)


def exactly(x: Array, by: Rounding) -> Near:
    """Numbers that an implementation has as they are."""
    return Near(x, np.zeros(x.shape), by)


def _size(x: Array) -> Array:
    return np.abs(x.astype(np.float64))


def _product(a: Near, b: Near) -> Near:
    x, y = _size(a.value), _size(b.value)
    terms = a.shape[-1]
    error = x @ b.error + a.error @ (y + b.error)
    rounds = a.by.sums(x @ y, terms + 1) + (terms + 1) * a.by.lost
    return Near(a.value @ b.value, error + rounds, a.by)
