"""Quasi-Newton optimization: curvature is learned from gradients along the way."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_facts import refuses, rests_without_gradient, secant
from reference.ranged import ranged
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

_LEAST_CURVATURE = 1e-10


def _dot(a: Array, b: Array, symbol: str = "dot") -> Array:
    size, terms = np.sum(abs(a * b), axis=-1, keepdims=True), a.shape[-1]
    product = ranged(symbol, np.sum(a * b, axis=-1, keepdims=True), terms)
    return stored(product, terms, of=size)


def _sum(a: Array, b: Array, roundings: float = 4) -> Array:
    return stored(a + b, roundings, of=abs(a) + abs(b))


def two_loops(gradient: Array, pairs: list[tuple[Array, Array, Array]], scale: Array) -> Array:
    """H g: from H = scale I, with pairs (s, y, y^T s), the oldest first."""
    q, alphas = gradient, []
    for s, y, curved in reversed(pairs):
        alphas.append(ranged("r", 1 / curved) * _dot(s, q))
        q = _sum(q, -alphas[-1] * y)
    r = stored(scale * q)
    for (s, y, curved), alpha in zip(pairs, reversed(alphas), strict=True):
        r = _sum(r, (alpha - ranged("r", 1 / curved) * _dot(y, r)) * s, 5)
    return r


@technique(
    source="Liu and Nocedal 1989, On the limited memory BFGS method for large scale optimization;"
    " Nocedal and Wright 2006, Numerical optimization, algorithm 7.4",
    accuracy=Accuracy(ulps=3, inputs=0),
    facts=(secant, rests_without_gradient, refuses(learning_rate=(-0.5,))),
)
def lbfgs(
    gradients: Array,
    weights: Array,
    *,
    learning_rate: Annotated[float, Between(0.25, 1.0)] = 1.0,
    history_size: Literal[10, 2] = 10,
    first_step: Literal["sum", "length"] = "length",
    pairs: Literal["curved", "all"] = "curved",
) -> Array:
    """A run of L-BFGS without line search: gradients through an inverse Hessian learned so far.

    w <- w - a H g,  s = w - w', y = g - g', r = 1 / (y^T s),
    H <- (I - r s y^T) H (I - r y s^T) + r s s^T for each pair kept, from H = (y^T s / y^T y) I

    w are the weights, g the gradient there, w' and g' those of the step before, a the learning
    rate. H is never formed: two loops over the pairs, the newest first and then the oldest, give H
    g. The first step has no pair: there H = min(1, 1 / |g|) I.

    *Numerics*: differences, products, sums and the two loops' vectors are stored, each sum with the
    sum of its magnitudes; how their errors travel along the run is differentiated. A difference s
    of weights loses what the weights' own rounding has over it; an implementation may remember s
    instead, which is counted apart. New weights take three roundings. In float16 y^T s underflows
    near a minimum, and r overflows before.

    Args:
        gradients: (K, D), what the loss's gradient is found to be at every step.
        weights: (D,), where the run starts.
        learning_rate: length of a step in units of H g.
        history_size: how many pairs are kept; the oldest goes first.
        first_step: whether |g| of the first step is the sum of magnitudes or the length.
        pairs: "curved": only pairs with y^T s > 1e-10 are kept, else H stays (at I, where there is
            none yet), and is positive definite; "all": every pair is.

    Returns:
        (K, D): the weights after every step.

    Raises:
        ValueError: learning_rate is negative.

    *Differences*: torch (tolerances 0, one iteration a step, no line search) divides the first step
    by the sum of magnitudes, keeps curved pairs only, and remembers s; its history is 100, optax's
    10. optax (linesearch=None) divides by the length, keeps every pair, even of negative curvature,
    whose H leads uphill, and measures s, so that params may be changed between steps. No argument
    aligns the first steps; a learning rate divided by the one and multiplied by the other does.

    Example:
        >>> gradients = np.array([[2.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
        >>> lbfgs(gradients, np.zeros(2))
        array([[-1.,  0.], [-2.,  0.], [-2.,  0.]])
    """
    demand(learning_rate=learning_rate >= 0)
    rate, one = weights.dtype.type(learning_rate), weights.dtype.type(1)
    w = weights
    path: list[Array] = []
    kept: list[tuple[Array, Array, Array]] = []
    scale: Any = one
    for i in range(gradients.shape[-2]):
        g = gradients[..., i, :]
        if i:
            before, last = path[-2] if i > 1 else weights, gradients[..., i - 1, :]
            s = stored(w - before, of=abs(w) + abs(before))
            y = stored(g - last)
            curved = _dot(y, s, "y^T s")
            usual = np.sort(curved, axis=None)[curved.size // 2]  # most of a stack are alike
            if usual > _LEAST_CURVATURE or (pairs == "all" and usual):
                kept = [*kept, (s, y, curved)][-history_size:]
                scale = stored(curved / _dot(y, y, "y^T y"))
            moved = two_loops(g, kept, scale)
        elif first_step == "sum":
            moved = stored(g * np.minimum(one, 1 / _dot(abs(g), np.ones_like(g))), 2)
        else:
            moved = stored(g * np.minimum(one, 1 / np.sqrt(_dot(g, g))), 3)
        w = stored(w - rate * moved, 3)
        path.append(w)
    return np.stack(path, axis=-2)
