"""Self-gated activations: the input times a smooth gate that opens as the input grows."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.facts import bounds, fixed_points, limits, lipschitz, nan, signed_zero, smooth
from reference.numerics import ULPS, Array, Jet
from reference.technique import Accuracy, Between, technique

# The minima and steepest slopes are the roots of f' and f'' by Newton's method in mpmath at 60
# digits (findroot on its own derivatives), rounded to float64.
SILU_MINIMUM = -0.2784645427610738  # at x = -1.2784645427610738: y = 1 + x there
SILU_SLOPE = 1.0998393201288669  # at x = 2.3993572805154677: x tanh(x / 2) = 2 there
_MISH_MINIMUM = -0.30884341301725043  # at x = -1.1924312145154955
_MISH_SLOPE = 1.0884981612517279  # at x = 1.4905711794854285

_GONE = 800.0  # 800 exp(-800) is 0 in float64, and exp(-400) is still a normal number


@technique(
    source="Elfwing, Uchibe and Doya 2018, Sigmoid-weighted linear units for neural network "
    "function approximation in reinforcement learning, equation 2 (arXiv:1702.03118)",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + 1, inputs=4),
    facts=(
        bounds(SILU_MINIMUM, None, attained=True), lipschitz(SILU_SLOPE), limits(0.0, np.inf),
        fixed_points(0.0), nan, signed_zero, smooth(),
    ),
    definition=lambda m, x: x / (1 + m.exp(-x)),
)  # fmt: skip
def silu(x: Array) -> Jet:
    """Sigmoid-weighted linear unit: the logistic function gates its own argument.

    y = x s(x),  y' = s(x) (1 + x s(-x)),  y'' = s(x) s(-x) (2 - x tanh(x / 2))

    s is the logistic function, s(x) = 1 / (1 + exp(-x)).

    *Numerics*: for x < 0 the gate is h^2 / (1 + h^2) with h = exp(x / 2), and x is multiplied in
    between the two factors h: the exponential neither overflows nor becomes subnormal before y
    does. One exponential, one division, a sum and a product. Where a derivative has a root its two
    terms cancel; each carries four roundings (exponential, sum, quotient, product), and either
    term is less than |x dy/dx| of that derivative: hence inputs = 4.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: none in formula; JAX also calls it `swish`. At -inf both return NaN.

    Example:
        >>> silu(np.array([-1e300, 0.0, 1e300])).value
        array([-0.e+000,  0.e+000,  1.e+300])
    """
    return _gated(x, 1.0)


@technique(
    source="Ramachandran, Zoph and Le 2017, Searching for activation functions, section 4 "
    "(arXiv:1710.05941)",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + 1, inputs=5),
    facts=(
        bounds(lambda beta: SILU_MINIMUM / beta, None, attained=True), lipschitz(SILU_SLOPE),
        limits(0.0, np.inf), fixed_points(0.0), nan, signed_zero, smooth(),
    ),
    definition=lambda m, x, beta: x / (1 + m.exp(-beta * x)),
)  # fmt: skip
def swish(x: Array, *, beta: Annotated[float, Between(0.0625, 16.0, log=True)] = 1.0) -> Jet:
    """Swish: a gate whose sharpness is a parameter, from the linear x / 2 to the rectifier.

    y = x s(b x),  y' = s(b x) (1 + b x s(-b x)),  y'' = b s(b x) s(-b x) (2 - b x tanh(b x / 2))

    s is the logistic function, b is `beta`.

    *Numerics*: as `silu` at b x; the rounding of b x is one more on the way in.

    Args:
        x: any shape, no unit.
        beta: sharpness of the gate; 1 gives `silu`.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: neither library has it, both compose it; what each calls `silu` (JAX also
    `swish`) has b = 1.

    Example:
        >>> swish(np.array([-1.0, 0.0, 1.0]), beta=1e-300).value
        array([-0.5,  0. ,  0.5])
    """
    return _gated(x, beta)


@technique(
    source="Misra 2019, Mish: a self regularized non-monotonic activation function, equation 1 "
    "(arXiv:1908.08681)",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + 4, inputs=5),
    facts=(
        bounds(_MISH_MINIMUM, None, attained=True), lipschitz(_MISH_SLOPE), limits(0.0, np.inf),
        fixed_points(0.0), nan, signed_zero, smooth(),
    ),
    definition=lambda m, x: x * m.tanh(m.log(1 + m.exp(x))),
)  # fmt: skip
def mish(x: Array) -> Jet:
    """Mish: the hyperbolic tangent of the softplus gates its own argument.

    y = x g(x),  y' = g(x) + x g'(x),  y'' = 2 g'(x) + x g''(x)

    g(x) = tanh(log(1 + exp(x))).

    *Numerics*: tanh of a logarithm is rational: with e = exp(x) and D = e^2 + 2 e + 2,
    g = (e^2 + 2 e) / D, g' = 4 e (1 + e) / D^2 and g'' = 4 e (2 + 2 e - 3 e^2 - 2 e^3) / D^3; for
    x > 0 the same in exp(-x). No logarithm, no overflow, no cancellation but at the roots of y'
    and y''. One exponential, one division and eight sums and products of positive numbers. Through
    the softplus, whose rounding is one more on the way in, the same holds: hence inputs = 5.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: none in formula. At -inf both return NaN.

    Example:
        >>> mish(np.array([-1e300, 0.0, 1e300])).value
        array([-0.e+000,  0.e+000,  1.e+300])
    """
    t = np.clip(x, -_GONE, _GONE)
    below = t < 0
    h = np.exp(-np.abs(t) / 2)
    e = h * h
    low = 2 + e * (2 + e)  # D for x < 0
    high = 1 + 2 * e * (1 + e)  # D exp(-2 |x|) for x > 0
    gate = np.where(below, (2 + e) / low, (1 + 2 * e) / high)
    slope = np.where(below, 4 * (1 + e) / low**2, 4 * e * (1 + e) / high**2)
    curve = np.where(
        below,
        4 * (2 + e * (2 - e * (3 + 2 * e))) / low**3,
        4 * e * (2 * e**3 + 2 * e**2 - 3 * e - 2) / high**3,
    )
    # What is left out above: for x < 0 one factor e of the gate, the slope and the curve; for
    # x > 0 one of the slope and the curve. It comes in as h, and h again.
    return Jet(
        np.where(below, (t * h) * gate * h, x * gate),
        np.where(below, ((gate + t * slope) * h) * h, gate + t * slope * e),
        ((2 * slope + t * curve) * h) * h,
    )


def _gated(x: Array, beta: float) -> Jet:
    """x s(v), s(v) (1 + v s(-v)) and b s(v) s(-v) (2 - v tanh(v / 2)), for v = b x."""
    v = np.clip(beta * x, -_GONE, _GONE)
    t = np.maximum(x, -_GONE / beta)
    below = v < 0
    h = np.exp(-np.abs(v) / 2)
    near = 1 / (1 + h * h)  # s(|v|); s(-|v|) is h h near
    return Jet(
        np.where(below, (t * h) * near * h, x * near),
        np.where(below, ((1 + v * near) * h) * near * h, near + near * (v * near * h) * h),
        beta * (near * h) * (2 - v * np.tanh(v / 2)) * (near * h),
    )
