"""Optimizers that follow the gradient, or what is left of it once averaged over time."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.optimizer_domains import Rate, WeightDecay
from reference.optimizer_facts import (
    converges,
    elementwise_steps,
    forgets,
    gathers,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
)
from reference.optimizer_states import Nothing, Starts, Tensors
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


class Buffer(TypedDict):
    """What momentum keeps: a decaying sum of gradients (or of steps)."""

    momentum_buffer: Annotated[Tensors, Starts(0.0)]


def decayed(grads: Tensors, params: Tensors, weight_decay: float) -> Tensors:
    """g + l w: gradients of a loss to which l |w|^2 / 2 is added, as coupled decay has them."""
    return [g + w.dtype.type(weight_decay) * w for g, w in zip(grads, params, strict=True)]


@technique(
    source="Robbins and Monro 1951, A stochastic approximation method, equation 6",
    accuracy=Accuracy(ulps=4, inputs=2),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(lambda learning_rate, weight_decay: 1 - learning_rate * weight_decay),
        symmetric_steps(),
        converges(
            lambda curvature, learning_rate, weight_decay: abs(
                1 - learning_rate * (curvature + weight_decay)
            )
        ),
        refuses(learning_rate=(-0.5,), weight_decay=(-0.5,)),
    ),
)
def sgd(
    grads: Tensors,
    state: Nothing,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, Nothing]:
    """Gradient descent: a step against the gradient, of all examples or of a mini-batch's mean.

    w <- w - a (g + l w)

    w are the params, g the grads, a the learning rate, l the weight decay. The gradient is that of
    the mean loss over the batch, whatever its size.

    *Numerics*: of the update round g + l w, a, and the product; w - update rounds once more: four.
    l and l w round on the way in.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: empty.
        params: parameter tensors of any shapes.
        learning_rate: unit of the parameters over that of the gradients.
        weight_decay: l above, coupled: it is a gradient like any other.

    Returns:
        New params and the empty state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or weight_decay is negative.

    *Differences*: torch has weight_decay; optax's sgd has none, and
    `optax.chain(optax.add_decayed_weights(l), optax.sgd(a))` is torch's. torch's rate is 1e-3
    unless set, optax's must be given.

    Example:
        >>> sgd([np.array([4.0])], {}, [np.array([1.0])], learning_rate=0.125)[0]
        [array([0.5])]
    """
    demand(learning_rate=learning_rate >= 0, weight_decay=weight_decay >= 0)
    slopes = decayed(grads, params, weight_decay)
    moved = zip(params, slopes, strict=True)
    return [w - w.dtype.type(learning_rate) * g for w, g in moved], {**state}


@technique(
    source="Polyak 1964, Some methods of speeding up the convergence of iteration methods;"
    " Sutskever, Martens, Dahl and Hinton 2013, equations 1 and 2",
    accuracy=Accuracy(ulps=4, inputs=6),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(without=("weight_decay",)),
        symmetric_steps("momentum_buffer"),
        forgets("weight_decay", momentum_buffer="momentum"),
        gathers(
            lambda learning_rate, momentum, dampening: (
                learning_rate * (1 - dampening) / (1 - momentum)
            )
        ),
        refuses(learning_rate=(-0.5,), momentum=(1.0, -0.5), weight_decay=(-0.5,)),
    ),
)
def momentum(
    grads: Tensors,
    state: Buffer,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    momentum: Annotated[float, Between(0.05, 0.99)] = 0.9,
    dampening: Annotated[float, Between(0.0, 0.9)] = 0.0,
    weight_decay: WeightDecay = 0.0,
    rate: Literal["outside", "inside"] = "outside",
) -> tuple[Tensors, Buffer]:
    """Gradient descent with momentum: the heavy ball.

    rate outside: b <- m b + (1 - d) (g + l w),  w <- w - a b
    rate inside: b <- m b - a (1 - d) (g + l w),  w <- w + b

    w are the params, g the grads, b the momentum buffer, a the learning rate, m the momentum, d the
    dampening, l the weight decay. At a constant rate both forms are one; where the rate changes,
    the first scales all of the past by it.

    *Numerics*: into b go m, m b, 1 - d, its product, the sum, and three roundings of l w: six at
    most for any input; then a, a b and the difference.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: momentum_buffer.
        params: parameter tensors of any shapes.
        learning_rate: unit of the parameters over that of the gradients.
        momentum: what is left of the buffer after a step, in [0, 1).
        dampening: what is left out of every gradient.
        weight_decay: l above, coupled.
        rate: whether the buffer sums gradients ("outside") or steps ("inside").

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or weight_decay is negative, or momentum outside [0, 1).

    *Differences*: torch has the rate outside and calls the buffer `momentum_buffer`; there is none
    before the first step, which takes the gradient undampened, and none at momentum = 0.
    `optax.sgd` has the rate outside as well, calls the buffer `trace`, and has neither dampening
    nor decay: `optax.chain(optax.add_decayed_weights(l), optax.sgd(a, m))` is torch's without
    dampening. `optax.chain(optax.scale_by_learning_rate(a), optax.trace(m))` has it inside, as
    `optax.rmsprop` has. To carry a buffer from one form to the other, multiply it by -a.

    Example:
        >>> params, state = [np.array([1.0])], {"momentum_buffer": [np.array([2.0])]}
        >>> momentum([np.array([3.0])], state, params, learning_rate=0.125, momentum=0.5)[0]
        [array([0.5])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        momentum=0 <= momentum < 1,
        weight_decay=weight_decay >= 0,
    )
    moved, buffers = [], []
    slopes = decayed(grads, params, weight_decay)
    for w, g, b in zip(params, slopes, state["momentum_buffer"], strict=True):
        real = w.dtype.type
        kept = real(momentum) * b
        new = real(1 - np.longdouble(dampening)) * g
        if rate == "inside":
            kept = kept - real(learning_rate) * new
            moved.append(w + kept)
        else:
            kept = kept + new
            moved.append(w - real(learning_rate) * kept)
        buffers.append(kept)
    return moved, {"momentum_buffer": buffers}


@technique(
    source="Nesterov 1983; Sutskever, Martens, Dahl and Hinton 2013, equations 3 and 4, with the"
    " parameters taken where the gradient is (Bengio, Boulanger-Lewandowski and Pascanu 2013)",
    accuracy=Accuracy(ulps=4, inputs=7),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(without=("weight_decay",)),
        symmetric_steps("momentum_buffer"),
        forgets("weight_decay", momentum_buffer="momentum"),
        gathers(lambda learning_rate, momentum: learning_rate / (1 - momentum)),
        refuses(learning_rate=(-0.5,), momentum=(1.0, -0.5), weight_decay=(-0.5,)),
    ),
)
def nesterov(
    grads: Tensors,
    state: Buffer,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    momentum: Annotated[float, Between(0.05, 0.99)] = 0.9,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, Buffer]:
    """Nesterov's momentum: the step looks ahead to where the buffer goes next.

    g' = g + l w,  b <- m b + g',  w <- w - a (g' + m b)

    w are the params, g the grads, b the momentum buffer (the new one in the step), a the learning
    rate, m the momentum, l the weight decay.

    *Numerics*: l, l w and the sum; m, m b and the sum in b; m and m b once more on the way to the
    update: seven at most for any input; then the sum, a, the product and the difference.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: momentum_buffer.
        params: parameter tensors of any shapes.
        learning_rate: unit of the parameters over that of the gradients.
        momentum: what is left of the buffer after a step, in [0, 1).
        weight_decay: l above, coupled.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or weight_decay is negative, or momentum outside [0, 1).

    *Differences*: torch: `SGD(nesterov=True)`, optax: `sgd(nesterov=True)`, decay added by
    `optax.add_decayed_weights(l)` before it. Buffers are called `momentum_buffer` and `trace`, and
    hold the same. torch refuses dampening here; optax has none.

    Example:
        >>> params, state = [np.array([1.0])], {"momentum_buffer": [np.array([2.0])]}
        >>> nesterov([np.array([2.0])], state, params, learning_rate=0.125, momentum=0.5)[0]
        [array([0.5625])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        momentum=0 <= momentum < 1,
        weight_decay=weight_decay >= 0,
    )
    moved, buffers = [], []
    slopes = decayed(grads, params, weight_decay)
    for w, g, b in zip(params, slopes, state["momentum_buffer"], strict=True):
        real = w.dtype.type
        kept = real(momentum) * b + g
        ahead = ranged("g + m b", g + real(momentum) * kept)
        moved.append(w - real(learning_rate) * ahead)
        buffers.append(kept)
    return moved, {"momentum_buffer": buffers}
