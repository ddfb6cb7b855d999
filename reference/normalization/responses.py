"""Normalization of a response by its neighbours among the channels."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.normalization_facts import neighbours, odd_responses, samples_apart
from reference.numerics import Array, Linearized
from reference.stored import stored
from reference.technique import Accuracy, Between, OneOf, technique

POWER = 16
"""Roundings of a power: the OpenCL 3.0 specification, section 7.4, allows pow 16 ulps."""


@technique(
    source="Krizhevsky, Sutskever and Hinton 2012, ImageNet Classification with Deep Convolutional"
    " Neural Networks, section 3.3",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(neighbours, odd_responses, samples_apart),
)
def local_response_norm(
    x: Array,
    *,
    size: Annotated[int, OneOf((3, 2, 5))] = 5,
    alpha: Annotated[float, Between(1e-4, 1.0, log=True)] = 1e-4,
    beta: Annotated[float, Between(0.25, 1.5)] = 0.75,
    k: Annotated[float, Between(0.5, 2.0)] = 1.0,
    alpha_of: Literal["mean", "sum"] = "mean",
) -> Linearized:
    """Divide every response by a power of the squares of its neighbours among the channels.

    y_i = x_i / (k + a S_i)^b,  S_i = sum of x_j^2 over i - n/2 <= j <= i + (n - 1)/2

    n is `size` (halves rounded down), and channels beyond the ends count as 0. a is alpha where it
    is of the sum, alpha / n where it is of the mean; b is beta.

    *Numerics*: all terms are positive; nothing cancels in the value. The base rounds n + 3 times,
    the power 16 (`POWER`), the product once. In the pullback each of its two terms may be rounded.

    Args:
        x: (N, C, ...) with at least one axis of places, no unit.
        size: n, how many channels are looked at.
        alpha: weight of the squares.
        beta: the power.
        k: what is divided by where all squares are 0.
        alpha_of: whether alpha is divided by n (mean) or not (sum, as the paper has it).

    Returns:
        Linearized: y shaped like x, and the pullback
        c -> (c_j d_j - 2 a b x_j sum over i with j near i of c_i y_i / (k + a S_i),), d = y / x.

    *Differences*: torch divides alpha by n, as Caffe does, the paper does not: the paper's
    n = 5, alpha = 1e-4, k = 2 is torch's size = 5, alpha = 5e-4, k = 2. With an even n torch looks
    one channel further down than up. torch.nn.CrossMapLRN2d, which is older, is wrong: the first
    channel's square stays in every sum, and its gradient is another function's. flax has none.

    Example:
        >>> x = np.array([[[1.0], [1.0]]])
        >>> local_response_norm(x, size=3, alpha=3.0, beta=1.0).outputs.ravel().round(4)
        array([0.3333, 0.3333])
    """
    near = _near(x.shape[1], size).astype(x.dtype)
    a = x.dtype.type(alpha) / (size if alpha_of == "mean" else 1)
    base = stored(x.dtype.type(k) + a * _over_channels(near, x * x), size + 3)
    divided = stored(base ** -x.dtype.type(beta), POWER)

    def pullback(c: Array) -> tuple[Array]:
        first = c * divided
        each = c * x * divided / base
        total = _over_channels(near.T, each)
        total = stored(total, size + 5, of=_over_channels(near.T, np.abs(each)))
        return (stored(first, 1) - stored(2 * a * x.dtype.type(beta) * x * total, 4),)

    return Linearized(x * divided, pullback)


def _near(channels: int, size: int) -> Array:
    """Which channels j are looked at from i: 1 where they are."""
    away = np.arange(channels)[None, :] - np.arange(channels)[:, None]
    return (away >= -(size // 2)) & (away <= (size - 1) // 2)


def _over_channels(near: Array, x: Array) -> Array:
    return np.moveaxis(np.moveaxis(x, 1, -1) @ near.T.astype(x.dtype), -1, 1)
