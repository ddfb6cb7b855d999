"""Schedule-free optimizers: the average of iterates does what a falling rate is for.

Gradients are taken between the average and the newest iterate.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from reference.demands import POW, demand
from reference.numerics import Array
from reference.optimizer_domains import Beta2, Eps, Rate, WeightDecay
from reference.optimizer_facts import (
    elementwise_steps,
    forgets,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
)
from reference.optimizer_states import Starts, Tensors, average, bias_correction
from reference.optimizers.adam import root
from reference.ranged import ranged
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

_Beta1 = Annotated[float, Between(0.5, 0.99)]
_Power = Annotated[float, Between(0.0, 2.0)]


class Iterates(TypedDict):
    """What is kept: where descent is, the largest rate so far, and how much was averaged."""

    iterate: Annotated[Tensors, Starts("params")]
    largest_rate: Annotated[Array, Starts(0.0, per="optimizer", real=True)]
    weight_sum: Annotated[Array, Starts(0.0, per="optimizer", real=True)]


def _share(state: Any, learning_rate: Any, power: float, like: Array) -> tuple[Any, Any, Any]:
    """The largest rate, the sum of weights, and the newest one's share of it."""
    real = like.dtype.type
    largest = np.maximum(state["largest_rate"], real(learning_rate))
    weight = stored(ranged("h^p", largest ** real(power), POW), POW)
    total = state["weight_sum"] + weight
    share = np.where(total == 0, real(0), weight / total)  # nothing counts where all rates were 0
    return largest, total, stored(share, 2)


def _between(y: Array, z: Array, new: Array, beta1: float, share: Any) -> Array:
    """Params for the next gradient, y' = b x' + (1 - b) z'; those now tell x."""
    real = y.dtype.type
    near, far = real(beta1), real(1 - np.longdouble(beta1))
    mean = (y - stored(ranged("(1 - b) z", far * z, 2), 9)) / near
    mean = (1 - share) * mean + ranged("c z", share * new)
    return near * mean + ranged("(1 - b) z'", far * new)


@technique(
    source="Defazio et al. 2024, The road less scheduled",
    accuracy=Accuracy(ulps=4, inputs=8),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(without=("weight_decay",), roundings=12),
        symmetric_steps("iterate"),
        refuses(learning_rate=(-0.5,), beta1=(0.0, -0.5), weight_decay=(-0.5,)),
    ),
)
def schedule_free_sgd(
    grads: Tensors,
    state: Iterates,
    params: Tensors,
    *,
    learning_rate: Rate = 1.0,
    beta1: _Beta1 = 0.9,
    power: _Power = 2.0,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, Iterates]:
    """Schedule-free descent: z descends, x is its average, and gradients are taken between, at y.

    x = (y - (1 - b) z) / b,  h <- max(h, a),  S <- S + h^p,  c = h^p / S,
    z <- z - a (g + d y),  x <- (1 - c) x + c z,  y <- b x + (1 - b) z

    y are the params, g the grads (at y), z the iterate, h the largest rate, S the weight sum, a the
    learning rate, b beta1, p the power, d the weight decay. The answer is x, which params do not
    show.

    *Numerics*: x takes 1 - b, a product, a difference (of which y has as much, and z), b and a
    quotient; its mean 1 - c, a product and a sum, and so does y: nine of (1 - b) z, eight of what
    comes in. The weight is a power (16) and its share a sum and a quotient. Without a gradient y is
    put together of itself: eight of x, two products, their sum, and one of the update.

    Args:
        grads: gradients at the params, one array for each parameter tensor, in its shape.
        state: iterate, largest_rate and weight_sum.
        params: parameter tensors of any shapes, y above.
        learning_rate: unit of the parameters over that of the gradients.
        beta1: how near the average gradients are taken, in (0, 1].
        power: by which a rate weighs in the average: 0 for a plain mean.
        weight_decay: d above, coupled.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, power or weight_decay is negative, or beta1 outside (0, 1].

    *Differences*: torch has none; the authors' package subclasses torch.optim.Optimizer. optax has
    z as `z`; its answer is optax.contrib.schedule_free_eval_params(state, params), and whoever
    evaluates at the params evaluates y. Given a schedule, optax weighs step t by the rate of step
    t + 1 (optax pull request 1744), with which it does not descend.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(schedule_free_sgd, params)
        >>> known = {"learning_rate": 0.25, "beta1": 0.5}
        >>> moved, kept = schedule_free_sgd([np.array([2.0])], state, params, **known)
        >>> schedule_free_sgd([np.array([2.0])], kept, moved, **known)[0]
        [array([0.125])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        beta1=0 < beta1 <= 1,
        power=power >= 0,
        weight_decay=weight_decay >= 0,
    )
    largest, total, share = _share(state, learning_rate, power, params[0])
    moved, iterates = [], []
    for y, g, z in zip(params, grads, state["iterate"], strict=True):
        real = y.dtype.type
        slope = g + ranged("d y", real(weight_decay) * y)
        iterates.append(z - ranged("a g", real(learning_rate) * slope))
        moved.append(_between(y, z, iterates[-1], beta1, share))
    return moved, {"iterate": iterates, "largest_rate": largest, "weight_sum": total}


class AdaptiveIterates(Iterates):
    """What is kept besides: steps taken, and the mean square of gradients."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    second_moment: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Defazio et al. 2024, The road less scheduled, algorithm 1 (Schedule-Free AdamW)",
    accuracy=Accuracy(ulps=4, inputs=17),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(without=("weight_decay",), roundings=12),
        symmetric_steps("iterate"),
        forgets(second_moment="beta2"),
        refuses(
            learning_rate=(-0.5,),
            beta1=(0.0, -0.5),
            beta2=(1.0, -0.5),
            eps=(-0.5,),
            weight_decay=(-0.5,),
        ),
    ),
)
def schedule_free_adamw(
    grads: Tensors,
    state: AdaptiveIterates,
    params: Tensors,
    *,
    learning_rate: Rate = 2.5e-3,
    beta1: _Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-8,
    power: _Power = 2.0,
    weight_decay: WeightDecay = 0.0,
    correction: Literal["rate", "moment"] = "rate",
) -> tuple[Tensors, AdaptiveIterates]:
    """Schedule-free AdamW: descent over the root of the mean square; the average is the momentum.

    v <- b2 v + (1 - b2) g^2,  t <- t + 1,  c2 = 1 - b2^t;
    rate:    k = a sqrt(c2),  u = g / (sqrt(v) + e)
    moment:  k = a,  u = g / (sqrt(v / c2) + e)
    x = (y - (1 - b) z) / b,  h <- max(h, k),  S <- S + h^p,  c = h^p / S,
    z <- z - k (u + d y),  x <- (1 - c) x + c z,  y <- b x + (1 - b) z

    y are the params, g the grads (at y), v the second moment, t the step, z the iterate, h the
    largest rate, S the weight sum, a the learning rate, b and b2 beta1 and beta2, e eps, p the
    power, d the weight decay. The answer is x.

    *Numerics*: that of schedule_free_sgd; u takes the square, two of its mean, half of a
    correction, the root, e, a sum, an inverse and a product, k and the decay: nine more of what
    comes in.

    Args:
        grads: gradients at the params, one array for each parameter tensor, in its shape.
        state: iterate, largest_rate, weight_sum, step (number of steps taken, int32) and
            second_moment.
        params: parameter tensors of any shapes, y above; unit of the learning rate.
        learning_rate: length of a step of z when gradients stay as they are.
        beta1: how near the average gradients are taken, in (0, 1].
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        power: by which a rate weighs in the average: 0 for a plain mean.
        weight_decay: part of y by which z falls in a step, for each unit of the learning rate.
        correction: whether what the mean square lacks at first lowers the rate, with decay and
            weights, or divides the mean square.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps, power or weight_decay is negative, beta1 outside (0, 1] or
            beta2 outside [0, 1).

    *Differences*: torch has none; the authors' package subclasses torch.optim.Optimizer. The
    paper's experiments lower the rate (its class AdamWScheduleFreePaper); the package divides the
    mean square now, as optax does, so that first steps weigh as much in the average as later ones,
    and eps and decay count as much. No argument of optax changes that; beta2 = 0 makes the two one.
    Schedules are a step ahead in optax's weights, as in schedule_free_sgd.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(schedule_free_adamw, params)
        >>> known = {"learning_rate": 0.25, "beta2": 0.75, "eps": 0.0}
        >>> schedule_free_adamw([np.array([2.0])], state, params, **known)[0]
        [array([0.75])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        beta1=0 < beta1 <= 1,
        beta2=0 <= beta2 < 1,
        eps=eps >= 0,
        power=power >= 0,
        weight_decay=weight_decay >= 0,
    )
    step = state["step"] + np.int32(1)
    lacks = bias_correction(beta2, step, np.dtype(np.longdouble))
    by_rate = correction == "rate"
    rate = np.longdouble(learning_rate) * (np.sqrt(lacks) if by_rate else 1)
    largest, total, share = _share(state, rate, power, params[0])
    moved, iterates, second = [], [], []
    for y, g, z, v in zip(params, grads, state["iterate"], state["second_moment"], strict=True):
        real = y.dtype.type
        second.append(ranged("v", average(v, ranged("g^2", g * g), beta2), 2))
        square = second[-1] if by_rate else ranged("v / c2", second[-1] / real(lacks))
        scale = ranged("1 / d", 1 / root(square, eps, 0.0))
        towards = ranged("u", g * scale) + ranged("d y", real(weight_decay) * y)
        iterates.append(z - ranged("k u", real(rate) * towards))
        moved.append(_between(y, z, iterates[-1], beta1, share))
    kept: AdaptiveIterates = {
        "iterate": iterates,
        "largest_rate": largest,
        "weight_sum": total,
        "step": step,
        "second_moment": second,
    }
    return moved, kept
