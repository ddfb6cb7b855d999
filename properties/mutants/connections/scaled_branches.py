"""Wrong scaled branches."""

from __future__ import annotations

import numpy as np

from properties.mutants.connections import with_others
from properties.mutants.mutant import mutant
from reference.connections.branches import branch
from reference.connections.scaled_branches import fixup, layer_scale, rezero
from reference.numerics import Array, Linearized

REZERO = "connections.rezero"
LAYER_SCALE = "connections.layer_scale"
FIXUP = "connections.fixup"


@mutant(REZERO, "the branch is scaled by 1 + alpha: at initialization it is not shut off")
def rezero_begins_at_one(x: Array, *weights: Array) -> Linearized:
    *inside, alpha = weights
    return rezero(x, *inside, alpha + alpha.dtype.type(1))


@mutant(REZERO, "alpha scales both paths, x + F", blind_spot="dynamics")
def rezero_scales_the_shortcut_too(x: Array, *weights: Array) -> Linearized:
    *inside, alpha = weights
    inner = branch(x, *inside)

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *rest = inner.pullback(alpha * c)
        return alpha * c + through, *rest, np.sum(c * (x + inner.outputs))

    return Linearized(alpha * (x + inner.outputs), pullback)


@mutant(REZERO, "alpha is squashed by tanh: near 0 nobody sees it", blind_spot="scale")
def rezero_squashes_alpha(x: Array, *weights: Array) -> Linearized:
    *inside, alpha = weights
    right = rezero(x, *inside, np.tanh(alpha))
    return with_others(right, lambda *g: (*g[:-1], g[-1] * (1 - np.tanh(alpha) ** 2)))


@mutant(REZERO, "the gradient of alpha is a mean, not a sum", blind_spot="structure")
def rezero_averages_the_gradient_of_alpha(x: Array, *weights: Array) -> Linearized:
    return with_others(rezero(x, *weights), lambda *g: (*g[:-1], g[-1] / x.dtype.type(x.size)))


@mutant(
    REZERO, "alpha is no parameter: it receives no gradient, and stays 0", blind_spot="dynamics"
)
def rezero_never_learns_alpha(x: Array, *weights: Array) -> Linearized:
    return with_others(rezero(x, *weights), lambda *g: (*g[:-1], 0 * g[-1]))


@mutant(LAYER_SCALE, "one number for all features: the mean of the scale",
        blind_spot="structure")  # fmt: skip
def layer_scale_is_one_number(x: Array, *weights: Array) -> Linearized:
    *inside, scale = weights
    right = layer_scale(x, *inside, np.full_like(scale, np.mean(scale)))
    return with_others(right, lambda *g: (*g[:-1], np.full_like(scale, np.mean(g[-1]))))


@mutant(LAYER_SCALE, "the scale is applied before the branch, to what enters it",
        blind_spot="structure")  # fmt: skip
def layer_scale_scales_what_enters(x: Array, *weights: Array) -> Linearized:
    *inside, scale = weights
    inner = branch(x * scale, *inside)

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *rest = inner.pullback(c)
        return c + scale * through, *rest, np.sum(through * x, axis=0)

    return Linearized(x + inner.outputs, pullback)


@mutant(LAYER_SCALE, "a scale below 1e-4 counts as 1e-4, lest the branch die",
        blind_spot="scale")  # fmt: skip
def layer_scale_has_a_least_scale(x: Array, *weights: Array) -> Linearized:
    *inside, scale = weights
    least = x.dtype.type(1e-4)
    kept = np.where(np.abs(scale) < least, least, scale)
    return layer_scale(x, *inside, kept.astype(x.dtype))


@mutant(LAYER_SCALE, "the scale is left out on the way back", blind_spot="dynamics")
def layer_scale_pulls_back_unscaled(x: Array, *weights: Array) -> Linearized:
    right, inner = layer_scale(x, *weights), branch(x, *weights[:-1])
    return right._replace(pullback=lambda c: (c + inner.pullback(c)[0], *right.pullback(c)[1:]))


@mutant(FIXUP, "relu follows the sum, as in the authors' code: negative numbers do not pass",
        blind_spot="dynamics")  # fmt: skip
def fixup_rectifies_the_sum(
    x: Array, weights: list[Array], biases: Array, multiplier: Array
) -> Linearized:
    right = fixup(x, weights, biases, multiplier)
    y = right.outputs
    return Linearized(np.maximum(y, 0), lambda c: right.pullback(np.where(y > 0, c, 0)))


@mutant(FIXUP, "the multiplier scales the last bias too", blind_spot="symmetry and defaults")
def fixup_multiplies_the_last_bias(
    x: Array, weights: list[Array], biases: Array, multiplier: Array
) -> Linearized:
    last = np.zeros_like(biases)
    last[-1] = biases[-1]
    right = fixup(x, weights, biases + last * (multiplier - multiplier.dtype.type(1)), multiplier)

    def changed(of_x: Array, of_w: Array, of_b: Array, of_k: Array) -> tuple[Array, ...]:
        total = of_b[-1]
        of_b = np.concatenate((of_b[:-1], [multiplier * total])).astype(of_b.dtype)
        return of_x, of_w, of_b, of_k + biases[-1] * total

    return with_others(right, changed)


@mutant(FIXUP, "weights are standardized: their size, which initialization shrinks, is lost",
        blind_spot="scale")  # fmt: skip
def fixup_standardizes_its_weights(
    x: Array, weights: list[Array], biases: Array, multiplier: Array
) -> Linearized:
    unit = [w / (np.linalg.norm(w) or w.dtype.type(1)) for w in weights]
    return fixup(x, unit, biases, multiplier)


@mutant(FIXUP, "biases in front of layers are left out", blind_spot="symmetry and defaults")
def fixup_has_no_biases_in_front(
    x: Array, weights: list[Array], biases: Array, multiplier: Array
) -> Linearized:
    behind = np.arange(len(biases)) % 2 == 1
    right = fixup(x, weights, np.where(behind, biases, 0).astype(x.dtype), multiplier)
    return with_others(right, lambda *g: (*g[:2], np.where(behind, g[2], 0), g[3]))


@mutant(FIXUP, "the gradient of a bias, shared by a layer, is a mean", blind_spot="structure")
def fixup_averages_gradients_of_biases(
    x: Array, weights: list[Array], biases: Array, multiplier: Array
) -> Linearized:
    right = fixup(x, weights, biases, multiplier)
    return with_others(right, lambda *g: (*g[:2], g[2] / x.dtype.type(x.size), g[3]))
