"""Wrong residual connections."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.connections import with_gradient
from properties.mutants.mutant import mutant
from reference.connections.branches import Activation, branch
from reference.connections.residual import residual
from reference.numerics import Array, Linearized

RESIDUAL = "connections.residual"


@mutant(RESIDUAL, "A4 3.2 prints h = f(x) + f'(x'): the shortcut goes through an activation")
def residual_skips_through_the_activation(
    x: Array, *weights: Array, activation: Activation
) -> Linearized:
    inner = branch(x, *weights, activation=activation)

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *rest = inner.pullback(c)
        return np.where(x > 0, c, 0) + through, *rest

    return Linearized(np.maximum(x, 0) + inner.outputs, pullback)


@mutant(RESIDUAL, "A4 3.2 adds the slopes of two layers, taken with respect to different inputs")
def residual_adds_slopes_of_different_inputs(
    x: Array, *weights: Array, activation: Activation
) -> Linearized:
    inner = branch(x, *weights, activation=activation)
    slope = np.where(x > 0, np.ones_like(x), 0)
    right = residual(x, *weights, activation=activation)
    return with_gradient(right, lambda c: c * slope + inner.pullback(c)[0])


@mutant(RESIDUAL, "the input is added before the last activation, as in the first residual nets")
def residual_adds_before_the_last_activation(
    x: Array, *weights: Array, activation: Activation
) -> Linearized:
    right = residual(x, *weights, activation=activation)
    inside = right.outputs
    return Linearized(np.maximum(inside, 0), lambda c: right.pullback(np.where(inside > 0, c, 0)))


@mutant(RESIDUAL, "both paths are scaled by 1 / sqrt(2) to keep the variance", blind_spot="scale")
def residual_halves_the_variance(x: Array, *weights: Array, activation: Activation) -> Linearized:
    right = residual(x, *weights, activation=activation)
    half = x.dtype.type(0.5**0.5)
    return Linearized(half * right.outputs, lambda c: right.pullback(half * c))


@mutant(RESIDUAL, "the shortcut is left out: a plain net", blind_spot="dynamics")
def residual_forgets_the_shortcut(x: Array, *weights: Array, activation: Activation) -> Linearized:
    return branch(x, *weights, activation=activation)


@mutant(RESIDUAL, "the input is added after every layer of the block", blind_spot="structure")
def residual_adds_the_input_twice(x: Array, *weights: Array, activation: Activation) -> Linearized:
    right = residual(x, *weights, activation=activation)

    def pullback(c: Array) -> tuple[Array, ...]:
        of_x, *others = right.pullback(c)
        return c + of_x, *others

    return Linearized(x + right.outputs, pullback)


@mutant(RESIDUAL, "activations precede layers where they should follow, and the other way round",
        blind_spot="symmetry and defaults")  # fmt: skip
def residual_swaps_the_order(x: Array, *weights: Array, activation: Activation) -> Linearized:
    return residual(x, *weights, activation="pre" if activation == "post" else "post")


@mutant(RESIDUAL, "the backward pass leaves out the shortcut", blind_spot="dynamics")
def residual_forgets_the_gradient_of_the_shortcut(
    x: Array, *weights: Array, activation: Activation
) -> Linearized:
    right = residual(x, *weights, activation=activation)
    return with_gradient(right, lambda c: right.pullback(c)[0] - c)


@mutant(RESIDUAL, "the backward pass ends at the shortcut: the block's input is detached")
def residual_detaches_the_block(x: Array, *weights: Array, activation: Activation) -> Linearized:
    return with_gradient(residual(x, *weights, activation=activation), lambda c: c)


@mutant(RESIDUAL, "gradients of biases are averaged over the batch", blind_spot="structure")
def residual_averages_gradients_of_biases(
    x: Array, *weights: Array, activation: Activation
) -> Linearized:
    right = residual(x, *weights, activation=activation)

    def pullback(c: Array) -> tuple[Array, ...]:
        of_x, w1, b1, w2, b2 = right.pullback(c)
        return of_x, w1, b1 / len(x), w2, b2 / len(x)

    return right._replace(pullback=pullback)


@mutant(RESIDUAL, "the slope of relu at 0 is taken to be 1", blind_spot="special values")
def residual_wakes_units_at_the_kink(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, *, activation: Activation
) -> Linearized:
    nearly = np.nextafter(np.zeros_like(b1), np.ones_like(b1))
    return residual(x, w1, np.where(b1 == 0, nearly, b1), w2, b2, activation=activation)


@mutant(RESIDUAL, "the sum is written into the caller's input", blind_spot="protocol")
def residual_adds_in_place(x: Array, *weights: Array, activation: Activation) -> Linearized:
    right = residual(x.copy(), *weights, activation=activation)
    x[:] = right.outputs
    return right


@mutant(RESIDUAL, "a kernel reads a transposed weight as if it were contiguous", on="torch",
        blind_spot="structure")  # fmt: skip
def residual_reads_memory_in_order(x: Any, w1: Any, *rest: Any, activation: Activation) -> Any:
    from backends.torch.connections import residual as bound

    straight = w1.as_strided(w1.shape, w1.new_empty(w1.shape).stride())
    return bound.residual(x, straight, *rest, activation=activation)


@mutant(RESIDUAL, "A4 3.2 prints f_l(x_l) + f_l-1(x_l-1): the two paths begin at different inputs",
        blind_spot="structure")  # fmt: skip
def residual_adds_another_input(x: Array, *weights: Array, activation: Activation) -> Linearized:
    inner = branch(x, *weights, activation=activation)

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *rest = inner.pullback(c)
        return np.roll(c, -1, axis=0) + through, *rest

    return Linearized(np.roll(x, 1, axis=0) + inner.outputs, pullback)
