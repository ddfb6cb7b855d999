"""Optimizers whose rate is how far they have come over how steep it was: none is to be tuned."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Rate
from reference.optimizer_facts import (
    moves_the_tree_by,
    never_falls,
    refuses,
    rests,
    symmetric_steps,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique

_Eps = Annotated[float, Between(1e-8, 1e-2, log=True)]


def every(grads: Tensors) -> int:
    """How many terms a sum over the whole tree has."""
    return sum(g.size for g in grads)


def _squares(symbol: str, tensors: Tensors, like: Any) -> Any:
    """|x|^2 over the whole tree."""
    total = like.dtype.type(0)
    for x in tensors:
        total = total + np.sum(ranged(symbol, x * x))
    return ranged(f"|{symbol}|", total)


def _away(params: Tensors, start: Tensors) -> Any:
    """|w - w0|^2 over the whole tree."""
    apart = [w - w0 for w, w0 in zip(params, start, strict=True)]
    return _squares("(w - w0)^2", apart, params[0])


def _moved(params: Tensors, grads: Tensors, learning_rate: float, rate: Any) -> Tensors:
    """w - a (rate g), of every tensor."""
    steps = [ranged("step", rate * g) for g in grads]
    moved = zip(params, steps, strict=True)
    return [w - w.dtype.type(learning_rate) * step for w, step in moved]


class Travels(TypedDict):
    """What DoG keeps: where it started, how far from there it was, and squares of gradients."""

    start: Annotated[Tensors, Starts("params")]
    largest_distance: Annotated[Array, Starts("initial_distance", per="optimizer", real=True)]
    square_sum: Annotated[Array, Starts(0.0, per="optimizer", real=True)]


@technique(
    source="Ivgi, Hinder and Carmon 2023, DoG is SGD's best friend, equation 4",
    accuracy=Accuracy(ulps=8, inputs=4, terms=every),
    facts=(
        rests(),
        symmetric_steps("start"),
        unitless_without_eps(square_sum=2),
        moves_the_tree_by(
            lambda learning_rate, initial_distance, eps, norm: (
                learning_rate * initial_distance * norm / (norm * norm + eps) ** 0.5
            )
        ),
        never_falls("largest_distance", "square_sum"),
        refuses(learning_rate=(-0.5,), initial_distance=(-0.5,), eps=(-0.5,)),
    ),
)
def dog(
    grads: Tensors,
    state: Travels,
    params: Tensors,
    *,
    learning_rate: Rate = 1.0,
    initial_distance: Annotated[float, Between(1e-4, 1.0, log=True)] = 1e-2,
    eps: _Eps = 1e-8,
) -> tuple[Tensors, Travels]:
    """DoG: distance over gradients: the furthest so far over the root of all squared gradients.

    r <- max(r, |w - w0|),  G <- G + |g|^2,  w <- w - a (r / sqrt(G + e)) g

    w are the params, w0 where they started, g the grads, r the largest distance, G the square sum,
    a the learning rate, e eps; |.| the norm of all tensors together.

    *Numerics*: of n numbers in all: a square and n - 1 sums, twice that of a difference and half of
    it under a root; e, a sum, the root, the quotient, a and two products.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: start, largest_distance and square_sum.
        params: parameter tensors of any shapes.
        learning_rate: scale of every step; 1 in the paper.
        initial_distance: the first distance, for there is none yet; unit of the parameters.
        eps: added to the sum of squares; unit of the squared gradients.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, initial_distance or eps is negative.

    *Differences*: torch has none. optax.contrib.dog begins, unless told otherwise, with 1e-6
    (1 + |w0|), which only init on the true parameters can know; init_step=("distance", r) is the
    paper's form. It adds coupled weight decay before. Its sums are kept in the parameters' format:
    in float16 they overflow from |g| = 256 on, and descent ends.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0, 1.0])]
        >>> state = beginning(dog, params, {"initial_distance": 0.25})
        >>> dog([np.array([3.0, 4.0])], state, params, initial_distance=0.25, eps=0.0)[0]
        [array([0.85, 0.8 ])]
    """
    demand(learning_rate=learning_rate >= 0, initial_distance=initial_distance >= 0, eps=eps >= 0)
    distance = np.sqrt(_away(params, state["start"]))
    largest = np.maximum(state["largest_distance"], distance)
    total = ranged("G", state["square_sum"] + _squares("g^2", grads, params[0]))
    floor = ranged("e", params[0].dtype.type(eps))
    rate = ranged("r / G", largest / np.sqrt(total + floor))
    return _moved(params, grads, learning_rate, rate), {
        "start": [w0.copy() for w0 in state["start"]],
        "largest_distance": largest,
        "square_sum": total,
    }


class SquaredTravels(TypedDict):
    """What DoWG keeps: where it started, the largest squared distance, and weighted squares."""

    start: Annotated[Tensors, Starts("params")]
    largest_square: Annotated[Array, Starts("initial_square", per="optimizer", real=True)]
    weighted_sum: Annotated[Array, Starts(0.0, per="optimizer", real=True)]


@technique(
    source="Khaled, Mishchenko and Jin 2023, DoWG unleashed: an efficient universal parameter-free"
    " gradient descent method, algorithm 1",
    accuracy=Accuracy(ulps=8, inputs=6, terms=every),
    facts=(
        rests(),
        symmetric_steps("start"),
        unitless_without_eps(weighted_sum=2),
        moves_the_tree_by(
            lambda learning_rate, initial_square, eps, norm: (
                learning_rate * initial_square * norm / (initial_square**0.5 * norm + eps)
            )
        ),
        never_falls("largest_square", "weighted_sum"),
        refuses(learning_rate=(-0.5,), initial_square=(-0.5,), eps=(-0.5,)),
    ),
)
def dowg(
    grads: Tensors,
    state: SquaredTravels,
    params: Tensors,
    *,
    learning_rate: Rate = 1.0,
    initial_square: Annotated[float, Between(1e-4, 1.0, log=True)] = 1e-4,
    eps: _Eps = 1e-4,
) -> tuple[Tensors, SquaredTravels]:
    """DoWG: DoG whose squared gradients weigh by the squared distance at which they were taken.

    q <- max(q, |w - w0|^2),  v <- v + q |g|^2,  w <- w - a (q / (sqrt(v) + e)) g

    w are the params, w0 where they started, g the grads, q the largest square, v the weighted sum,
    a the learning rate, e eps; |.| the norm of all tensors together.

    *Numerics*: that of DoG, but q is no root, and comes in whole and by half.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: start, largest_square and weighted_sum.
        params: parameter tensors of any shapes.
        learning_rate: scale of every step; 1 in the paper.
        initial_square: the first squared distance; unit of the squared parameters.
        eps: added to the root; unit of a distance times that of the gradients.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, initial_square or eps is negative.

    *Differences*: torch has none. The paper has no eps. optax.contrib.dowg has initial_square as
    init_estim_sq_dist, and takes eps for it unless told otherwise: an eps of 0 then stands still
    for ever. It adds coupled weight decay before.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0, 1.0])]
        >>> state = beginning(dowg, params, {"initial_square": 0.0625})
        >>> dowg([np.array([3.0, 4.0])], state, params, initial_square=0.0625, eps=0.0)[0]
        [array([0.85, 0.8 ])]
    """
    demand(learning_rate=learning_rate >= 0, initial_square=initial_square >= 0, eps=eps >= 0)
    largest = np.maximum(state["largest_square"], _away(params, state["start"]))
    weighted = ranged("q |g|^2", largest * _squares("g^2", grads, params[0]))
    total = ranged("v", state["weighted_sum"] + weighted)
    floor = ranged("e", params[0].dtype.type(eps))
    rate = ranged("q / v", largest / (np.sqrt(total) + floor))
    return _moved(params, grads, learning_rate, rate), {
        "start": [w0.copy() for w0 in state["start"]],
        "largest_square": largest,
        "weighted_sum": total,
    }
