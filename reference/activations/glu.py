"""Gated linear units: one half of the features opens and closes the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy import special

from reference.facts import homogeneous, kinks, nan, rowwise
from reference.numerics import ULPS, Array, Linearized
from reference.technique import Accuracy, technique

if TYPE_CHECKING:
    from reference.exact import Mathematics, Series

_SHAZEER = "Shazeer 2020, GLU variants improve transformer, equation 5 (arXiv:2002.05202)"
# Where the gate, times any number of float64, is 0: exp(-v / 2) is 0 itself.
_SILU_GONE, _GELU_GONE, _CUBIC_GONE = 1500.0, 60.0, 30.0


class Gate(NamedTuple):
    """A function g of a and its slope, each without two factors `half` that shrink them for a < 0.

    g = half^2 value and g' = half^2 slope. A product with g takes the factors in one by one, and
    becomes subnormal no earlier than its result.
    """

    half: Array
    value: Array
    slope: Array

    def times(self, b: Array) -> Array:
        """Multiply b by g."""
        return ((b * self.half) * self.value) * self.half

    def rising(self, b: Array, c: Array) -> Array:
        """Multiply b and c by g'."""
        return _product(b, self.half, c * self.slope)


def _product(a: Array, half: Array, b: Array) -> Array:
    """Multiply a half^2 b for half <= 1 and moderate b: nothing overflows or vanishes before it."""
    lead = a * half
    return np.where(np.abs(lead) < 1, (lead * b) * half, (lead * half) * b)


def _glu(m: Mathematics, x: list[Series]) -> list[Series]:
    n = len(x) // 2
    return [a / (1 + m.exp(-b)) for a, b in zip(x[:n], x[n:], strict=True)]


def _gelu(m: Mathematics, x: Series, form: str) -> Series:
    if form == "exact":
        return x / 2 * m.erfc(-x / m.sqrt(2))
    cubic = x + m.number("0.044715") * x * x * x
    return x / (1 + m.exp(-2 * m.sqrt(2 / m.pi) * cubic))


@technique(
    source="Dauphin, Fan, Auli and Grangier 2017, Language modeling with gated convolutional "
    "networks, equation 1 (arXiv:1612.08083)",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + 2, inputs=2),
    facts=(rowwise, nan),
    definition=_glu,
)
def glu(x: Array) -> Linearized:
    """Gated linear unit: the second half of a row, through a sigmoid, gates the first.

    y = a s(b),  dL/da = c s(b),  dL/db = c a s(b) s(-b)

    a and b are the first and second half of x, s the logistic function, s(b) = 1 / (1 + exp(-b)),
    and c the cotangent dL/dy.

    *Numerics*: s(-b) in place of 1 - s(b), which cancels. For b < 0 the exponential comes in as
    two factors exp(b / 2), so that no intermediate is subnormal before the result is. One
    exponential, one division and two products.

    Args:
        x: rows along the last axis, (..., 2 n), no unit.

    Returns:
        Linearized: (..., n), and the pullback.

    *Differences*: torch names the axis `dim`, JAX `axis`; both halve the last one by default, and
    both gate with the second half.

    Example:
        >>> glu(np.array([[3.0, 0.0]])).outputs
        array([[1.5]])
    """
    a, b = np.split(x, 2, axis=-1)
    h = np.exp(-np.abs(b) / 2)
    near = 1 / (1 + h * h)  # s(|b|); s(-|b|) is h h near
    half = np.where(b < 0, h, np.ones_like(h))

    def pullback(cotangents: Array) -> tuple[Array]:
        c = cotangents
        within, across = ((c * half) * near) * half, _product(a, h, c * near * near)
        return (np.concatenate([within, across], axis=-1),)

    return Linearized(((a * half) * near) * half, pullback)


@technique(
    source=_SHAZEER,
    accuracy=Accuracy(ulps=1, inputs=0),
    facts=(rowwise, nan, kinks(0.0), homogeneous("b"), homogeneous("a")),
    definition=lambda m, a, b: [(v if v > 0 else 0 * v) * w for v, w in zip(a, b, strict=True)],
)
def reglu(a: Array, b: Array) -> Linearized:
    """Gated linear unit with a rectifier for the gate.

    y = max(0, a) b,  dL/da = [a > 0] c b,  dL/db = c max(0, a)

    c is the cotangent dL/dy.

    *Numerics*: one product, correctly rounded, forward as backward.

    Args:
        a: what gates, any shape, no unit.
        b: what is gated, shaped like a.

    Returns:
        Linearized: shaped like a, and the pullback. At the kink dL/da is 0 (the left one).

    *Differences*: neither library has it; both bindings compose it of the library's ReLU.

    Example:
        >>> reglu(np.array([-1.0, 2.0]), np.array([5.0, 5.0])).outputs
        array([ 0., 10.])
    """
    above = np.where(np.isnan(a), a, np.maximum(a, 0))
    off = np.where(np.isnan(a), a, 0)
    return Linearized(above * b, lambda c: (np.where(a > 0, c * b, off), c * above))


@technique(
    source=_SHAZEER,
    accuracy=Accuracy(ulps=ULPS["erfc"] + 3, inputs=4),
    facts=(rowwise, nan, homogeneous("b")),
    definition=lambda m, a, b, form: [_gelu(m, v, form) * w for v, w in zip(a, b, strict=True)],
)
def geglu(a: Array, b: Array, *, form: Literal["exact", "tanh"] = "exact") -> Linearized:
    """Gated linear unit with a GELU for the gate.

    y = g(a) b,  dL/da = c g'(a) b,  dL/db = c g(a)

    g is the exact GELU, a P(a) with the normal distribution function P, or its tanh form,
    a (1 + tanh(sqrt(2 / pi) (a + 0.044715 a^3))) / 2; c is the cotangent dL/dy.

    *Numerics*: as `gelu` and `gelu_tanh`, and two products; what shrinks g for a < 0 comes in as
    two factors, so that no intermediate is subnormal before the result is.

    Args:
        a: what gates, any shape, no unit.
        b: what is gated, shaped like a.
        form: which GELU.

    Returns:
        Linearized: shaped like a, and the pullback.

    *Differences*: neither library has it; both bindings compose it of the library's GELU, whose
    DEFAULTS differ: torch's is exact, JAX's the tanh form.

    Example:
        >>> geglu(np.array([-10.0, 10.0]), np.array([1e20, 1.0])).outputs
        array([-7.61985302e-03,  1.00000000e+01])
    """
    gate = (_normal if form == "exact" else _cubic)(a)
    return Linearized(gate.times(b), lambda c: (gate.rising(b, c), gate.times(c)))


@technique(
    source=_SHAZEER,
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + 3, inputs=4),
    facts=(rowwise, nan, homogeneous("b")),
    definition=lambda m, a, b: [v / (1 + m.exp(-v)) * w for v, w in zip(a, b, strict=True)],
)
def swiglu(a: Array, b: Array) -> Linearized:
    """Gated linear unit with a SiLU (Swish) for the gate.

    y = a s(a) b,  dL/da = c b s(a) (1 + a s(-a)),  dL/db = c a s(a)

    s is the logistic function, s(a) = 1 / (1 + exp(-a)), and c the cotangent dL/dy.

    *Numerics*: as `silu`, and two products; for a < 0 the exponential comes in as two factors
    exp(a / 2), so that no intermediate is subnormal before the result is.

    Args:
        a: what gates, any shape, no unit.
        b: what is gated, shaped like a.

    Returns:
        Linearized: shaped like a, and the pullback.

    *Differences*: neither library has it; both bindings compose it of the library's SiLU.

    Example:
        >>> swiglu(np.array([0.0, 1e300]), np.array([3.0, 2.0])).outputs
        array([0.e+000, 2.e+300])
    """
    gate = _logistic(a)
    return Linearized(gate.times(b), lambda c: (gate.rising(b, c), gate.times(c)))


def _logistic(a: Array) -> Gate:
    """The SiLU: a s(a)."""
    t = np.clip(a, -_SILU_GONE, _SILU_GONE)
    h = np.exp(-np.abs(t) / 2)
    near = 1 / (1 + h * h)  # s(|a|); s(-|a|) is h h near
    below = a < 0
    return Gate(
        np.where(below, h, np.ones_like(h)),
        np.where(below, t, a) * near,
        np.where(below, near * (1 + t * near), near + near * (t * near * h) * h),
    )


def _normal(a: Array) -> Gate:
    """The exact GELU: a P(a)."""
    t = np.clip(a, -_GELU_GONE, _GELU_GONE)
    h = np.exp(-t * t / 4)
    scaled = special.erfcx(np.abs(t) / math.sqrt(2)) / 2  # P(-|a|) / h^2
    density = t / math.sqrt(2 * math.pi)  # a p(a) / h^2
    below, above = a < 0, 1 - scaled * h * h
    return Gate(
        np.where(below, h, np.ones_like(h)),
        np.where(below, t * scaled, a * above),
        np.where(below, scaled + density, above + density * h * h),
    )


def _cubic(a: Array) -> Gate:
    """The tanh form of the GELU: a s(v) with v = 2 sqrt(2 / pi) (a + 0.044715 a^3)."""
    t = np.clip(a, -_CUBIC_GONE, _CUBIC_GONE)
    scale, cubic = 2 * math.sqrt(2 / math.pi), 0.044715
    h = np.exp(-np.abs(scale * (t + cubic * (t * t * t))) / 2)
    near = 1 / (1 + h * h)  # s(|v|); s(-|v|) is h h near
    away = t * near * (scale * (1 + 3 * cubic * (t * t)))  # a s(|v|) v'
    below = a < 0
    return Gate(
        np.where(below, h, np.ones_like(h)),
        np.where(below, t, a) * near,
        np.where(below, (1 + away) * near, near + near * (away * h) * h),
    )
