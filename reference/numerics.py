"""Floating point formats, units in the last place, and what a reference may return."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import ml_dtypes
import numpy as np

from reference.trees import mapped

if TYPE_CHECKING:
    from collections.abc import Callable

Array: TypeAlias = np.ndarray[Any, Any]


class Jet(NamedTuple):
    """An elementwise function at x: its value, first and second derivative, each shaped like x."""

    value: Array
    first: Array
    second: Array


class Linearized(NamedTuple):
    """A function of several arrays at a point: its outputs, and its vector-Jacobian product.

    `pullback(cotangents)` takes a tree shaped like `outputs` and returns one gradient for every
    floating point input, in the order of the inputs.
    """

    outputs: Any
    pullback: Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Format:
    """A binary floating point format: `precision` counts the hidden bit (IEEE 754, table 3.5)."""

    name: str
    dtype: np.dtype[Any]
    bits: int
    precision: int
    min_exponent: int

    @property
    def unit_roundoff(self) -> float:
        """Largest relative error of one rounding to nearest: 2^-precision."""
        return math.ldexp(1.0, -self.precision)

    @property
    def tiny(self) -> float:
        """Smallest positive normal number."""
        return math.ldexp(1.0, self.min_exponent)

    @property
    def smallest(self) -> float:
        """Smallest positive subnormal number."""
        return math.ldexp(1.0, self.min_exponent - self.precision + 1)

    @property
    def largest(self) -> float:
        """Largest finite number."""
        return math.ldexp(2.0 - math.ldexp(1.0, 1 - self.precision), 1 - self.min_exponent)

    @property
    def pattern(self) -> np.dtype[Any]:
        """The unsigned integer type of the same width."""
        return np.dtype(f"uint{self.bits}")


FORMATS = {
    f.name: f
    for f in (
        Format("float64", np.dtype(np.float64), 64, 53, -1022),
        Format("float32", np.dtype(np.float32), 32, 24, -126),
        Format("bfloat16", np.dtype(ml_dtypes.bfloat16), 16, 8, -126),
        Format("float16", np.dtype(np.float16), 16, 11, -14),
    )
}

# What elementary functions cost, in ulps: the bounds that the OpenCL 3.0 specification, section
# 7.4 (full profile), sets for hardware and libraries. An accuracy claim adds up its own calls.
# `erf` and `erfc` are held to 4, not OpenCL's 16: every libm in use keeps 4 (glibc manual, 20.9).
ULPS = {
    "round": 0.5,
    "sqrt": 0.5,
    "div": 2.5,
    "exp": 3.0,
    "expm1": 3.0,
    "log": 3.0,
    "log1p": 2.0,
    "sin": 4.0,
    "cos": 4.0,
    "tanh": 5.0,
    "erf": 4.0,
    "erfc": 4.0,
}


_EXPONENT_BITS = np.uint64(0x7FF0_0000_0000_0000)  # of a float64: what they leave is 2^e


def ulp(value: Array, form: Format) -> Array:
    """Unit in the last place of `form`: 2^(max(e, e_min) - p + 1), |value| in [2^e, 2^(e+1)).

    Below the normal numbers it stays at the smallest subnormal; beyond the largest finite number,
    at that number's ulp.
    """
    magnitude = np.minimum(np.abs(np.asarray(value, np.float64)), form.largest)
    power = np.atleast_1d(magnitude).view(np.uint64) & _EXPONENT_BITS
    power = np.maximum(power.view(np.float64), form.tiny).reshape(magnitude.shape)
    return power * math.ldexp(1.0, 1 - form.precision)


def rounded(tree: Any, form: Format) -> Any:
    """Every floating point leaf of `tree`, rounded to `form`; integers and booleans stay."""

    def leaf(x: Any) -> Any:
        x = np.asarray(x)
        if np.issubdtype(x.dtype, np.integer) or x.dtype == np.bool_:
            return x
        with np.errstate(over="ignore"):
            return x.astype(form.dtype)

    return mapped(leaf, tree)


def widened(tree: Any, dtype: Any = np.float64) -> Any:
    """Every floating point leaf of `tree` in `dtype` (float64, or longdouble for the oracle)."""

    def leaf(x: Any) -> Any:
        x = np.asarray(x)
        integral = np.issubdtype(x.dtype, np.integer) or x.dtype == np.bool_
        return x if integral else x.astype(dtype)

    return mapped(leaf, tree)


def bits(value: Any, form: Format) -> str:
    """The bit pattern of one number of `form`, in hexadecimal."""
    pattern = np.asarray(value).astype(form.dtype).reshape(1).view(form.pattern)[0]
    return f"0x{int(pattern):0{form.bits // 4}x}"


def logistic(x: Array) -> Array:
    """1 / (1 + exp(-x)), accurate in both tails: the exponential never overflows.

    scipy.special.expit forms exp(-x) and returns 0 where the result is subnormal (x < -709.8 in
    float64, where the truth goes on to -745.1).
    """
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, np.ones_like(e)) / (1 + e)
