"""Optimizers that follow signs: of the gradient, or of its average; only the rate has a length."""

from __future__ import annotations

from typing import Annotated, TypedDict

import numpy as np

from reference.decisions import decided
from reference.demands import demand
from reference.optimizer_domains import Rate
from reference.optimizer_facts import (
    elementwise_steps,
    first_step,
    forgets,
    moves_by_the_rate,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Nothing, Starts, Tensors, average
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


@technique(
    source="Bernstein, Wang, Azizzadenesheli and Anandkumar 2018, signSGD, algorithm 1",
    accuracy=Accuracy(ulps=2, inputs=1),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps(),
        unitless_without_eps(),
        first_step(lambda learning_rate: learning_rate, lambda: 0.0),
        refuses(learning_rate=(-0.5,)),
    ),
)
def sign_sgd(
    grads: Tensors,
    state: Nothing,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
) -> tuple[Tensors, Nothing]:
    """Sign descent: every element moves by the learning rate, however small its gradient is.

    w <- w - a sign(g)

    w are the params, g the grads, a the learning rate; sign(0) = 0.

    *Numerics*: a rounds, and the difference.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: empty.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of every step.

    Returns:
        New params and the empty state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate is negative.

    *Differences*: optax has `sign_sgd`; torch has none: `w.grad.sign_()` before `SGD.step()` is it.

    Example:
        >>> sign_sgd([np.array([-1e-20])], {}, [np.array([1.0])], learning_rate=0.5)[0]
        [array([1.5])]
    """
    demand(learning_rate=learning_rate >= 0)
    moved = zip(params, grads, strict=True)
    return [w - w.dtype.type(learning_rate) * np.sign(g) for w, g in moved], {**state}


class Mean(TypedDict):
    """What Signum keeps: an average of gradients."""

    first_moment: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Bernstein, Wang, Azizzadenesheli and Anandkumar 2018, signSGD, algorithm 2 (Signum)",
    accuracy=Accuracy(ulps=2, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        moves_by_the_rate,
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1),
        first_step(lambda learning_rate: learning_rate, lambda: 0.0),
        forgets(first_moment="beta"),
        refuses(learning_rate=(-0.5,), beta=(1.0, -0.5)),
    ),
)
def signum(
    grads: Tensors,
    state: Mean,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta: Annotated[float, Between(0.0, 0.99)] = 0.9,
) -> tuple[Tensors, Mean]:
    """Signum: sign descent with momentum, by the sign of an average of gradients.

    m <- b m + (1 - b) g,  w <- w - a sign(m)

    w are the params, g the grads, m the first moment, a the learning rate, b beta; sign(0) = 0.

    *Numerics*: the sign is that of the average as computed: where its two parts cancel to within
    three roundings each (of a coefficient, its complement and a product), either sign is right.
    a rounds, and the difference.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: first_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of every step.
        beta: decay of the moment, in [0, 1).

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate is negative, or beta outside [0, 1).

    *Differences*: torch has none. optax keeps the moment as `ema`. Since only the sign counts, the
    factor 1 - b of the average is of no account, and `momentum` with its buffer's sign is the same.

    Example:
        >>> state = {"first_moment": [np.array([-1.0])]}
        >>> signum([np.array([4.0])], state, [np.array([1.0])], learning_rate=0.5, beta=0.5)[0]
        [array([0.5])]
    """
    demand(learning_rate=learning_rate >= 0, beta=0 <= beta < 1)
    moved, first = [], []
    for w, g, m in zip(params, grads, state["first_moment"], strict=True):
        first.append(ranged("m", average(m, g, beta), 2))
        size = beta * abs(m) + (1 - beta) * abs(g)
        moved.append(w - w.dtype.type(learning_rate) * np.sign(decided(first[-1], size, 3)))
    return moved, {"first_moment": first}
