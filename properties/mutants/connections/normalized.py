"""Wrong residual connections that normalize their sum."""

from __future__ import annotations

import numpy as np

from properties.mutants.connections import with_gradient
from properties.mutants.mutant import mutant
from reference.connections.branches import branch
from reference.connections.normalized import deepnorm, normalized
from reference.numerics import Array, Linearized

DEEPNORM = "connections.deepnorm"


def _block(x: Array, inside: list[Array], outer: Linearized, *, of_x: float, of_f: float
           ) -> Linearized:  # fmt: skip
    """A normalization of of_x x + of_f F(x), pulled back to everything."""
    inner, kind = branch(x, *inside), x.dtype.type

    def pullback(c: Array) -> tuple[Array, ...]:
        moved, *affine = outer.pullback(c)
        through, *rest = inner.pullback(kind(of_f) * moved)
        return kind(of_x) * moved + through, *rest, *affine

    return Linearized(outer.outputs, pullback)


@mutant(DEEPNORM, "alpha weighs the branch, not the input", blind_spot="symmetry and defaults")
def deepnorm_weighs_the_branch(x: Array, *weights: Array, alpha: float, eps: float) -> Linearized:
    *inside, weight, bias = weights
    z = x + x.dtype.type(alpha) * branch(x, *inside).outputs
    return _block(x, inside, normalized(z, weight, bias, eps), of_x=1, of_f=alpha)


@mutant(DEEPNORM, "alpha weighs what is normalized, after the fact", blind_spot="structure")
def deepnorm_scales_after_normalizing(
    x: Array, *weights: Array, alpha: float, eps: float
) -> Linearized:
    *inside, weight, bias = weights
    return deepnorm(x, *inside, x.dtype.type(alpha) * weight, bias, alpha=1.0, eps=eps)


@mutant(DEEPNORM, "the input is added to what is normalized: pre-norm, which DeepNorm replaces")
def deepnorm_normalizes_the_branch_alone(
    x: Array, *weights: Array, alpha: float, eps: float
) -> Linearized:
    *inside, weight, bias = weights
    kind, inner = x.dtype.type(alpha), branch(x, *inside)
    outer = normalized(inner.outputs, weight, bias, eps)

    def pullback(c: Array) -> tuple[Array, ...]:
        moved, *affine = outer.pullback(c)
        through, *rest = inner.pullback(moved)
        return kind * c + through, *rest, *affine

    return Linearized(kind * x + outer.outputs, pullback)


@mutant(DEEPNORM, "the mean is not subtracted: a root mean square in place of the deviation",
        blind_spot="scale")  # fmt: skip
def deepnorm_does_not_center(x: Array, *weights: Array, alpha: float, eps: float) -> Linearized:
    *inside, weight, bias = weights
    right = deepnorm(x, *weights, alpha=alpha, eps=eps)
    z = x.dtype.type(alpha) * x + branch(x, *inside).outputs
    size = np.sqrt(np.mean(z * z, axis=1, keepdims=True) + x.dtype.type(eps))
    return right._replace(outputs=weight * z / size + bias)


@mutant(DEEPNORM, "statistics are the batch's, of each feature", blind_spot="structure")
def deepnorm_normalizes_over_the_batch(
    x: Array, *weights: Array, alpha: float, eps: float
) -> Linearized:
    *inside, weight, bias = weights
    z = x.dtype.type(alpha) * x + branch(x, *inside).outputs
    centered = z - np.mean(z, axis=0)
    y = weight * centered / np.sqrt(np.mean(centered**2, axis=0) + x.dtype.type(eps)) + bias
    return deepnorm(x, *weights, alpha=alpha, eps=eps)._replace(outputs=y)


@mutant(DEEPNORM, "the variance is unbiased, n - 1 in its denominator", blind_spot="tolerance")
def deepnorm_takes_the_unbiased_variance(
    x: Array, *weights: Array, alpha: float, eps: float
) -> Linearized:
    *inside, weight, bias = weights
    kind = x.dtype.type
    share = kind(1 - 1 / x.shape[1])
    root = np.sqrt(share)
    z = kind(alpha) * x + branch(x, *inside).outputs
    outer = normalized(z, root * weight, bias, float(share) * eps)
    return _block(x, inside, outer, of_x=alpha, of_f=1)


@mutant(DEEPNORM, "eps is added to the deviation, outside the root", blind_spot="tolerance",
        dtypes=("float64", "float32"))  # fmt: skip
def deepnorm_adds_eps_outside_the_root(
    x: Array, *weights: Array, alpha: float, eps: float
) -> Linearized:
    *inside, weight, bias = weights
    z = x.dtype.type(alpha) * x + branch(x, *inside).outputs
    centered = z - np.mean(z, axis=1, keepdims=True)
    size = np.sqrt(np.mean(centered**2, axis=1, keepdims=True)) + x.dtype.type(eps)
    right = deepnorm(x, *weights, alpha=alpha, eps=eps)
    return right._replace(outputs=weight * centered / size + bias)


@mutant(DEEPNORM, "on the way back the shortcut passes on what it was not weighed with",
        blind_spot="dynamics")  # fmt: skip
def deepnorm_pulls_back_without_alpha(
    x: Array, *weights: Array, alpha: float, eps: float
) -> Linearized:
    *inside, weight, bias = weights
    right, kind = deepnorm(x, *weights, alpha=alpha, eps=eps), x.dtype.type
    z = kind(alpha) * x + branch(x, *inside).outputs
    outer = normalized(z, weight, bias, eps)
    return with_gradient(
        right, lambda c: right.pullback(c)[0] + kind(1 - alpha) * outer.pullback(c)[0]
    )
