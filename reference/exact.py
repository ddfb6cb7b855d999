"""The oracle of the oracle: a technique's definition in mpmath, differentiated exactly.

A definition is the formula as the paper prints it, with no thought for rounding. It is evaluated on
truncated Taylor arithmetic over mpmath numbers, so that value and derivatives come from that one
formula (Griewank and Walther, Evaluating Derivatives, 2nd ed., ch. 13). The working precision is
doubled until two evaluations agree: cancellation cannot hide.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

import mpmath
import numpy as np

from reference.numerics import Array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Scalar: TypeAlias = Any  # a Series, an mpf, or a Python number

_FIRST_DIGITS = 50
_LAST_DIGITS = 800
_AGREEMENT = 30
_VANISHED = mpmath.mpf(10) ** -340  # less than a 10^16th of the smallest float64

_FAR = 10**100  # erfc(x) = exp(-x^2) / (x sqrt(pi)) (1 - 1 / (2 x^2) + ...)


class Series:
    """A number with its first and second derivative along one direction."""

    __slots__ = ("first", "second", "value")

    def __init__(self, value: Any, first: Any = 0, second: Any = 0) -> None:
        """Hold the value and its derivatives as mpmath numbers."""
        self.value = mpmath.mpf(value)
        self.first = mpmath.mpf(first)
        self.second = mpmath.mpf(second)

    def through(self, value: Any, slope: Any, curvature: Any) -> Series:
        """Chain rule: g(self), from g, g' and g'' at self.value."""
        return Series(
            value,
            slope * self.first,
            curvature * self.first * self.first + slope * self.second,
        )

    def __add__(self, other: Scalar) -> Series:
        o = _series(other)
        return Series(self.value + o.value, self.first + o.first, self.second + o.second)

    def __mul__(self, other: Scalar) -> Series:
        o = _series(other)
        return Series(
            self.value * o.value,
            self.first * o.value + self.value * o.first,
            self.second * o.value + 2 * self.first * o.first + self.value * o.second,
        )

    def __neg__(self) -> Series:
        return Series(-self.value, -self.first, -self.second)

    def __sub__(self, other: Scalar) -> Series:
        return self + (-_series(other))

    def __rsub__(self, other: Scalar) -> Series:
        return _series(other) - self

    def __truediv__(self, other: Scalar) -> Series:
        o = _series(other)
        inverse = 1 / o.value
        slope = -inverse * inverse
        return self * o.through(inverse, slope, -2 * inverse * slope)

    def __rtruediv__(self, other: Scalar) -> Series:
        return _series(other) / self

    def __abs__(self) -> Series:
        return -self if self.value < 0 else self

    def __lt__(self, other: Scalar) -> bool:
        return bool(self.value < _series(other).value)

    def __le__(self, other: Scalar) -> bool:
        return bool(self.value <= _series(other).value)

    def __gt__(self, other: Scalar) -> bool:
        return bool(self.value > _series(other).value)

    def __ge__(self, other: Scalar) -> bool:
        return bool(self.value >= _series(other).value)

    __radd__ = __add__
    __rmul__ = __mul__


def _series(x: Scalar) -> Series:
    return x if isinstance(x, Series) else Series(x)


class Mathematics:
    """The functions that a definition may call: `m.exp`, `m.erf`, `m.sqrt` ..."""

    @property
    def pi(self) -> Any:
        """The circle's constant."""
        return +mpmath.mp.pi

    def number(self, text: str) -> Any:
        """Give an exact decimal constant: `m.number("1.702")`."""
        return mpmath.mpf(text)

    def without_derivative(self, text: str) -> Series:
        """Give a value outside the open domain ("nan", "-inf"), where no derivative exists."""
        return Series(mpmath.mpf(text), mpmath.nan, mpmath.nan)

    def exp(self, x: Scalar) -> Series:
        """Exponential."""
        x = _series(x)
        e = _once(mpmath.exp, x.value, mpmath.mp.dps)
        return x.through(e, e, e)

    def expm1(self, x: Scalar) -> Series:
        """exp(x) - 1."""
        x = _series(x)
        e = mpmath.exp(x.value)
        return x.through(mpmath.expm1(x.value), e, e)

    def log(self, x: Scalar) -> Series:
        """Natural logarithm."""
        x = _series(x)
        return x.through(mpmath.log(x.value), 1 / x.value, -1 / x.value**2)

    def log1p(self, x: Scalar) -> Series:
        """log(1 + x)."""
        x = _series(x)
        slope = 1 / (1 + x.value)
        return x.through(mpmath.log1p(x.value), slope, -(slope**2))

    def sqrt(self, x: Scalar) -> Series:
        """Square root."""
        x = _series(x)
        root = mpmath.sqrt(x.value)
        return x.through(root, 1 / (2 * root), -1 / (4 * root**3))

    def tanh(self, x: Scalar) -> Series:
        """Hyperbolic tangent."""
        x = _series(x)
        t = mpmath.tanh(x.value)
        slope = 1 - t**2
        return x.through(t, slope, -2 * t * slope)

    def sin(self, x: Scalar) -> Series:
        """Sine."""
        x = _series(x)
        s, c = mpmath.sin(x.value), mpmath.cos(x.value)
        return x.through(s, c, -s)

    def erf(self, x: Scalar) -> Series:
        """Error function."""
        x = _series(x)
        slope = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(x.value**2))
        # 1 - erfc keeps no more digits than erf itself; erfc's own definitions call `erfc`.
        return x.through(mpmath.erf(x.value), slope, -2 * x.value * slope)

    def erfc(self, x: Scalar) -> Series:
        """Complementary error function."""
        x = _series(x)
        slope = -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(x.value**2))
        # mpmath sizes erfc's series by a float, which overflows: there the first term is enough.
        far = x.value > _FAR
        y = slope / (-2 * x.value) if far else mpmath.erfc(x.value)
        return x.through(y, slope, -2 * x.value * slope)


@functools.lru_cache(maxsize=1024)
def _once(function: Callable[[Any], Any], value: Any, digits: int) -> Any:
    """A costly function, once for all directions in which a row's definition is differentiated."""
    del digits
    return function(value)


def _settled(evaluate: Callable[[], list[Any]]) -> list[Any]:
    """Evaluate at 50 digits, 100, 200 ... until two in a row agree to 30, or have vanished."""
    digits = _FIRST_DIGITS
    with mpmath.workdps(digits):
        last = evaluate()
    while digits < _LAST_DIGITS:
        digits *= 2
        with mpmath.workdps(digits):
            now = evaluate()
            if all(_agree(a, b) for a, b in zip(now, last, strict=True)):
                return now
        last = now
    return [n if abs(n) > _VANISHED else mpmath.mpf(0) for n in last]


def _agree(a: Any, b: Any) -> bool:
    """Whether two precisions give the same; an exact zero may be cancellation and is no proof."""
    if not (mpmath.isfinite(a) and mpmath.isfinite(b)):
        return bool(a == b or (mpmath.isnan(a) and mpmath.isnan(b)))
    if abs(a) < _VANISHED and abs(b) < _VANISHED:
        return bool(a != 0)
    return bool(abs(a - b) <= abs(a) * mpmath.mpf(10) ** -_AGREEMENT)


def _two_parts(numbers: Iterable[Any]) -> tuple[Array, Array]:
    """Each mpmath number as float64 plus the float64 nearest to what that left out."""
    high, low = [], []
    for number in numbers:
        h = float(number)
        high.append(h)
        low.append(float(number - mpmath.mpf(h)) if np.isfinite(h) else 0.0)
    return np.array(high), np.array(low)


def elementwise(
    definition: Callable[..., Any], x: Array, parameters: dict[str, Any], order: int
) -> tuple[Array, Array]:
    """Derivative of `order` at every element of x (finite), in two float64 parts: high and low."""
    return _elementwise(definition, x.tobytes(), tuple(sorted(parameters.items())), order)


@functools.lru_cache(maxsize=256)
def _elementwise(
    definition: Callable[..., Any], data: bytes, parameters: tuple[Any, ...], order: int
) -> tuple[Array, Array]:
    jets = _jets(definition, data, parameters)
    return _two_parts(jet[order] for jet in jets)


@functools.lru_cache(maxsize=64)
def _jets(definition: Callable[..., Any], data: bytes, parameters: tuple[Any, ...]) -> list[Any]:
    m = Mathematics()
    known = {k: mpmath.mpf(v) if isinstance(v, float) else v for k, v in parameters}

    def at(x: float) -> list[Any]:
        y = _series(definition(m, Series(x, 1), **known))
        return [y.value, y.first, y.second]

    return [_settled(functools.partial(at, float(x))) for x in np.frombuffer(data)]


def rows(
    definition: Callable[..., Any], inputs: tuple[Array, ...], cotangents: Array | None
) -> list[tuple[Array, Array]]:
    """Outputs (or, with cotangents, the gradients) of a definition on lists of numbers, row by row.

    `definition(m, *rows)` takes one list per input and returns the list of outputs. Returns one
    pair of float64 parts for the outputs, a row of them for each, or one for every input's
    gradient. Integers (class indices, say) go in as they are and have no gradient.
    """
    m = Mathematics()
    count = int(np.prod(np.shape(inputs[0])[:-1]))
    tables = [np.reshape(x, (count, -1)) for x in inputs]
    weights = None if cotangents is None else np.reshape(cotangents, (count, -1)).tolist()
    per_row = []
    for index in range(count):
        data = [x[index].tolist() for x in tables]
        given = None if weights is None else weights[index]
        per_row.append(_settled(functools.partial(_row, definition, m, data, given)))
    if cotangents is None:
        shapes: list[tuple[int, ...]] = [(count, -1)]
        columns = [per_row]
    else:
        moving = [x for x in inputs if np.issubdtype(x.dtype, np.floating)]
        widths = np.cumsum([0] + [x.size // count for x in moving])
        columns = [[row[a:b] for row in per_row] for a, b in itertools.pairwise(widths)]
        shapes = [x.shape for x in moving]
    parts = []
    for column, shape in zip(columns, shapes, strict=True):
        high, low = _two_parts(number for row in column for number in row)
        parts.append((high.reshape(shape), low.reshape(shape)))
    return parts


def _row(
    definition: Callable[..., Any], m: Mathematics, data: list[Any], weights: list[float] | None
) -> list[Any]:
    if weights is None:
        return [_series(y).value for y in definition(m, *_seeded(data, None))]
    gradients = []
    for which, x in enumerate(data):
        for j in range(len(x)):
            if isinstance(x[j], float):
                ys = definition(m, *_seeded(data, (which, j)))
                gradients.append(
                    mpmath.fsum(w * _series(y).first for w, y in zip(weights, ys, strict=True))
                )
    return gradients


def _seeded(data: list[Any], along: tuple[int, int] | None) -> list[list[Any]]:
    """The inputs as series that move along one of their numbers (or along none)."""
    return [
        [Series(v, int((k, i) == along)) if isinstance(v, float) else v for i, v in enumerate(x)]
        for k, x in enumerate(data)
    ]
