"""Gaussian error linear units: the exact one and its two approximations."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from reference.activations.gates import SILU_MINIMUM, SILU_SLOPE, swish
from reference.facts import bounds, fixed_points, limits, lipschitz, nan, signed_zero, smooth
from reference.numerics import ULPS, Array, Jet
from reference.technique import Accuracy, technique

_SOURCE = "Hendrycks and Gimpel 2016, Gaussian error linear units, section 2 (arXiv:1606.08415)"

# The minima and steepest slopes are the roots of f' and f'' by Newton's method in mpmath at 60
# digits (findroot on its own derivatives), rounded to float64.
_MINIMUM = -0.16997120747990367  # at x = -0.7517915246935645
_SLOPE = 1.1289041451851548  # at x = sqrt(2), where 2 - x^2 = 0
_TANH_MINIMUM = -0.17004075057125406  # at x = -0.7524614220710162
_TANH_SLOPE = 1.1289930686587718  # at x = 1.4185040087908286
_QUICK = 1.702

_GONE = 50.0  # exp(-50^2 / 2) is 0 in float64, and exp(-50^2 / 4) is still a normal number


@technique(
    source=_SOURCE,
    accuracy=Accuracy(ulps=ULPS["erfc"] + 1, inputs=4),
    facts=(
        bounds(_MINIMUM, None, attained=True), lipschitz(_SLOPE), limits(0.0, np.inf),
        fixed_points(0.0), nan, signed_zero, smooth(),
    ),
    definition=lambda m, x: x / 2 * m.erfc(-x / m.sqrt(2)),
)  # fmt: skip
def gelu(x: Array) -> Jet:
    """Gaussian error linear unit, exact: the input times the chance that a normal number is less.

    y = x P(x),  y' = P(x) + x p(x),  y'' = p(x) (2 - x^2)

    P is the distribution function of the standard normal, P(x) = erfc(-x / sqrt(2)) / 2, and
    p(x) = exp(-x^2 / 2) / sqrt(2 pi) its density.

    *Numerics*: for x < 0, P(x) = exp(-x^2 / 2) erfcx(-x / sqrt(2)) / 2, where erfcx, the scaled
    complementary error function, does not underflow; the exponential comes in as two factors
    exp(-x^2 / 4), so that nothing is subnormal before the result is. 1 + erf would cancel. One
    error function and two products. The rounded constant, the rounded argument of erfc and the
    rounded square in its exponential act like roundings of x, and so do those of two terms that
    cancel at a root of y' or y'': four together.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: the DEFAULTS differ: `torch.nn.functional.gelu(x)` is this one, `jax.nn.gelu(x)`
    is the tanh form; `jax.nn.gelu(x, approximate=False)` is this one. torch forms 1 + erf, which
    cancels for x < 0; JAX takes erfc.

    Example:
        >>> gelu(np.array([-10.0, 0.0, 10.0])).value
        array([-7.61985302e-23,  0.00000000e+00,  1.00000000e+01])
    """
    t = np.clip(x, -_GONE, _GONE)
    below = t < 0
    h = np.exp(-t * t / 4)
    scaled = special.erfcx(np.abs(t) / math.sqrt(2)) / 2  # P(-|x|) / h^2
    density = h / math.sqrt(2 * math.pi)  # p(x) / h
    above = 1 - scaled * h * h
    return Jet(
        np.where(below, (t * scaled * h) * h, x * above),
        np.where(below, (scaled * h + t * density) * h, above + t * density * h),
        density * (2 - t * t) * h,
    )


@technique(
    source=_SOURCE,
    accuracy=Accuracy(ulps=ULPS["tanh"] + 1, inputs=4),
    facts=(
        bounds(_TANH_MINIMUM, None, attained=True), lipschitz(_TANH_SLOPE), limits(0.0, np.inf),
        fixed_points(0.0), nan, signed_zero, smooth(),
    ),
    definition=lambda m, x: (
        x / 2 * (1 + m.tanh(m.sqrt(2 / m.pi) * (x + m.number("0.044715") * x * x * x)))
    ),
)  # fmt: skip
def gelu_tanh(x: Array) -> Jet:
    """Gaussian error linear unit, approximated by a hyperbolic tangent of a cubic.

    y = x (1 + tanh(w)) / 2,  w = sqrt(2 / pi) (x + 0.044715 x^3)

    w is the cubic whose hyperbolic tangent comes close to erf(x / sqrt(2)).

    *Numerics*: (1 + tanh(w)) / 2 is the logistic function of v = 2 w, which does not cancel for
    x < 0; its exponential comes in as two factors exp(-|v| / 2). y' = s(v) + x s'(v) v' and
    y'' = s'(v) (2 v' + x v'' - x v'^2 tanh(v / 2)), with s'(v) = s(v) s(-v). One exponential in
    place of the tanh. The roundings of the two constants, of the cubic (whose derivative is three
    times as steep) and of terms that cancel at a root act like four roundings of x.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: the DEFAULTS differ: `jax.nn.gelu(x)` is this one, `torch.nn.functional.gelu(x)`
    the exact one; `torch.nn.functional.gelu(x, approximate="tanh")` is this one. Both form
    1 + tanh, which cancels for x < 0.

    Example:
        >>> gelu_tanh(np.array([-10.0, 0.0, 10.0])).value
        array([-1.20409235e-37,  0.00000000e+00,  1.00000000e+01])
    """
    t = np.clip(x, -_GONE, _GONE)
    scale, cubic = 2 * math.sqrt(2 / math.pi), 0.044715
    v = scale * (t + cubic * (t * t * t))
    rise, bend = scale * (1 + 3 * cubic * (t * t)), 6 * scale * cubic * t
    below = t < 0
    h = np.exp(-np.abs(v) / 2)
    near = 1 / (1 + h * h)  # s(|v|); s(-|v|) is h h near
    away = t * near * rise
    curve = 2 * rise + t * bend - t * np.tanh(v / 2) * rise * rise
    return Jet(
        np.where(below, (t * near * h) * h, x * near),
        np.where(below, ((1 + away) * near * h) * h, near + near * (away * h) * h),
        (near * h) * curve * (near * h),
    )


@technique(
    source=_SOURCE,
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + 1, inputs=5),
    facts=(
        bounds(SILU_MINIMUM / _QUICK, None, attained=True), lipschitz(SILU_SLOPE),
        limits(0.0, np.inf), fixed_points(0.0), nan, signed_zero, smooth(),
    ),
    definition=lambda m, x: x / (1 + m.exp(-m.number("1.702") * x)),
)  # fmt: skip
def quick_gelu(x: Array) -> Jet:
    """Gaussian error linear unit, approximated by a logistic function.

    y = x s(1.702 x)

    s is the logistic function; s(1.702 x) stays within 0.0095 of the normal distribution.

    *Numerics*: `swish` at b = 1.702.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: neither library has it, both compose it.

    Example:
        >>> quick_gelu(np.array([-10.0, 0.0, 10.0])).value
        array([-4.05796129e-07,  0.00000000e+00,  9.99999959e+00])
    """
    return swish(x, beta=_QUICK)
