"""Wrong dense connections."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.connections import with_gradient
from properties.mutants.mutant import mutant
from reference.connections.dense import Order, dense_block, skip_concatenation
from reference.numerics import Array, Linearized

DENSE = "connections.dense_block"
SKIP = "connections.skip_concatenation"


@mutant(DENSE, "A0 3.4.2 prints y = x + F(x), the residual formula: layers are added to x")
def dense_adds_as_residual_nets_do(
    x: Array, weights: list[Array], biases: list[Array]
) -> Linearized:
    right = dense_block(x, weights, biases)
    added, width = right.outputs.copy(), x.shape[1]
    for layer in range(len(weights)):
        made = right.outputs[:, width + 2 * layer : width + 2 * layer + 2]
        added[:, :2] = added[:, :2] + made
    return right._replace(outputs=added)


@mutant(
    DENSE, "A0 3.4.2's gradient is that of a sum: every layer is taken to receive x's cotangent"
)
def dense_pulls_back_as_residual_nets_do(
    x: Array, weights: list[Array], biases: list[Array]
) -> Linearized:
    right = dense_block(x, weights, biases)

    def pullback(c: Array) -> tuple[Any, ...]:
        moved, width = c.copy(), x.shape[1]
        moved[:, width:] = np.tile(c[:, :2], len(weights))
        return right.pullback(moved)

    return right._replace(pullback=pullback)


@mutant(DENSE, "layers read x alone, not what the layers before them made", blind_spot="structure")
def dense_reads_its_input_alone(x: Array, weights: list[Array], biases: list[Array]) -> Linearized:
    alone = [w * (np.arange(w.shape[1]) < x.shape[1]) for w in weights]
    right = dense_block(x, [w.astype(x.dtype) for w in alone], biases)

    def pullback(c: Array) -> tuple[Any, ...]:
        of_x, of_w, of_b = right.pullback(c)
        return of_x, [g * (w != 0) for g, w in zip(of_w, alone, strict=True)], of_b

    return right._replace(pullback=pullback)


@mutant(DENSE, "new features are put in front of the old", blind_spot="symmetry and defaults")
def dense_puts_new_features_first(
    x: Array, weights: list[Array], biases: list[Array]
) -> Linearized:
    right = dense_block(x, weights, biases)
    turned = np.roll(np.arange(right.outputs.shape[1]), 2)
    back = np.argsort(turned)
    return Linearized(right.outputs[:, turned], lambda c: right.pullback(c[:, back]))


@mutant(DENSE, "the gradient of x is that of its place in y: other uses are forgotten",
        blind_spot="dynamics")  # fmt: skip
def dense_forgets_the_other_uses(x: Array, weights: list[Array], biases: list[Array]) -> Linearized:
    right = dense_block(x, weights, biases)
    return with_gradient(right, lambda c: c[:, : x.shape[1]])


@mutant(DENSE, "the gradient of x is the mean over its uses, not the sum", blind_spot="dynamics")
def dense_averages_over_uses(x: Array, weights: list[Array], biases: list[Array]) -> Linearized:
    right = dense_block(x, weights, biases)
    count = x.dtype.type(len(weights) + 1)
    return with_gradient(right, lambda c: right.pullback(c)[0] / count)


@mutant(DENSE, "features made before are detached, to save memory: layers learn from y alone",
        blind_spot="dynamics")  # fmt: skip
def dense_detaches_what_was_made(x: Array, weights: list[Array], biases: list[Array]) -> Linearized:
    right = dense_block(x, weights, biases)
    width = x.shape[1]

    def pullback(c: Array) -> tuple[Any, ...]:
        h = np.maximum(right.outputs, 0)
        cs = [c[:, width + 2 * i : width + 2 * i + 2] for i in range(len(weights))]
        pairs = list(zip(cs, weights, strict=True))
        of_x = c[:, :width] + np.where(x > 0, sum(m @ w[:, :width] for m, w in pairs), 0)
        return of_x, [m.T @ h[:, : w.shape[1]] for m, w in pairs], [m.sum(axis=0) for m in cs]

    return right._replace(pullback=pullback)


@mutant(DENSE, "what is put side by side has been through relu: x with it", blind_spot="structure")
def dense_concatenates_activations(
    x: Array, weights: list[Array], biases: list[Array]
) -> Linearized:
    right = dense_block(x, weights, biases)
    y = right.outputs
    return Linearized(np.maximum(y, 0), lambda c: right.pullback(np.where(y > 0, c, 0)))


@mutant(SKIP, "the order of the two halves is taken to be the other one",
        blind_spot="symmetry and defaults")  # fmt: skip
def skip_turns_the_halves_round(x: Array, *weights: Array, order: Order) -> Linearized:
    other: Order = "skip last" if order == "skip first" else "skip first"
    return skip_concatenation(x, *weights, order=other)


@mutant(SKIP, "the order is a switch that nobody reads", blind_spot="symmetry and defaults")
def skip_ignores_the_order(x: Array, *weights: Array, order: Order) -> Linearized:
    del order
    return skip_concatenation(x, *weights, order="skip first")


@mutant(SKIP, "what skips is added to what came back, not put beside it: both halves see the sum")
def skip_adds_what_skips(x: Array, *weights: Array, order: Order) -> Linearized:
    w1, b1, w2, b2, w3, b3 = weights
    e = np.maximum(x @ w1.T + b1, 0)
    total = e + np.maximum(e @ w2.T + b2, 0)
    y = np.concatenate((total, total), axis=1) @ w3.T + b3
    return skip_concatenation(x, *weights, order=order)._replace(outputs=y)


@mutant(SKIP, "the skip is detached: the encoder learns from below alone", blind_spot="dynamics")
def skip_detaches_what_skips(x: Array, *weights: Array, order: Order) -> Linearized:
    right = skip_concatenation(x, *weights, order=order)
    w1, b1, w2, b2, w3, _ = weights
    half = np.split(w3, 2, axis=1)[order == "skip first"]
    active = x @ w1.T + b1
    below = np.maximum(active, 0) @ w2.T + b2

    def pullback(c: Array) -> tuple[Any, ...]:
        de = np.where(active > 0, np.where(below > 0, c @ half, 0) @ w2, 0)
        return de @ w1, de.T @ x, de.sum(axis=0), *right.pullback(c)[3:]

    return right._replace(pullback=pullback)
