"""Gated connections: a logistic gate decides how much of each path, or channel, goes on."""

from __future__ import annotations

import numpy as np

from reference.connection_facts import identity, keeps_gradients, norm, passes, rows_apart
from reference.numerics import ULPS, Array, Linearized, logistic
from reference.stored import stored
from reference.technique import Accuracy, Fact, technique

GATE = 2 * (ULPS["exp"] + ULPS["div"] + ULPS["round"])
"""Roundings of a logistic function, in units of u."""

OPEN = 1e4
"""A bias at which a gate is 1 in every format, and its complement 0: exp(-1e4) is 0."""


def entering(x: Array, w: Array, b: Array) -> Array:
    """w x + b, with as many roundings as it has terms, relative to the sum of magnitudes."""
    return stored(x @ w.T + b, x.shape[-1] + 1, of=abs(x) @ abs(w.T) + abs(b))


@technique(
    source="Srivastava, Greff and Schmidhuber 2015, Highway networks, equation 3",
    accuracy=Accuracy(ulps=1, inputs=5, terms=lambda x: len(x) + 2 * x.shape[1]),
    facts=(
        rows_apart,
        passes(identity, wt=0.0, bt=-OPEN),
        keeps_gradients("(1 - |wh|) / 2", lambda wh: (1 - norm(wh)) / 2, "wh", wt=0.0, bt=0.0),
        Fact("is_its_transform_at_open_gates"),
        Fact("stays_between_its_paths"),
    ),
)
def highway(x: Array, wh: Array, bh: Array, wt: Array, bt: Array) -> Linearized:
    """Let a gate choose, feature by feature, between a layer and the input itself.

    y = t h + (1 - t) x, h = relu(wh x + bh), t = s(wt x + bt)

    h: the transform. t: the transform gate, s the logistic function; 1 - t is the carry gate. bt
    begins negative (-1 to -3): gates begin shut, and the block near the identity.

    *Numerics*: 1 - t is formed as s(-a), and the gate's slope as t s(-a): nothing cancels where a
    gate is open. What enters a gate takes D + 1 roundings, a gate and its complement 12 each (an
    exponential and a quotient), and each counts with what it moves; so do the cotangents of h
    and of a.

    Args:
        x: (N, D), no unit.
        wh: (D, D).
        bh: (D,).
        wt: (D, D).
        bt: (D,), no unit.

    Returns:
        Linearized: y shaped like x, and the pullback
        c -> ((1 - t) c + wh^T dh + wt^T da, dh^T x, Σ dh, da^T x, Σ da), dh = t c where h > 0,
        da = t (1 - t) (h - x) c.

    *Differences*: neither library has the block; flax's GRUCell gates the other way round,
    (1 - z) n + z h: z is the carry gate. Written as printed, 1 - t is rounded where t is near 1:
    the carried part is off by 2 u |x|, and is 0 once t is 1; the gate's slope is off as well. With
    exp(logsigmoid(a)) and exp(logsigmoid(-a)) for t and 1 - t both are right, in either library.
    torch.lerp(x, h, t) is x + t (h - x) below t = 1/2, and h - (h - x) (1 - t) above.

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros(1)
        >>> highway(np.array([[2.0], [-3.0]]), 2 * one, zero, 0 * one, zero).outputs.ravel()
        array([ 3. , -1.5])
    """
    hidden, a = entering(x, wh, bh), entering(x, wt, bt)
    h, t, carried = np.maximum(hidden, 0), stored(logistic(a), GATE), stored(logistic(-a), GATE)
    terms = len(x) + x.shape[1]

    def pullback(c: Array) -> tuple[Array, ...]:
        dh = np.where(hidden > 0, stored(c * t, terms), 0)
        slope = stored(t * carried, 2)
        da = stored(c * (h - x) * slope, terms + 3, of=abs(c) * (h + abs(x)) * slope)
        of_x = carried * c + dh @ wh + da @ wt
        return of_x, dh.T @ x, dh.sum(axis=0), da.T @ x, da.sum(axis=0)

    return Linearized(t * h + carried * x, pullback)


@technique(
    source="Hu, Shen and Sun 2018, Squeeze-and-excitation networks, equations 2 to 4",
    accuracy=Accuracy(ulps=1, inputs=5, terms=lambda x, w1: sum(x.shape) + len(w1)),
    facts=(
        rows_apart,
        passes(identity, w2=0.0, b2=OPEN),
        Fact("weighs_channels_as_a_whole"),
        Fact("ignores_the_order_of_places"),
    ),
)
def squeeze_excitation(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Linearized:
    """Weigh every channel by a gate that has seen the means of all of them.

    y_ncl = g_nc x_ncl, g = s(w2 relu(w1 m + b1) + b2), m_nc = mean of x_ncl over places l

    m: the squeeze. g: the excitation, s the logistic function. w1, b1, w2, b2: two layers with a
    bottleneck of H channels between them.

    *Numerics*: as `highway`; a mean is a sum of L numbers, the cotangent of a gate too.

    Args:
        x: (N, C, L), no unit; the places of an image are one axis.
        w1: (H, C).
        b1: (H,).
        w2: (C, H).
        b2: (C,), no unit.

    Returns:
        Linearized: y shaped like x, and the pullback to every input.

    *Differences*: neither library has the block (torchvision.ops has SqueezeExcitation, of two
    convolutions of size 1). Torch keeps channels second, flax last. Some nets (MobileNetV3) take
    hardsigmoid for s: another block.

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros(1)
        >>> squeeze_excitation(np.array([[[2.0, -4.0]]]), one, zero, one, zero).outputs
        array([[[ 1., -2.]]])
    """
    places = x.shape[2]
    m = stored(np.mean(x, axis=2), places, of=np.mean(abs(x), axis=2))
    hidden = entering(m, w1, b1)
    active = np.maximum(hidden, 0)
    a = entering(active, w2, b2)
    g, slope = stored(logistic(a), GATE), stored(logistic(a) * logistic(-a), 2 * GATE + 1)
    terms = sum(x.shape) + len(w1)

    def pullback(c: Array) -> tuple[Array, ...]:
        of_gate = np.sum(c * x, axis=2)
        of_gate = stored(of_gate, places + 1, of=np.sum(abs(c * x), axis=2))
        da = stored(of_gate * slope, terms)
        moved = stored(da @ w2, terms, of=abs(da) @ abs(w2))
        dh = np.where(hidden > 0, moved, 0)
        dm = stored(dh @ w1, terms, of=abs(dh) @ abs(w1))
        of_x = g[..., None] * c + dm[..., None] / places
        return of_x, dh.T @ m, dh.sum(axis=0), da.T @ active, da.sum(axis=0)

    return Linearized(g[..., None] * x, pullback)
