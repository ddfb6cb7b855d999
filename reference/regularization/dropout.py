"""Dropout and its kin: in training, units are dropped at random."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.numerics import Array, Linearized
from reference.regularization_facts import (
    Affine,
    masks,
    unbiased,
    whole_units,
)
from reference.technique import Accuracy, Between, technique

Rate = Annotated[float, Between(2.0**-6, 1 - 2.0**-6)]
Mode = Literal["train", "eval"]


def alone(rank: int) -> tuple[int, ...]:
    """Every number is a unit of its own."""
    del rank
    return ()


def places(rank: int) -> tuple[int, ...]:
    """The places of a channel: all axes but the first two."""
    return tuple(range(2, rank))


def _times(rank: int) -> tuple[int, ...]:
    """The steps of a sequence: the second axis."""
    del rank
    return (1,)


def _samples(rank: int) -> tuple[int, ...]:
    """All of a sample: every axis but the first."""
    return tuple(range(1, rank))


def inverted(rate: float) -> Affine:
    """Kept numbers are divided by the probability of being kept; dropped ones are 0."""
    return Affine(1 / (1 - rate) if rate < 1 else 0.0, 0.0, 0.0)


def masked(
    seed: Array, x: Array, shared: tuple[int, ...], affine: Affine, rate: float, mode: Mode
) -> Linearized:
    """Drop units of x: one uniform number of PCG64 for each of them decides."""
    if not 0 <= rate <= 1:
        message = f"a rate is from 0 to 1; got {rate}"
        raise ValueError(message)
    if mode == "eval" or rate == 0:
        return Linearized(x.copy(), lambda c: (c,))
    kind = x.dtype.type
    units = tuple(1 if axis in shared else size for axis, size in enumerate(x.shape))
    kept = np.random.default_rng(int(seed)).random(units) >= rate
    kept = np.broadcast_to(kept, x.shape)
    slope, shift, dropped = kind(affine.slope), kind(affine.shift), kind(affine.dropped)

    def pullback(c: Array) -> tuple[Array]:
        return (np.where(kept, c * slope, kind(0)),)

    return Linearized(np.where(kept, x * slope + shift, dropped), pullback)


@technique(
    source="Srivastava et al. 2014, Dropout, section 10, in its inverted form",
    accuracy=Accuracy(ulps=0.5, inputs=2),
    facts=(masks(alone, inverted), unbiased),
)
def dropout(seed: Array, x: Array, *, rate: Rate = 0.5, mode: Mode = "train") -> Linearized:
    """Dropout: numbers are dropped at random, and what is kept makes up for it.

    y_i = m_i x_i / (1 - p),  P(m_i = 1) = 1 - p

    p is the rate. Every number is kept or dropped by itself, and 0 where it is dropped, even if it
    was NaN or infinite. dL/dx_i = m_i c_i / (1 - p), with the mask of the forward pass. With mode
    "eval", or a rate of 0, y = x; with a rate of 1, y = 0.

    *Numerics*: 1 / (1 - p) is rounded, after 1 - p may have been, and so is the product.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        x: an array of any shape.
        rate: p, the probability of being dropped.
        mode: train or eval.

    Returns:
        Linearized: y shaped like x, and the pullback to x.

    Raises:
        ValueError: the rate is not from 0 to 1.

    *Differences*: torch multiplies by the mask, so that a dropped NaN or infinity is NaN; flax
    selects. flax decides on rate 0 and 1 in Python: its rate cannot be traced. In 16-bit formats
    torch rounds 1 / (1 - p), flax 1 - p. jax.random.bernoulli keeps with a probability that is a
    multiple of 2^-23.

    Example:
        >>> dropout(0, np.ones(4), rate=0.5).outputs
        array([2., 0., 0., 0.])
    """
    return masked(seed, x, alone(x.ndim), inverted(rate), rate, mode)


@technique(
    source="Tompson et al. 2015, Efficient object localization using convolutional networks,"
    " section 3.2",
    accuracy=Accuracy(ulps=0.5, inputs=2),
    facts=(masks(places, inverted), unbiased, whole_units),
)
def spatial_dropout(seed: Array, x: Array, *, rate: Rate = 0.5, mode: Mode = "train") -> Linearized:
    """Spatial dropout: whole channels of a sample are dropped, for their places are alike.

    y_ncs = m_nc x_ncs / (1 - p),  P(m_nc = 1) = 1 - p

    n counts samples, c channels, s the places of a signal, an image or a volume; p is the rate.

    *Numerics*: as `dropout`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        x: (n, channels, places ...), one to three axes of places.
        rate: p, the probability that a channel is dropped.
        mode: train or eval.

    Returns:
        Linearized: y shaped like x, and the pullback to x.

    Raises:
        ValueError: the rate is not from 0 to 1.

    *Differences*: torch has dropout1d, dropout2d and dropout3d, and multiplies by the mask. flax's
    Dropout takes the axes that share a mask as broadcast_dims; its channels are usually last.

    Example:
        >>> spatial_dropout(0, np.ones((1, 2, 2)), rate=0.5).outputs
        array([[[2., 2.],
                [0., 0.]]])
    """
    return masked(seed, x, places(x.ndim), inverted(rate), rate, mode)


@technique(
    source="Gal and Ghahramani 2016, A theoretically grounded application of dropout in recurrent"
    " neural networks, section 4",
    accuracy=Accuracy(ulps=0.5, inputs=2),
    facts=(masks(_times, inverted), unbiased, whole_units),
)
def variational_dropout(
    seed: Array, x: Array, *, rate: Rate = 0.5, mode: Mode = "train"
) -> Linearized:
    """Variational (locked) dropout: a sequence keeps the same features over all its time.

    y_ntf = m_nf x_ntf / (1 - p),  P(m_nf = 1) = 1 - p

    n counts sequences, t time, f features; p is the rate.

    *Numerics*: as `dropout`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        x: (n, time, features).
        rate: p, the probability that a feature of a sequence is dropped.
        mode: train or eval.

    Returns:
        Linearized: y shaped like x, and the pullback to x.

    Raises:
        ValueError: the rate is not from 0 to 1.

    *Differences*: flax's Dropout with broadcast_dims=(1,). torch has none: its LSTM(dropout=) draws
    anew at every step, and between layers only.

    Example:
        >>> variational_dropout(0, np.ones((1, 2, 2)), rate=0.5).outputs
        array([[[2., 0.],
                [2., 0.]]])
    """
    return masked(seed, x, _times(x.ndim), inverted(rate), rate, mode)


@technique(
    source="Huang et al. 2016, Deep networks with stochastic depth, equation 2, inverted",
    accuracy=Accuracy(ulps=0.5, inputs=2),
    facts=(masks(_samples, inverted), unbiased, whole_units),
)
def stochastic_depth(
    seed: Array, x: Array, *, rate: Rate = 0.5, mode: Mode = "train"
) -> Linearized:
    """Stochastic depth (drop path): the branch of a residual block is dropped for whole samples.

    y_n = m_n x_n / (1 - p),  P(m_n = 1) = 1 - p

    x is what the branch F(h) gives, y what is added to h; n counts samples; p is the rate.

    *Numerics*: as `dropout`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        x: (n, ...), the branch's output.
        rate: p, the probability that a sample goes without the branch.
        mode: train or eval.

    Returns:
        Linearized: y shaped like x, and the pullback to x.

    Raises:
        ValueError: the rate is not from 0 to 1.

    *Differences*: Huang et al. do not divide in training, but multiply by 1 - p in eval. flax's
    Dropout with broadcast_dims of all axes but the first is this one. torch has none (torchvision
    has, as ops.stochastic_depth with mode="row").

    Example:
        >>> stochastic_depth(0, np.ones((2, 2)), rate=0.5).outputs
        array([[2., 2.],
               [0., 0.]])
    """
    return masked(seed, x, _samples(x.ndim), inverted(rate), rate, mode)
