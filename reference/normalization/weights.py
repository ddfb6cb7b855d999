"""Normalization of weights: their length, their largest singular value, their level and size."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.groups import Groups, over_outputs, standardized, summed
from reference.normalization_facts import (
    converges,
    divides_by_the_largest,
    keeps_zero_weights,
    scale_free,
    sized,
    standardizing_weights,
    state_kept,
)
from reference.numerics import Array, Linearized
from reference.stored import stored
from reference.technique import Accuracy, Between, OneOf, technique

Eps = Annotated[float, Between(1e-12, 1e-2, log=True)]
BeginsWith = Literal["u", "v"]
EpsAs = Literal["added", "floor"]
Evaluation = Literal["stored", "iterated"]
Mode = Literal["train", "eval"]


@technique(
    source="Salimans and Kingma 2016, Weight Normalization, equations 2 and 3",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(sized, scale_free, keeps_zero_weights),
)
def weight_norm(direction: Array, length: Array, *, eps: Eps = 1e-12) -> Linearized:
    """Weight normalization: a weight is given by its direction and, apart from it, its length.

    w_o = g_o v_o / sqrt(|v_o|^2 + eps)

    v_o, g_o: direction and length of what enters output o, |v_o| the Euclidean norm.

    *Numerics*: a sum of n squares rounds n times, root and quotient four more, products two; in the
    pullback each of its two terms, and its sum, are rounded. Squares are taken as they are: a row
    longer than sqrt(largest) is lost in all implementations. A row of zeros has no direction: with
    eps = 0, too, it stays 0 and passes no gradient.

    Args:
        direction: v, (O, I), any unit.
        length: g, (O,), in the unit of w; its sign turns w.
        eps: added to the squared norm, in the unit of v squared.

    Returns:
        Linearized: w, (O, I), and the pullback
        c -> (g s (c - v^ sum(c v^)), sum(c v^)), v^ = s v, s = 1 / sqrt(|v|^2 + eps).

    *Differences*: torch has no eps: a row of zeros becomes NaN. flax adds 1e-12 under the root.
    torch holds g as (O, 1) and v as (O, I) (original0 and original1), flax g as (O,) and v as
    (I, O). Of kernels with places all axes but the outputs' are one row; `dim` in torch and
    `feature_axes` in flax choose others. flax begins with lengths of 1, torch with those of v.
    nnx.WeightNorm writes w into the layer's kernel in place of v: called again with a negative g,
    it turns w round; and no optimizer sees its lengths, which are no nnx.Param.

    Example:
        >>> weight_norm(np.array([[3.0, 4.0]]), np.array([10.0])).outputs.round(4)
        array([[6., 8.]])
    """
    g = length[:, None]
    square = stored(np.sum(direction * direction, axis=1, keepdims=True), direction.shape[1] + 1)
    under = square + direction.dtype.type(eps)
    empty = under == 0
    s = stored(np.where(empty, 0, 1 / np.sqrt(np.where(empty, 1, under))), 4)
    unit = stored(direction * s)

    def pullback(c: Array) -> tuple[Array, ...]:
        along = summed(c * unit, 1)
        turned = stored(c, 1) - stored(unit * along[:, None], 2)
        return stored(g * s * turned, 3), along

    return Linearized(g * unit, pullback)


@technique(
    source="Miyato, Kataoka, Koyama and Yoshida 2018, Spectral Normalization, algorithm 1",
    accuracy=Accuracy(ulps=3, inputs=1),
    facts=(divides_by_the_largest, converges, state_kept, keeps_zero_weights),
)
def spectral_norm(
    matrix: Array,
    u: Array,
    v: Array,
    *,
    steps: Annotated[int, OneOf((1, 3))] = 1,
    eps: Eps = 1e-12,
    mode: Mode = "train",
    begins_with: BeginsWith = "u",
    eps_as: EpsAs = "floor",
    evaluation: Evaluation = "stored",
) -> Linearized:
    """Spectral normalization: a weight matrix is divided by its largest singular value.

    w = W / s,  s = u^T W v,  v <- W^T u / |W^T u|,  u <- W v / |W v|

    W: a matrix of O outputs and I inputs. u, v: estimates of its singular vectors, made better by
    so many steps of power iteration, and carried from call to call. The paper and flax begin with
    u, as above; torch renews u first and begins with v. In eval mode u and v are as they were
    stored, or iterated from there without being kept. No gradient flows through u and v. Where s is
    0, W stays as it is.

    *Numerics*: products of a matrix and a vector are sums of I or O numbers; a norm rounds half as
    often and four times more. s is a sum of sums, u^T (W v). Every intermediate vector may be
    rounded; in the pullback, each of its two terms.

    Args:
        matrix: W, (O, I), any unit.
        u: (O,), of length 1.
        v: (I,), of length 1; not looked at where iteration begins with u.
        steps: how often u and v are renewed.
        eps: smallest norm that is divided by, or what is added to its square; unit of W.
        mode: train (iterate, and keep) or eval.
        begins_with: the vector that is not renewed first.
        eps_as: floor, |x| or eps, the larger; or added, sqrt(|x|^2 + eps).
        evaluation: what eval mode does: stored or iterated.

    Returns:
        Linearized: (w, state), state being the vector that the next call begins with; and the
        pullback c -> ((c - sum(c w) u v^T) / s, 0, 0).

    *Differences*: torch renews u first and keeps both vectors, flax renews v first and keeps u (and
    s, which it does not read). In eval mode torch takes what is stored, flax iterates. eps = 1e-12
    bounds the norm in torch and is added to its square in flax. Carried from flax to torch, v must
    be computed from u first; from torch to flax, u is carried as it is. Kernels with places are
    flattened to (outputs, rest). At W = 0 torch gives NaN.
    nnx.SpectralNorm writes w into the layer's kernel in place of W: from then on s is near 1.

    Example:
        >>> w, state = spectral_norm(np.diag([2.0, 1.0]), np.array([1.0, 0.0]), np.zeros(2)).outputs
        >>> w, state
        (array([[1. , 0. ],
               [0. , 0.5]]), array([1., 0.]))
    """
    kept = u if begins_with == "u" else v
    if mode == "train" or evaluation == "iterated":
        for _ in range(steps):
            if begins_with == "u":
                v = _unit(_times(matrix.T, u), eps, eps_as)
                u = _unit(_times(matrix, v), eps, eps_as)
            else:
                u = _unit(_times(matrix, v), eps, eps_as)
                v = _unit(_times(matrix.T, u), eps, eps_as)
    if mode == "train":
        kept = u if begins_with == "u" else v
    size = np.abs(u) @ np.abs(matrix) @ np.abs(v)
    s = stored(u @ matrix @ v, sum(matrix.shape), of=size)
    s = np.where(s == 0, 1, s).astype(s.dtype)
    w = matrix / s

    def pullback(cotangents: tuple[Array, Array]) -> tuple[Array, ...]:
        c = cotangents[0]
        along = summed(c * stored(w, 3), (0, 1))
        moved = stored(c, 1) - stored(along * np.outer(u, v), 3)
        return stored(moved / s, 3), np.zeros_like(u), np.zeros_like(v)

    return Linearized((w, kept), pullback)


def _times(matrix: Array, x: Array) -> Array:
    return stored(matrix @ x, len(x), of=np.abs(matrix) @ np.abs(x))


def _unit(x: Array, eps: float, eps_as: EpsAs) -> Array:
    """x divided by its length."""
    square, least = np.sum(x * x), x.dtype.type(eps)
    norm = np.sqrt(square + least) if eps_as == "added" else np.maximum(np.sqrt(square), least)
    empty = norm == 0
    return stored(np.where(empty, 0, x / np.where(empty, 1, norm)).astype(x.dtype), len(x) + 5)


@technique(
    source="Qiao, Wang, Liu, Shen and Yuille 2019, Micro-Batch Training with Batch-Channel"
    " Normalization and Weight Standardization, equations 5 to 7",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=standardizing_weights(over_outputs),
)
def weight_standardization(
    kernel: Array, *, eps: Annotated[float, Between(1e-6, 1e-1, log=True)] = 1e-5
) -> Linearized:
    """Weight standardization: what enters an output has mean 0 and variance 1.

    w_o = (W_o - mean) / sqrt(var + eps)

    mean, var: of all weights that enter output o, the variance biased.

    *Numerics*: as layer_norm.

    Args:
        kernel: (O, I) or (O, I, ...), any unit.
        eps: added to the variance, in the unit of W squared.

    Returns:
        Linearized: w shaped like W, and the pullback c -> (s (c - mean(c) - w mean(c w)),).

    *Differences*: neither torch nor flax has it; torch users call layer_norm on the kernel, flax
    users jax.nn.standardize.

    Example:
        >>> weight_standardization(np.array([[1.0, 3.0]])).outputs.round(4)
        array([[-1.,  1.]])
    """
    groups: Groups = over_outputs(kernel.shape, 1, {})
    found = standardized(kernel, groups, eps)
    normalized = found.array(kernel)
    return Linearized(normalized, lambda c: (found.pulled(c, normalized),))
