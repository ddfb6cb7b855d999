"""Wrong gated connections."""

from __future__ import annotations

import numpy as np

from properties.mutants.connections import with_gradient
from properties.mutants.mutant import mutant
from reference.connections.gates import highway, squeeze_excitation
from reference.numerics import Array, Linearized, logistic

HIGHWAY = "connections.highway"
EXCITATION = "connections.squeeze_excitation"


@mutant(HIGHWAY, "the gate carries: t x + (1 - t) h, as GRUs of the other kind have it",
        blind_spot="symmetry and defaults")  # fmt: skip
def highway_gates_the_other_way_round(
    x: Array, wh: Array, bh: Array, wt: Array, bt: Array
) -> Linearized:
    right = highway(x, wh, bh, -wt, -bt)
    return right._replace(
        pullback=lambda c: tuple(s * g for s, g in zip((1, 1, 1, -1, -1), right.pullback(c),
                                                       strict=True))
    )  # fmt: skip


@mutant(HIGHWAY, "gates are not coupled: x is passed on whole, beside t h", blind_spot="dynamics")
def highway_carries_everything(x: Array, wh: Array, bh: Array, wt: Array, bt: Array) -> Linearized:
    hidden, t = x @ wh.T + bh, logistic(x @ wt.T + bt)
    h = np.maximum(hidden, 0)

    def pullback(c: Array) -> tuple[Array, ...]:
        dh, da = np.where(hidden > 0, c * t, 0), c * h * t * (1 - t)
        return c + dh @ wh + da @ wt, dh.T @ x, dh.sum(0), da.T @ x, da.sum(0)

    return Linearized(x + t * h, pullback)


@mutant(HIGHWAY, "the transform has no activation", blind_spot="symmetry and defaults")
def highway_transforms_linearly(x: Array, wh: Array, bh: Array, wt: Array, bt: Array) -> Linearized:
    h, t = x @ wh.T + bh, logistic(x @ wt.T + bt)

    def pullback(c: Array) -> tuple[Array, ...]:
        dh, da = c * t, c * (h - x) * t * (1 - t)
        return (1 - t) * c + dh @ wh + da @ wt, dh.T @ x, dh.sum(0), da.T @ x, da.sum(0)

    return Linearized(t * h + (1 - t) * x, pullback)


@mutant(
    HIGHWAY, "the gate is piecewise linear, max(0, min(1, a / 6 + 1/2))", blind_spot="tolerance"
)
def highway_has_hard_gates(x: Array, wh: Array, bh: Array, wt: Array, bt: Array) -> Linearized:
    a, kind = x @ wt.T + bt, x.dtype.type
    t = np.clip(a / kind(6) + kind(0.5), 0, 1).astype(x.dtype)
    y = t * np.maximum(x @ wh.T + bh, 0) + (1 - t) * x
    return highway(x, wh, bh, wt, bt)._replace(outputs=y)


@mutant(HIGHWAY, "no gradient passes through the carry gate: 1 - t is detached",
        blind_spot="dynamics")  # fmt: skip
def highway_detaches_the_carry_gate(
    x: Array, wh: Array, bh: Array, wt: Array, bt: Array
) -> Linearized:
    right = highway(x, wh, bh, wt, bt)
    t, h = logistic(x @ wt.T + bt), np.maximum(x @ wh.T + bh, 0)

    def pullback(c: Array) -> tuple[Array, ...]:
        of_x, of_wh, of_bh, *_ = right.pullback(c)
        missing = c * x * t * (1 - t)
        da = c * h * t * (1 - t)
        return of_x + missing @ wt, of_wh, of_bh, da.T @ x, da.sum(0)

    return right._replace(pullback=pullback)


@mutant(HIGHWAY, "the gate never shuts: it is at least 0.01", blind_spot="boundaries")
def highway_never_shuts(x: Array, wh: Array, bh: Array, wt: Array, bt: Array) -> Linearized:
    t = np.maximum(logistic(x @ wt.T + bt), x.dtype.type(0.01))
    y = t * np.maximum(x @ wh.T + bh, 0) + (1 - t) * x
    return highway(x, wh, bh, wt, bt)._replace(outputs=y)


@mutant(EXCITATION, "every place has a gate of its own: nothing is squeezed",
        blind_spot="structure")  # fmt: skip
def excitation_gates_every_place(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array
) -> Linearized:
    per_place = np.maximum(np.moveaxis(x, 1, 2) @ w1.T + b1, 0) @ w2.T + b2
    right = squeeze_excitation(x, w1, b1, w2, b2)
    return right._replace(outputs=np.moveaxis(logistic(per_place), 2, 1) * x)


@mutant(EXCITATION, "the squeeze is the first place, not the mean", blind_spot="structure")
def excitation_squeezes_the_first_place(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array
) -> Linearized:
    g = logistic(np.maximum(x[..., 0] @ w1.T + b1, 0) @ w2.T + b2)
    return squeeze_excitation(x, w1, b1, w2, b2)._replace(outputs=g[..., None] * x)


@mutant(EXCITATION, "channels compete: softmax in place of the logistic function")
def excitation_lets_channels_compete(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array
) -> Linearized:
    a = np.maximum(np.mean(x, axis=2) @ w1.T + b1, 0) @ w2.T + b2
    e = np.exp(a - np.max(a, axis=1, keepdims=True))
    g = e / np.sum(e, axis=1, keepdims=True)
    return squeeze_excitation(x, w1, b1, w2, b2)._replace(outputs=g[..., None] * x)


@mutant(EXCITATION, "the gate is added to 1: a channel is never turned down")
def excitation_never_turns_down(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Linearized:
    right = squeeze_excitation(x, w1, b1, w2, b2)

    def pullback(c: Array) -> tuple[Array, ...]:
        of_x, *rest = right.pullback(c)
        return c + of_x, *rest

    return Linearized(x + right.outputs, pullback)


@mutant(EXCITATION, "no gradient passes back through the squeeze", blind_spot="dynamics")
def excitation_detaches_the_squeeze(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array
) -> Linearized:
    right = squeeze_excitation(x, w1, b1, w2, b2)
    g = logistic(np.maximum(np.mean(x, axis=2) @ w1.T + b1, 0) @ w2.T + b2)
    return with_gradient(right, lambda c: g[..., None] * c)


@mutant(EXCITATION, "the squeeze is the mean over the batch as well", blind_spot="structure")
def excitation_squeezes_the_batch(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array
) -> Linearized:
    m = np.mean(x, axis=(0, 2), keepdims=True)[:, :, 0]
    g = logistic(np.maximum(m @ w1.T + b1, 0) @ w2.T + b2)
    return squeeze_excitation(x, w1, b1, w2, b2)._replace(outputs=g[..., None] * x)
