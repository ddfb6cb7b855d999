"""Optimizers that precondition a matrix from both sides."""

from __future__ import annotations

from typing import Annotated, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Rate
from reference.optimizer_facts import (
    matrices_only,
    nearly_orthogonal,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors
from reference.ranged import ranged
from reference.stored import stored
from reference.technique import Accuracy, Between, technique


class Sides(TypedDict):
    """What Shampoo keeps of a matrix: sums of products of its gradient's rows, and columns."""

    left: Annotated[Tensors, Starts(per=lambda shape, _: 2 * shape[-2:-1])]
    right: Annotated[Tensors, Starts(per=lambda shape, _: 2 * shape[-1:])]


@technique(
    source="Gupta, Koren and Singer 2018, Shampoo: preconditioned stochastic tensor optimization,"
    " algorithm 1; relative damping: Anil et al. 2020, Scalable second order optimization for deep"
    " learning, section 4",
    accuracy=Accuracy(ulps=4, inputs=2),
    facts=(
        tensors_apart,
        matrices_only,
        rests(),
        symmetric_steps(),
        unitless_without_eps(left=2, right=2),
        nearly_orthogonal(0.89, 1.0, lambda: 1.0),
        refuses(learning_rate=(-0.5,), ridge=(-0.5,)),
    ),
)
def shampoo(
    grads: Tensors,
    state: Sides,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    ridge: Annotated[float, Between(1e-6, 1e-3, log=True)] = 1e-6,
) -> tuple[Tensors, Sides]:
    """Shampoo: a matrix moves by its gradient between inverse fourth roots of what it has been.

    L <- L + G G^T,  R <- R + G^T G,
    W <- W - a (L + e l I)^(-1/4) G (R + e r I)^(-1/4)

    W are the params, G the grads, L and R left and right, a the learning rate, e the ridge, l and r
    the mean of the eigenvalues of L and of R. After one step of a matrix U S V^T this is U V^T.

    *Numerics*: L and R round once for every term of their sums. Roots come of an eigenvalue
    decomposition, which is off by a rounding for every row, of the largest eigenvalue: what that
    moves at the end is differentiated, since small eigenvalues magnify it by up to 1 / e. Roots,
    and the products on either side, round once for every term, of the sum of magnitudes. In
    extended precision the eigenvectors are float64's, and what they leave is expanded to first
    order.

    Args:
        grads: gradients, one array for each parameter matrix, in its shape.
        state: left and right, square matrices of as many rows as the parameter has rows, columns.
        params: parameter matrices, (rows, columns), unit of the learning rate.
        learning_rate: spectral norm of the first step.
        ridge: what is added to every eigenvalue, in units of their mean.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: a parameter is no matrix, or learning_rate or ridge is negative.

    *Differences*: neither torch nor optax has it. optax.matrix_inverse_pth_root takes the roots,
    with a ridge relative to the largest eigenvalue; packages for torch decompose. The paper begins
    with L = e I, in units of squared gradients; damped so, steps depend on the loss's scale. Where
    packages keep an average in place of a sum, steps do not shorten; where they graft, another
    optimizer says how long they are.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.zeros((2, 2))]
        >>> state, known = beginning(shampoo, params), {"learning_rate": 0.5, "ridge": 0.0}
        >>> shampoo([np.array([[0.0, 4.0], [2.0, 0.0]])], state, params, **known)[0][0].round(6)
        array([[ 0. , -0.5],
               [-0.5,  0. ]])
    """
    demand(
        learning_rate=learning_rate >= 0,
        ridge=ridge >= 0,
        params=all(w.ndim >= 2 for w in params),
    )
    left, right, moved = [], [], []
    for w, g, rows, columns in zip(params, grads, state["left"], state["right"], strict=True):
        left.append(_summed("L", rows, g))
        right.append(_summed("R", columns, np.swapaxes(g, -2, -1)))
        before, after = _inverse_root(left[-1], ridge), _inverse_root(right[-1], ridge)
        half = stored(before @ g, g.shape[-2], of=abs(before) @ abs(g))
        whole = stored(half @ after, g.shape[-1], of=abs(half) @ abs(after))
        moved.append(w - ranged("update", w.dtype.type(learning_rate) * whole))
    return moved, {"left": left, "right": right}


def _summed(symbol: str, old: Array, g: Array) -> Array:
    """A + G G^T."""
    turned = np.swapaxes(g, -2, -1)
    size = abs(old) + abs(g) @ abs(turned)
    return stored(
        ranged(symbol, old + ranged(f"{symbol} + ", g @ turned)), g.shape[-1] + 1, of=size
    )


def _inverse_root(a: Array, ridge: float) -> Array:
    """(A + e t I)^(-1/4) of a symmetric A, t the mean of its eigenvalues; 0 where A is."""
    count, one = a.shape[-1], np.eye(a.shape[-1], dtype=a.dtype)
    a = (a + np.swapaxes(a, -2, -1)) / 2
    mean = np.trace(a, axis1=-2, axis2=-1)[..., None, None] / count
    scaled = a / np.where(mean == 0, a.dtype.type(1), mean)
    largest = np.max(abs(scaled), axis=(-2, -1), keepdims=True) + 0 * scaled
    scaled = stored(scaled + a.dtype.type(ridge) * one, count, of=count * largest)
    x = _fourth_root(scaled) * np.where(mean == 0, a.dtype.type(0), abs(mean) ** -0.25)
    return stored(x, count + 3, of=np.max(abs(x), axis=(-2, -1), keepdims=True) + 0 * x)


def _fourth_root(a: Array) -> Array:
    """A^(-1/4). In the basis of float64's eigenvectors A is a diagonal D and a remainder E.

    f(D + E) is f(D) and E times the divided differences of f, but for a square of E.
    """
    sound = np.isfinite(a).all(axis=(-2, -1), keepdims=True)
    wide = np.where(sound, a, np.eye(a.shape[-1])).astype(np.promote_types(a.dtype, np.float64))
    vectors = np.linalg.eigh(wide.astype(np.float64))[1].astype(wide.dtype)
    turned = np.swapaxes(vectors, -2, -1)
    vectors = 1.5 * vectors - vectors @ (turned @ vectors) / 2  # orthogonal in extended precision
    turned = np.swapaxes(vectors, -2, -1)
    inside = turned @ wide @ vectors
    p = np.maximum(np.diagonal(inside, axis1=-2, axis2=-1), 0) ** wide.dtype.type(0.25)
    p, q = p[..., :, None], p[..., None, :]
    alone = np.eye(a.shape[-1], dtype=bool)
    product = p * q * (p + q) * (p * p + q * q)
    slopes = np.where(product > 0, -inside / np.where(product > 0, product, 1), 0)
    root = np.where(alone, np.where(p > 0, 1 / np.where(p > 0, p, 1), 0), slopes)
    return np.where(sound, vectors @ root @ turned, np.nan).astype(a.dtype)
