"""Shrinkage: activations that are zero, or a constant, for small inputs."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.facts import (
    bounds,
    fixed_points,
    kinks,
    limits,
    lipschitz,
    nan,
    nondecreasing,
    odd,
    signed_zero,
    smooth,
)
from reference.numerics import ULPS, Array, Jet
from reference.technique import Accuracy, Between, technique

_DIRECT = 2.0  # from here on x - tanh(x) cancels less than one bit
_LEVELS = 16  # of the continued fraction: below it |x| < 2 leaves less than 1e-21


def _lowest(threshold: float, value: float) -> float:
    return min(threshold, value)


@technique(
    source="Collobert, Kavukcuoglu and Farabet 2011, Torch7, nn.Threshold",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        bounds(_lowest, None),
        kinks(lambda threshold: threshold), limits(lambda value: value, np.inf), fixed_points(8.0),
        nan,
    ),
    definition=lambda m, x, threshold, value: x if x > threshold else value + 0 * x,
)  # fmt: skip
def threshold(
    x: Array,
    *,
    threshold: Annotated[float, Between(-4.0, 4.0)],
    value: Annotated[float, Between(-4.0, 4.0)],
) -> Jet:
    """Threshold: passes what lies above it, and replaces the rest.

    y = x for x > t,  v elsewhere

    t is `threshold`, v is `value`.

    *Numerics*: exact; nothing is rounded.

    Args:
        x: any shape, no unit.
        threshold: what x must exceed.
        value: what stands in for the rest.

    Returns:
        Jet shaped like x, in its dtype. At the threshold y = v, and the slope is 0 (the left one).

    *Differences*: torch only.

    Example:
        >>> threshold(np.array([-2.0, 3.0]), threshold=1.0, value=0.5).value
        array([0.5, 3. ])
    """
    passed = (x > threshold) | np.isnan(x)
    one = np.where(np.isnan(x), x, np.ones_like(x))
    nothing = np.zeros_like(x)
    return Jet(np.where(passed, x, x.dtype.type(value)), np.where(passed, one, nothing), nothing)


@technique(
    source="Donoho 1995, De-noising by soft-thresholding",
    accuracy=Accuracy(ulps=0.5, inputs=0),
    facts=(
        odd, nondecreasing, lipschitz(1.0), limits(-np.inf, np.inf), fixed_points(0.0), nan,
        kinks(lambda threshold: -threshold, lambda threshold: threshold), signed_zero,
    ),
    definition=lambda m, x, threshold: (
        x - threshold if x > threshold else x + threshold if x < -threshold else 0 * x
    ),
)  # fmt: skip
def soft_shrink(
    x: Array, *, threshold: Annotated[float, Between(0.001, 4.0, log=True)] = 0.5
) -> Jet:
    """Soft thresholding: pulls x toward zero, and small x onto it.

    y = sign(x) max(0, |x| - t)

    t is `threshold`.

    *Numerics*: one difference, correctly rounded: half an ulp.

    Args:
        x: any shape, no unit.
        threshold: how far x is pulled, at least 0.

    Returns:
        Jet shaped like x, in its dtype. At both kinks the derivative is 0 (the lower one).

    *Differences*: torch only, where the threshold is `lambd`.

    Example:
        >>> soft_shrink(np.array([-2.0, 0.25, 3.0])).value
        array([-1.5,  0. ,  2.5])
    """
    out = np.abs(x) > threshold
    pulled = x - np.copysign(x.dtype.type(threshold), x)
    return Jet(np.where(out, pulled, 0 * x), _passing(x, out), np.zeros_like(x))


@technique(
    source="Donoho and Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        odd, nondecreasing, limits(-np.inf, np.inf), fixed_points(0.0, 8.0, -8.0), nan, signed_zero,
        kinks(lambda threshold: -threshold, lambda threshold: threshold),
    ),
    definition=lambda m, x, threshold: x if abs(x) > threshold else 0 * x,
)  # fmt: skip
def hard_shrink(
    x: Array, *, threshold: Annotated[float, Between(0.001, 4.0, log=True)] = 0.5
) -> Jet:
    """Hard thresholding: keeps large x as it is, and sets small x to zero.

    y = x for |x| > t,  0 elsewhere

    t is `threshold`.

    *Numerics*: exact; nothing is rounded.

    Args:
        x: any shape, no unit.
        threshold: what |x| must exceed, at least 0.

    Returns:
        Jet shaped like x, in its dtype. At both jumps y = 0, and the slope is 0 (the lower one).

    *Differences*: torch only, where the threshold is `lambd`; it returns +0 for small negative x.

    Example:
        >>> hard_shrink(np.array([-2.0, 0.25, 3.0])).value
        array([-2.,  0.,  3.])
    """
    out = np.abs(x) > threshold
    return Jet(np.where(out, x, 0 * x), _passing(x, out), np.zeros_like(x))


def _passing(x: Array, out: Array) -> Array:
    """Slope 1 where `out`, 0 elsewhere, NaN at NaN."""
    return np.where(np.isnan(x), x, out.astype(x.dtype))


@technique(
    source="Collobert, Kavukcuoglu and Farabet 2011, Torch7, nn.TanhShrink; Lambert 1768",
    accuracy=Accuracy(ulps=ULPS["tanh"] + ULPS["round"], inputs=1),
    facts=(
        odd, nondecreasing, lipschitz(1.0), limits(-np.inf, np.inf), fixed_points(0.0), nan,
        signed_zero, smooth(),
    ),
    definition=lambda m, x: x - m.tanh(x),
)  # fmt: skip
def tanh_shrink(x: Array) -> Jet:
    """What the hyperbolic tangent leaves of x.

    y = x - tanh(x),  y' = tanh(x)^2,  y'' = 2 tanh(x) / cosh(x)^2

    *Numerics*: x - tanh(x) is about x^3 / 3 near 0, where the difference cancels. For |x| < 2
    Lambert's continued fraction tanh(x) = x / (1 + r), r = x^2 / (3 + x^2 / (5 + ...)), gives
    y = x r / (1 + r): positive terms alone. Beyond, tanh(x) < y, so that the accuracy of the
    difference is that of tanh and one rounding.

    Args:
        x: any shape, no unit.

    Returns:
        Jet shaped like x, in its dtype.

    *Differences*: torch only; it forms the difference, and the derivative as 1 - (1 - tanh(x)^2).

    Example:
        >>> float(f"{tanh_shrink(np.array(0.001)).value:.6g}")
        3.33333e-10
    """
    t = np.tanh(x)
    near = np.minimum(np.abs(x), _DIRECT)
    square = near * near
    rest = square / (2 * _LEVELS + 1)
    for odd_number in range(2 * _LEVELS - 1, 1, -2):
        rest = square / (odd_number + rest)
    small = np.copysign(near * (rest / (1 + rest)), x)
    e = np.exp(-np.abs(x))
    sech = 2 * e / (1 + e * e)
    return Jet(np.where(np.abs(x) < _DIRECT, small, x - t), t * t, 2 * t * sech * sech)
