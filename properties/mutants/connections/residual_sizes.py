"""Residual connections that are wrong at some sizes, in some states or for some widths."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from properties.mutants.connections import with_gradient, with_others
from properties.mutants.mutant import mutant
from reference.connections.branches import Activation, branch
from reference.connections.residual import projection_residual, residual
from reference.numerics import Array, Linearized

RESIDUAL = "connections.residual"
PROJECTION = "connections.projection_residual"


@mutant(RESIDUAL, "the branch is clipped to 1e4, lest it overflow", blind_spot="scale")
def residual_clips_the_branch(x: Array, *weights: Array, activation: Activation) -> Linearized:
    inner = branch(x, *weights, activation=activation)
    right = residual(x, *weights, activation=activation)
    return right._replace(outputs=x + np.clip(inner.outputs, -1e4, 1e4).astype(x.dtype))


@mutant(RESIDUAL, "the sum is formed of four times its parts: it overflows before it is due",
        blind_spot="scale")  # fmt: skip
def residual_overflows_early(x: Array, *weights: Array, activation: Activation) -> Linearized:
    right = residual(x, *weights, activation=activation)
    return right._replace(outputs=x.dtype.type(4) * right.outputs / x.dtype.type(4))


@mutant(RESIDUAL, "cotangents longer than 1 are clipped on their way through", blind_spot="scale")
def residual_clips_cotangents(x: Array, *weights: Array, activation: Activation) -> Linearized:
    right = residual(x, *weights, activation=activation)

    def pullback(c: Array) -> tuple[Array, ...]:
        return right.pullback(c / max(x.dtype.type(1), np.linalg.norm(c)))

    return right._replace(pullback=pullback)


@mutant(RESIDUAL, "NaN in a branch is replaced by 0: a failed sample goes unseen",
        blind_spot="special values")  # fmt: skip
def residual_swallows_nan(x: Array, *weights: Array, activation: Activation) -> Linearized:
    right = residual(x, *weights, activation=activation)
    return right._replace(outputs=np.nan_to_num(right.outputs, posinf=np.inf, neginf=-np.inf))


_PASSES = itertools.count(1)


@mutant(RESIDUAL, "a schedule that counts forward passes scales the block: computed again, it is"
        " one further on", on="torch", blind_spot="time")  # fmt: skip
def residual_counts_its_passes(x: Any, *rest: Any, activation: Activation) -> Any:
    from backends.torch.connections import residual as bound

    return bound.residual(x, *rest, activation=activation) * (1 + 1 / next(_PASSES))


@mutant(RESIDUAL, "the backward pass reads a transposed cotangent as if it were contiguous",
        on="torch", blind_spot="structure")  # fmt: skip
def residual_pulls_back_memory_in_order(x: Any, *rest: Any, activation: Activation) -> Any:
    from backends.torch.connections import residual as bound

    y = bound.residual(x, *rest, activation=activation)
    if y.requires_grad:
        y.register_hook(lambda c: c.as_strided(c.shape, c.new_empty(c.shape).stride()))
    return y


@mutant(PROJECTION, "the shortcut is padded with zeros, not projected", blind_spot="structure")
def projection_pads_with_zeros(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, ws: Array, *, activation: Activation
) -> Linearized:
    eye = np.eye(*ws.shape, dtype=x.dtype)
    right = projection_residual(x, w1, b1, w2, b2, eye, activation=activation)
    return with_others(right, lambda *g: (*g[:-1], 0 * g[-1]))


@mutant(PROJECTION, "the projection sees relu(x), as where the first relu precedes both paths",
        blind_spot="symmetry and defaults")  # fmt: skip
def projection_sees_activated_input(
    x: Array, *weights: Array, activation: Activation
) -> Linearized:
    *inside, ws = weights
    inner, active = branch(x, *inside, activation=activation), np.maximum(x, 0)

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *rest = inner.pullback(c)
        return np.where(x > 0, c @ ws, 0) + through, *rest, c.T @ active

    return Linearized(active @ ws.T + inner.outputs, pullback)


@mutant(PROJECTION, "the gradient of x leaves the projection out: c itself is added")
def projection_passes_cotangents_as_they_are(
    x: Array, *weights: Array, activation: Activation
) -> Linearized:
    right = projection_residual(x, *weights, activation=activation)
    width, ws = x.shape[1], weights[-1]
    return with_gradient(right, lambda c: right.pullback(c)[0] - c @ ws + c[:, :width])


@mutant(PROJECTION, "the gradient of the projection is averaged over the batch",
        blind_spot="structure")  # fmt: skip
def projection_averages_its_gradient(
    x: Array, *weights: Array, activation: Activation
) -> Linearized:
    right = projection_residual(x, *weights, activation=activation)
    return with_others(right, lambda *g: (*g[:-1], g[-1] / len(x)))
