"""Activations of whole rows: softmax, its logarithm, and the cross-entropy that follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.facts import (
    gradient_sums_to_zero,
    maskable,
    nan,
    permutation_equivariant,
    rowwise,
    shift_invariant,
    sums_to_one,
)
from reference.numerics import ULPS, Array, Linearized
from reference.technique import Accuracy, technique

if TYPE_CHECKING:
    from reference.exact import Mathematics, Series

# A row is drawn with at most eight numbers: their sum rounds seven times.
_SUM = 7


def _exponentials(m: Mathematics, x: list[Series]) -> tuple[list[Series], Any]:
    powers = [m.exp(v) for v in x]
    return powers, sum(powers)


def _softmax(m: Mathematics, x: list[Series]) -> list[Series]:
    powers, total = _exponentials(m, x)
    whole = 1 / total
    return [e * whole for e in powers]


def _log_softmax(m: Mathematics, x: list[Series]) -> list[Series]:
    normalizer = m.log(_exponentials(m, x)[1])
    return [v - normalizer for v in x]


@technique(
    source="Bridle 1990, Probabilistic interpretation of feedforward classification networks",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + _SUM, inputs=2),
    facts=(
        sums_to_one, shift_invariant, permutation_equivariant, gradient_sums_to_zero, maskable,
        rowwise, nan,
    ),
    definition=_softmax,
)  # fmt: skip
def softmax(x: Array) -> Linearized:
    """Softmax: every number of a row becomes its share of the row's exponentials.

    y_i = exp(x_i) / sum_j exp(x_j),  dL/dx_i = y_i sum_j y_j (c_i - c_j)

    c is the cotangent dL/dy.

    *Numerics*: the row's maximum is subtracted first, so that no exponential overflows; what that
    difference rounds away, which exp magnifies, is put back. One exponential, one division; a sum
    of n positive terms adds n - 1 roundings (n <= 8 where it is drawn). The usual pullback
    y (c - sum(c y)) cancels where one y is near 1; here the differences are taken before anything
    is rounded.

    Args:
        x: rows along the last axis, (..., n), no unit. An entry of -inf is masked out.

    Returns:
        Linearized: probabilities shaped like x, and the pullback.

    *Differences*: none in formula; torch names the axis `dim`, JAX `axis`. Both pull back
    y (c - sum(c y)).

    Example:
        >>> softmax(np.array([[0.0, 0.0]])).outputs
        array([[0.5, 0.5]])
    """
    y = shares(x)

    def pullback(cotangents: Array) -> tuple[Array]:
        apart = cotangents[..., :, None] - cotangents[..., None, :]
        return (y * np.sum(y[..., None, :] * apart, axis=-1),)

    return Linearized(y, pullback)


@technique(
    source="Bridle 1990, Probabilistic interpretation of feedforward classification networks",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["div"] + _SUM, inputs=2),
    facts=(
        sums_to_one, shift_invariant, permutation_equivariant, gradient_sums_to_zero, rowwise, nan,
    ),
    definition=lambda m, x: _softmax(m, [-v for v in x]),
)  # fmt: skip
def softmin(x: Array) -> Linearized:
    """Softmin: softmax of the negated row, largest where the row is smallest.

    y_i = exp(-x_i) / sum_j exp(-x_j)

    *Numerics*: as `softmax`; a change of sign rounds nothing.

    Args:
        x: rows along the last axis, (..., n), no unit.

    Returns:
        Linearized: probabilities shaped like x, and the pullback.

    *Differences*: JAX has none and composes `jax.nn.softmax(-x)`.

    Example:
        >>> softmin(np.array([[0.0, 0.0]])).outputs
        array([[0.5, 0.5]])
    """
    y, pullback = softmax(-x)
    return Linearized(y, lambda cotangents: (-pullback(cotangents)[0],))


@technique(
    source="Bishop 2006, Pattern recognition and machine learning, equation 4.104, its logarithm",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["log1p"] + ULPS["div"] + _SUM, inputs=2),
    facts=(shift_invariant, permutation_equivariant, gradient_sums_to_zero, maskable, rowwise, nan),
    definition=_log_softmax,
)
def log_softmax(x: Array) -> Linearized:
    """Logarithm of softmax, finite and accurate where the probability itself is 0 or 1.

    y_i = x_i - log sum_j exp(x_j),  dL/dx_i = sum_j (p_j c_i - p_i c_j)

    p is the softmax of x, and c the cotangent dL/dy.

    *Numerics*: y_i = (x_i - m) - log1p(r), where m is the row's maximum and r the sum of the other
    numbers' exp(x_j - m): two terms of one sign, so that nothing cancels even where y_i is near 0.
    One exponential, one log1p, n - 1 roundings of the sum (n <= 8 where it is drawn), and for the
    gradient one division. The usual pullback c - p sum(c) cancels where one p is near 1.

    Args:
        x: rows along the last axis, (..., n), no unit. An entry of -inf is masked out.

    Returns:
        Linearized: logarithms of probabilities shaped like x, and the pullback.

    *Differences*: none in formula; torch names the axis `dim`, JAX `axis`. Both form
    log(1 + r), which forgets r below the unit roundoff, and pull back c - p sum(c).

    Example:
        >>> log_softmax(np.array([[0.0, -50.0]])).outputs
        array([[-1.92874985e-22, -5.00000000e+01]])
    """
    top, rest = apart(x)
    p = shares(x)

    def pullback(cotangents: Array) -> tuple[Array]:
        c = cotangents
        return (np.sum(p[..., None, :] * c[..., :, None] - p[..., :, None] * c[..., None, :], -1),)

    return Linearized((x - top) - np.log1p(rest), pullback)


@technique(
    source="Bishop 2006, Pattern recognition and machine learning, equation 4.108",
    accuracy=Accuracy(ulps=ULPS["exp"] + ULPS["log1p"] + ULPS["div"] + _SUM, inputs=2),
    facts=(shift_invariant, permutation_equivariant, gradient_sums_to_zero, maskable, nan),
    definition=lambda m, x, targets: [-_log_softmax(m, x)[targets[0]]],
)
def cross_entropy(x: Array, targets: Array) -> Linearized:
    """Softmax cross-entropy: minus the logarithm of the probability given to the right class.

    y = log sum_j exp(x_j) - x_t,  dL/dx_i = c (p_i - [i = t])

    t is the row's target, p the softmax of x, and c the cotangent dL/dy.

    *Numerics*: y = (m - x_t) + log1p(r), with m and r as in `log_softmax`: no term is negative.
    At the target, p_t - 1 is formed as minus the sum of the other probabilities.

    Args:
        x: logits, rows along the last axis, (n, classes), no unit.
        targets: class indices, (n,), integer, from 0 to classes - 1; one for every row.

    Returns:
        Linearized: losses (n,) in nats, and the pullback to the logits.

    *Differences*: torch averages over the batch unless `reduction="none"`, counts a target of -100
    as none, and wants the classes on axis 1; optax returns the losses of the rows.

    Example:
        >>> cross_entropy(np.array([[0.0, -50.0]]), np.array([0])).outputs
        array([1.92874985e-22])
    """
    top, rest = apart(x)
    at = targets[..., None]
    right = np.arange(x.shape[-1]) == at
    p = shares(x)
    others = np.sum(np.where(right, 0, p), axis=-1, keepdims=True)

    def pullback(cotangents: Array) -> tuple[Array]:
        return (cotangents[..., None] * np.where(right, -others, p),)

    losses = (top - np.take_along_axis(x, at, axis=-1)) + np.log1p(rest)
    return Linearized(losses[..., 0], pullback)


def shares(x: Array) -> Array:
    """Softmax of every row."""
    e = _powers(x, np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def apart(x: Array) -> tuple[Array, Array]:
    """Each row's maximum m, and the sum of exp(x_j - m) over all numbers but that one."""
    at = np.argmax(x, axis=-1, keepdims=True)
    top = np.take_along_axis(x, at, axis=-1)
    e = _powers(x, np.where(np.isinf(top), 0, top))
    np.put_along_axis(e, at, 0, axis=-1)
    return top, np.sum(e, axis=-1, keepdims=True)


def _powers(x: Array, top: Array) -> Array:
    """exp(x - top); what the difference rounds away (Knuth's two-sum) comes in as a factor."""
    gap = x - top
    back = gap - x
    lost = (x - (gap - back)) - (top + back)
    e = np.exp(gap)
    return e + e * np.where(np.isfinite(lost) & (e > 0), lost, 0)
