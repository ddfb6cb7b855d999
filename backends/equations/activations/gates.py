"""What a saturated gate loses: the deviations of activations x g(x) whose gate g closes or opens.

Two causes make nearly all of them. Where the gate closes, an exponential overflows or is subnormal
and the gate becomes 0 while x times it is still a normal number. Where the gate is formed from a
function that goes to 1 (1 - s(x), 1 + tanh, 1 + erf), the difference cancels: what is left carries
the error of a number next to 1, some `units` of u. Once the gap to 1 is far below u, the function
is exactly 1, and all of the gap is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from backends.binding import Bound, deviates
from backends.equations import UNBOUNDED

if TYPE_CHECKING:
    from collections.abc import Callable

_SINGLE = 2.0**-24  # kernels for 16-bit formats that compute in float32
_SLOPE, _CUBE = np.sqrt(2 / np.pi), 0.044715


def lost(gap: Any, units: float, u: float, tiny: float) -> Any:
    """Error of a difference from 1 that is `gap`: `units` u, or all of it where it is below u / 16.

    All of it, with a hundredth and a subnormal number more for what is rounded here.
    """
    return np.where(gap > u / 16, units * u, 1.01 * gap + 2 * u * tiny)


def undefined_at_minus_infinity(
    product: str, link: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that -inf gives NaN, where the limit is 0: the `product` taken is -inf * 0."""
    return deviates(
        "reaches_its_limits",
        where=lambda x: x == -np.inf,
        at_most=UNBOUNDED,
        because=f"{product} at -inf is NaN; the limit is 0",
        witness={"x": -np.inf},
        link=link,
    )


def overflowing_gate(order: int) -> Bound:
    """What is left out where exp(-x) overflows: terms with the factor s(x) <= 1 / largest."""
    return Bound(
        f"|error| <= ({order} + |x|) / largest: exp(-x) overflows, s(x) counts as 0",
        lambda x, largest: (order + np.abs(x)) / largest,
    )


def complement_of_logistic(order: int, sharpness: float | None) -> Bound:
    """Error of a derivative of x s(b x) that is formed with 1 - s; no sharpness: `beta` is b.

    s for v = b x > 0 is off by 2 u (a sum, a quotient, an exponential), and so is r = 1 - s. y' has
    the term v s r, y'' / b the terms 2 s r + v s r (r - s): by r they move at most |v|, 2 + |v|.
    """

    def size(x: Any, u: float, tiny: float, allowed: Any, beta: float) -> Any:
        v = np.minimum(np.abs(beta * x), 1e4)  # where s has long been 1
        moved = (v, beta * (2 + v))[order - 1]
        return allowed + lost(np.exp(-v), 2, u, tiny) * moved

    def fixed(x: Any, u: float, tiny: float, allowed: Any) -> Any:
        return size(x, u, tiny, allowed, sharpness or 1.0)

    moved = ("|v|", "b (2 + |v|)")[order - 1]
    return Bound(
        f"|error| <= allowed + 2 u {moved}, v = b x: 1 - s(v) cancels",
        size if sharpness is None else fixed,
    )


def complement_of_square(order: int, units: float) -> Bound:
    """Error of a derivative of mish formed with 1 - t^2, t = tanh(softplus(x)) off by `units` u.

    y' = t + x s (1 - t^2) moves with t by at most 1 + 2 |x|, y'' by 4 + 5 |x|: its terms are
    2 s (1 - t^2) + x s (1 - s) (1 - t^2) - 2 x s^2 t (1 - t^2).
    """
    one, many = ((1, 2), (4, 5))[order - 1]

    def size(x: Any, u: float, tiny: float, allowed: Any) -> Any:
        x = np.minimum(np.abs(x), 1e4)  # where t has long been 1
        q = np.exp(-x)
        gap = 2 * q * q / (1 + 2 * q * (1 + q))
        return allowed + lost(gap, units, u, tiny) * (one + many * x)

    return Bound(f"|error| <= allowed + {units} u ({one} + {many} |x|): 1 - tanh^2 cancels", size)


def complement_of_erf(order: int, units: float, *, single: bool = False) -> Bound:
    """Error of x (1 + erf(x / sqrt(2))) / 2, or of its derivative, for x < 0.

    1 + erf is off by `units` u: y by |x| / 2 of it, y' by 1 / 2 of it. `single`: kernels that
    compute 16-bit formats in float32.
    """

    def size(x: Any, u: float, tiny: float, allowed: Any) -> Any:
        gap = 2 * np.exp(special.log_ndtr(-np.abs(x)))  # erfc(|x| / sqrt(2)), subnormal too
        u = min(u, _SINGLE) if single else u
        return allowed + lost(gap, units, u, tiny) * (np.abs(x) / 2, 0.5)[order]

    moved = ("|x| / 2", "/ 2")[order]
    return Bound(f"|error| <= allowed + {units} u {moved}: 1 + erf cancels", size)


def tanh_slope(x: Any) -> Any:
    """Give w' of w = sqrt(2 / pi) (x + 0.044715 x^3)."""
    return _SLOPE * (1 + 3 * _CUBE * x * x)


def complement_of_tanh(
    order: int, units: float, *, single: bool = False, by_cosh: bool = False
) -> Bound:
    """Error of x (1 + t) / 2, t = tanh(w), w = sqrt(2 / pi) (x + 0.044715 x^3), or of a derivative.

    With t off by d = `units` u: y by d |x| / 2; y' = (1 + t + x (1 - t^2) w') / 2 by
    d (1 / 2 + |x| w'); y'' = (1 - t^2) (w' + x w'' / 2 - x t w'^2) by
    d (2 w' + |x| w'' + 2 |x| w'^2). `by_cosh`: the last term takes 1 / cosh(w)^2 for 1 - t^2, which
    does not cancel; when subnormal it is off by u tiny, and then multiplied, twice, to x w'^2.
    `single`: kernels that compute 16-bit formats in float32.
    """

    def size(x: Any, u: float, tiny: float, allowed: Any) -> Any:
        x = np.minimum(np.abs(x), 1e3)  # where t has long been 1, and x^3 is finite
        gap = 2 * np.exp(-2 * _SLOPE * (x + _CUBE * x**3))
        rise, bend = tanh_slope(x), 6 * _SLOPE * _CUBE * x
        square = x * rise**2
        steep = 2 * rise + x * bend + (0.0 if by_cosh else 2 * square)
        rounded = 2 * u * tiny * square if by_cosh else 0.0  # u tiny alone is 0 in float64
        u = min(u, _SINGLE) if single else u
        moved = (x / 2, 0.5 + x * rise, steep)[order]
        return allowed + lost(gap, units, u, tiny) * moved + rounded

    second = "(2 w' + |x| w'') + 2 u tiny |x| w'^2" if by_cosh else "(2 w' + |x| w'' + 2 |x| w'^2)"
    moved = ("|x| / 2", "(1/2 + |x| w')", second)[order]
    return Bound(
        f"|error| <= allowed + {units} u {moved}: 1 + tanh(w) or 1 - tanh(w)^2 cancels", size
    )
