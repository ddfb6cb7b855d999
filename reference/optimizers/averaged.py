"""Gradient descent whose answer is not where it ends, but the mean of where it was."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Rate, WeightDecay
from reference.optimizer_facts import (
    averages,
    converges,
    elementwise_steps,
    refuses,
    stands_still,
    symmetric_steps,
    tensors_apart,
)
from reference.optimizer_states import Starts, Tensors
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


class Averaged(TypedDict):
    """What averaged descent keeps: steps taken, and the mean of parameters."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    average: Annotated[Tensors, Starts(0.0)]


def rate_at(learning_rate: float, decay: float, power: float, step: Any) -> Any:
    """a / (1 + l a t)^p, in extended precision: the rate after t steps."""
    a = np.longdouble(learning_rate)
    return a / (1 + np.longdouble(decay) * a * np.longdouble(step)) ** np.longdouble(power)


def _slowest(
    curvature: float, learning_rate: float, decay: float, power: float, weight_decay: float
) -> float:
    rates = (float(rate_at(learning_rate, decay, power, step)) for step in (0, 32))
    return max(abs(1 - rate * (curvature + decay + weight_decay)) for rate in rates)


@technique(
    source="Polyak and Juditsky 1992, Acceleration of stochastic approximation by averaging; rate"
    " and decay: Bottou 2010, Large-scale machine learning with stochastic gradient descent",
    accuracy=Accuracy(ulps=4, inputs=9),
    facts=(
        elementwise_steps,
        tensors_apart,
        stands_still(
            lambda learning_rate, decay, weight_decay: 1 - learning_rate * (decay + weight_decay)
        ),
        symmetric_steps("average"),
        converges(_slowest),
        averages("average", begins="begins_after"),
        refuses(learning_rate=(-0.5,), weight_decay=(-0.5,)),
    ),
)
def asgd(
    grads: Tensors,
    state: Averaged,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    decay: Annotated[float, Between(1e-6, 1e-2, log=True)] = 1e-4,
    power: Annotated[float, Between(0.5, 1.0)] = 0.75,
    begins_after: Annotated[float, Between(1.0, 1e6, log=True)] = 1e6,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, Averaged]:
    """Averaged gradient descent: a rate that falls slowly, and the mean of parameters from then on.

    n = a / (1 + l a t)^p,  w <- (1 - l n) w - n (g + d w),
    x <- x + (w - x) / max(1, t - t0),  t <- t + 1

    w are the params, g the grads, x the average, t the step (how many were taken before), a the
    learning rate, n what is left of it, l decay, p power, t0 begins_after, d the weight decay.
    Until t0 + 1 the average is where the parameters are.

    *Numerics*: n is evaluated in extended precision and rounds once. Into the parameter go n, l n,
    1 - l n and a product, or d w, a sum and a product, and the difference: six of what comes in;
    into the average the difference, the share, a product and a sum: three more.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32) and average.
        params: parameter tensors of any shapes.
        learning_rate: unit of the parameters over that of the gradients; the rate at first.
        decay: l above: how fast the rate falls, and a pull towards 0.
        power: p above.
        begins_after: the step after which parameters are averaged, t0 above.
        weight_decay: d above, coupled.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or weight_decay is negative.

    *Differences*: torch.optim.ASGD has decay as `lambd`, power as `alpha`, begins_after as `t0`,
    and keeps the average as `ax`, with the rate and the share of the next step as `eta` and `mu`,
    in float32: a rate that a schedule changes is in force a step late. t0 is a million, so that
    unless told otherwise nothing is averaged. Nobody copies `ax` into the parameters but the user.
    optax has no ASGD; it averages with optax.incremental_update or, exponentially, optax.ema.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(asgd, params)
        >>> moved, kept = asgd([np.array([4.0])], state, params, learning_rate=0.125, decay=0.0)
        >>> moved, kept["average"]
        ([array([0.5])], [array([0.5])])
    """
    demand(learning_rate=learning_rate >= 0, weight_decay=weight_decay >= 0)
    step, moved, means = state["step"], [], []
    rate = rate_at(learning_rate, decay, power, step)
    share = 1 / max(np.longdouble(1), np.longdouble(step) - np.longdouble(begins_after))
    for w, g, x in zip(params, grads, state["average"], strict=True):
        real = w.dtype.type
        slope = g + ranged("d w", real(weight_decay) * w)
        pulled = real(1 - np.longdouble(decay) * rate) * w
        moved.append(pulled - ranged("update", real(rate) * slope))
        apart = ranged("w - x", moved[-1] - x)
        means.append(moved[-1].copy() if share == 1 else x + ranged("x", real(share) * apart))
    return moved, {"step": step + np.int32(1), "average": means}
