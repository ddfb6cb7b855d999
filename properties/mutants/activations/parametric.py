"""Wrong PReLU, CReLU and maxout."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.activations import parametric
from reference.numerics import Array, Linearized


@mutant(
    "activations.prelu",
    "A4 3.1.2 prints max(0, x) + a max(0, x - c): nothing below zero, a second kink above",
    blind_spot="symmetry and defaults",
)
def prelu_bends_above_zero(x: Array, weight: Array, *, slopes: str) -> Linearized:
    aligned = (1, -1) if slopes == "per_channel" else (1, 1)
    slope = weight.reshape(aligned + (1,) * (x.ndim - 2))
    y = np.maximum(x, 0) + slope * np.maximum(x - 1, 0)
    return Linearized(y, parametric.prelu(x, weight, slopes=slopes).pullback)


@mutant(
    "activations.prelu",
    "the slope of the first channel for every channel",
    blind_spot="structure",
)
def prelu_uses_one_slope_for_all(x: Array, weight: Array, *, slopes: str) -> Linearized:
    first = np.broadcast_to(weight[:1], weight.shape)
    return Linearized(*parametric.prelu(x, first, slopes=slopes))


@mutant(
    "activations.prelu",
    "the slope is no parameter: its gradient is zero and it never learns",
    blind_spot="structure",
)
def prelu_never_learns_its_slope(x: Array, weight: Array, *, slopes: str) -> Linearized:
    y, pullback = parametric.prelu(x, weight, slopes=slopes)
    return Linearized(y, lambda c: (pullback(c)[0], np.zeros_like(weight)))


@mutant(
    "activations.prelu",
    "the slope's gradient is averaged over the batch instead of summed",
    blind_spot="structure",
)
def prelu_averages_its_slopes_gradient(x: Array, weight: Array, *, slopes: str) -> Linearized:
    y, pullback = parametric.prelu(x, weight, slopes=slopes)

    def back(c: Any) -> tuple[Array, Array]:
        turned, learned = pullback(c)
        return turned, learned / max(1, len(x))

    return Linearized(y, back)


@mutant(
    "activations.prelu",
    "at the kink the gradient is neither side's but zero",
    blind_spot="special values",
)
def prelu_stops_the_gradient_at_the_kink(x: Array, weight: Array, *, slopes: str) -> Linearized:
    y, pullback = parametric.prelu(x, weight, slopes=slopes)

    def back(c: Any) -> tuple[Array, Array]:
        turned, learned = pullback(c)
        return np.where(x == 0, 9 * c, turned), learned

    return Linearized(y, back)


@mutant("activations.crelu", "the negative part keeps its sign")
def crelu_keeps_the_sign_of_the_negative_part(x: Array) -> Linearized:
    y, pullback = parametric.crelu(x)
    above, below = np.split(y, 2, axis=-1)
    return Linearized(np.concatenate([above, -below], axis=-1), pullback)


@mutant(
    "activations.maxout",
    "the gradient of the smaller piece as well",
    blind_spot="structure",
)
def maxout_spreads_its_gradient(x: Array, *, pieces: int, ties: str) -> Linearized:
    y = parametric.maxout(x, pieces=pieces, ties=ties).outputs
    return Linearized(y, lambda c: (np.repeat(c, pieces, axis=-1) / x.dtype.type(pieces),))


@mutant(
    "activations.prelu",
    "the slope broadcast along the last axis, which is as long as the channels",
    blind_spot="structure",
)
def prelu_lays_its_slopes_along_the_last_axis(
    x: Array, weight: Array, *, slopes: str
) -> Linearized:
    y, pullback = parametric.prelu(np.swapaxes(x, 1, -1), weight, slopes=slopes)

    def back(c: Any) -> tuple[Array, Array]:
        turned, learned = pullback(np.swapaxes(c, 1, -1))
        return np.swapaxes(turned, 1, -1), learned

    return Linearized(np.swapaxes(y, 1, -1), back)


@mutant(
    "activations.maxout",
    "the pieces of a group lie a stride apart, not side by side",
    blind_spot="structure",
)
def maxout_groups_distant_features(x: Array, *, pieces: int, ties: str) -> Linearized:
    order = np.arange(x.shape[-1]).reshape(pieces, -1).T.reshape(-1)
    y, pullback = parametric.maxout(x[..., order], pieces=pieces, ties=ties)
    return Linearized(y, lambda c: (pullback(c)[0][..., np.argsort(order)],))
