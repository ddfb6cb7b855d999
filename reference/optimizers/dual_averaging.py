"""Dual averaging: a step starts where the run started, by the sum of all gradients."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Eps, Rate, WeightDecay
from reference.optimizer_facts import (
    elementwise_steps,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
)
from reference.optimizer_states import Starts, Tensors
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


class Sums(TypedDict):
    """What dual averaging keeps: steps taken, where it started, and sums of gradients."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    gradient_sum: Annotated[Tensors, Starts(0.0)]
    square_sum: Annotated[Tensors, Starts(0.0)]
    start: Annotated[Tensors, Starts("params")]


@technique(
    source="Defazio and Jelassi 2021, Adaptivity without compromise: a momentumized, adaptive, dual"
    " averaged gradient method for stochastic optimization, algorithm 1 (MADGRAD)",
    accuracy=Accuracy(ulps=4, inputs=12),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(without=("weight_decay",), roundings=4),
        symmetric_steps("gradient_sum", "start"),
        refuses(learning_rate=(-0.5,), momentum=(1.0, -0.5), eps=(-0.5,), weight_decay=(-0.5,)),
    ),
)
def madgrad(
    grads: Tensors,
    state: Sums,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    momentum: Annotated[float, Between(0.0, 0.99)] = 0.9,
    eps: Eps = 1e-6,
    weight_decay: WeightDecay = 0.0,
    eps_in: Literal["root", "root_and_rate"] = "root",
) -> tuple[Tensors, Sums]:
    """MADGRAD: from the start, the sum of gradients over the cube root of the sum of their squares.

    l = a sqrt(t + 1),  s <- s + l (g + d w),  q <- q + l (g + d w)^2,
    w <- p w + (1 - p) (w0 - s / (cbrt(q) + e)),  t <- t + 1

    w are the params, w0 where they started, g the grads, s gradient and q square sum, t the step
    (how many were taken before), a the learning rate, p the momentum, e eps, d the weight decay.
    eps_in "root_and_rate" adds e to a as well.

    *Numerics*: l takes the root, a and a product, and a sum where e is in it; with the decay's
    three and a product s gets eight of what comes in, and a sum. q takes twice the decay's, and its
    cube root leaves a third; with the root, e, a sum, the quotient and 1 - p no more than twelve.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), gradient_sum, square_sum and start.
        params: parameter tensors of any shapes.
        learning_rate: weight of the first gradient; that of the n-th is sqrt(n) times as large.
        momentum: part of the way to the dual average that a step does not take, in [0, 1).
        eps: added to the cube root; unit of that.
        weight_decay: d above, coupled.
        eps_in: whether eps is added to the learning rate, too.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or weight_decay is negative, or momentum outside [0, 1).

    *Differences*: torch has none. The authors' code adds eps to the learning rate, as
    optax.contrib.madgrad does, so that a rate of 0 (the end of a schedule) still weighs gradients,
    by 1e-6; the paper has it at the root alone. optax takes the root of the count in float32,
    whatever the parameters are. The paper's c is 1 - momentum.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(madgrad, params)
        >>> known = {"learning_rate": 0.125, "momentum": 0.5, "eps": 0.0}
        >>> madgrad([np.array([8.0])], state, params, **known)[0]
        [array([0.75])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        momentum=0 <= momentum < 1,
        eps=eps >= 0,
        weight_decay=weight_decay >= 0,
    )
    rate = np.longdouble(learning_rate)
    rate = rate + np.longdouble(eps) if eps_in == "root_and_rate" else rate
    weight = rate * np.sqrt(np.longdouble(state["step"]) + 1)
    moved, linear, square = [], [], []
    for w, g, s, q, start in zip(
        params, grads, state["gradient_sum"], state["square_sum"], state["start"], strict=True
    ):
        real = w.dtype.type
        slope = g + ranged("d w", real(weight_decay) * w)
        linear.append(ranged("s", s + ranged("l g", real(weight) * slope)))
        squared = ranged("l g^2", real(weight) * ranged("g^2", slope * slope))
        square.append(ranged("q", q + squared))
        size = np.cbrt(square[-1]) + ranged("e", real(eps))
        aim = start - ranged("s / q", linear[-1] / size)
        part = real(1 - np.longdouble(momentum))
        moved.append(real(momentum) * w + ranged("(1 - p) z", part * aim))
    step = state["step"] + np.int32(1)
    kept: Sums = {
        "step": step,
        "gradient_sum": linear,
        "square_sum": square,
        "start": [start.copy() for start in state["start"]],
    }
    return moved, kept
