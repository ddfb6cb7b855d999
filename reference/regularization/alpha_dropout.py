"""Dropout for self-normalizing networks: mean 0 and variance 1 outlive it."""

from __future__ import annotations

import math

from reference.numerics import Array, Linearized
from reference.regularization.dropout import Mode, Rate, alone, masked, places
from reference.regularization_facts import Affine, masks, standard_moments, whole_units
from reference.technique import Accuracy, technique

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""The fixed point (0, 1) of mean and variance (Klambauer et al. 2017, equation 14)."""


def saturating(rate: float) -> Affine:
    """Dropped numbers take SELU's limit; a slope and a shift bring mean 0 and variance 1 back."""
    if rate == 1:
        return Affine(0.0, 0.0, 0.0)
    limit, keep = -SELU_ALPHA * SELU_SCALE, 1 - rate
    slope = 1 / math.sqrt(keep * (1 + rate * limit**2))
    shift = -slope * rate * limit
    return Affine(slope, shift, slope * keep * limit)


@technique(
    source="Klambauer et al. 2017, Self-normalizing neural networks, section 2, new dropout",
    accuracy=Accuracy(ulps=1, inputs=6),
    facts=(masks(alone, saturating), standard_moments),
)
def alpha_dropout(seed: Array, x: Array, *, rate: Rate = 0.5, mode: Mode = "train") -> Linearized:
    """Alpha dropout: dropped numbers take SELU's lower limit, and the moments are brought back.

    y_i = a (m_i x_i + (1 - m_i) l) + b,  a = ((1 - p)(1 + p l^2))^(-1/2),  b = -a p l

    P(m_i = 1) = 1 - p, p is the rate; l = -1.7581 is the limit of SELU at -infinity. Standard
    normal x give y of mean 0 and variance 1. dL/dx_i = a m_i c_i. A rate of 1 gives 0.

    *Numerics*: a, l and b are rounded, and products and sums of them: at most six roundings of
    a |x| + a |l|.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        x: an array of any shape.
        rate: p, the probability of being dropped.
        mode: train or eval.

    Returns:
        Linearized: y shaped like x, and the pullback to x.

    Raises:
        ValueError: the rate is not from 0 to 1.

    *Differences*: torch has it, and multiplies by the mask. JAX and flax have none.

    Example:
        >>> alpha_dropout(0, np.zeros(2), rate=0.5).outputs.round(4)
        array([ 0.7792, -0.7792])
    """
    return masked(seed, x, alone(x.ndim), saturating(rate), rate, mode)


@technique(
    source="Klambauer et al. 2017, Self-normalizing neural networks, with the channels of"
    " Tompson et al. 2015",
    accuracy=Accuracy(ulps=1, inputs=6),
    facts=(masks(places, saturating), standard_moments, whole_units),
)
def feature_alpha_dropout(
    seed: Array, x: Array, *, rate: Rate = 0.5, mode: Mode = "train"
) -> Linearized:
    """Alpha dropout of whole channels of a sample.

    y_ncs = a (m_nc x_ncs + (1 - m_nc) l) + b,  a = ((1 - p)(1 + p l^2))^(-1/2),  b = -a p l

    n counts samples, c channels, s places; p is the rate, l = -1.7581 the limit of SELU.

    *Numerics*: as `alpha_dropout`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        x: (n, channels, places ...).
        rate: p, the probability that a channel is dropped.
        mode: train or eval.

    Returns:
        Linearized: y shaped like x, and the pullback to x.

    Raises:
        ValueError: the rate is not from 0 to 1.

    *Differences*: as `alpha_dropout`.

    Example:
        >>> feature_alpha_dropout(0, np.zeros((1, 2, 2)), rate=0.5).outputs.round(4)
        array([[[ 0.7792,  0.7792],
                [-0.7792, -0.7792]]])
    """
    return masked(seed, x, places(x.ndim), saturating(rate), rate, mode)
