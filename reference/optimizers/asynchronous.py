"""A kin of AdaBelief whose steps are divided by what was known before their gradient came."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.optimizer_domains import Beta2, Eps, EpsRoot, Rate, WeightDecay
from reference.optimizer_facts import (
    decays_apart,
    elementwise_steps,
    forgets,
    proportional_steps,
    refuses,
    stands_still,
    symmetric_steps,
    tensors_apart,
)
from reference.optimizer_states import Tensors, average, bias_correction
from reference.optimizers.adam import Moments, demand_of_moments
from reference.optimizers.decoupled import decayed, keeps
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


@technique(
    source="Zhuang et al. 2021, Momentum centering and asynchronous update for adaptive gradient"
    " methods",
    accuracy=Accuracy(ulps=8, inputs=6),
    facts=(
        elementwise_steps,
        tensors_apart,
        stands_still(keeps),
        decays_apart(keeps),
        symmetric_steps("first_moment"),
        proportional_steps,
        forgets(first_moment="beta1"),
        refuses(
            learning_rate=(-0.5,),
            beta1=(1.0, -0.5),
            beta2=(1.0, -0.5),
            eps=(-0.5,),
            weight_decay=(-0.5,),
        ),
    ),
)
def acprop(
    grads: Tensors,
    state: Moments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Annotated[float, Between(0.5, 0.99)] = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-16,
    eps_root: EpsRoot = 1e-16,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, Moments]:
    """ACProp: descent over AdaBelief's root of the step before: a gradient never divides itself.

    s = v / (1 - b2^t), 1 where t = 0;  w <- w - a (g / (sqrt(s) + e) + d w),
    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) (g - m)^2 + r,  t <- t + 1

    w are the params, g the grads, m and v first and second moment, t the step (how many were taken
    before), a the learning rate, b1 and b2 beta1 and beta2, e eps, r eps_root, which stays in v, d
    the weight decay.

    *Numerics*: the update takes half of a correction and a quotient, the root, e, a sum, the
    division, a and a product, and a sum with the decay. v takes 1 - b2, two of a difference that is
    squared, the square, a product, two sums and r; the mean in that difference took three, which
    come in twice: six of what comes in.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when a gradient is as large as surprises were before.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added to the second moment in every step; unit of the squared gradients.
        weight_decay: part of a parameter lost in a step, for each unit of the learning rate.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or weight_decay is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.contrib.acprop takes the first step as plain descent, of
    g / (1 + e), as here: it has the gradient's unit, all others have none, and a rate that suits
    these may throw the first. It takes the mean before the step from the gradient, against its own
    documentation: squares are 1 / beta1^2 times as large (optax pull request 1716), and from the
    second step on steps are beta1 times as long. No argument changes that.

    Example:
        >>> state = {"step": np.array(1, np.int32), "first_moment": [np.array([0.0])],
        ...          "second_moment": [np.array([4.0])]}
        >>> known = {"learning_rate": 0.5, "beta2": 0.75, "eps": 0.0}
        >>> acprop([np.array([2.0])], state, [np.array([1.0])], **known)[0]
        [array([0.75])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps, weight_decay)
    first, second, moved = [], [], []
    for w, g, m, v in zip(
        params, grads, state["first_moment"], state["second_moment"], strict=True
    ):
        real = w.dtype.type
        known = np.ones_like(v)
        if state["step"]:
            known = v / bias_correction(beta2, state["step"], v.dtype)
        size = np.sqrt(ranged("v / c2", known)) + ranged("e", real(eps))
        moved.append(decayed(w, ranged("u", g / size), learning_rate, weight_decay))
        first.append(ranged("m", average(m, g, beta1), 2))
        surprise = ranged("(g - m)^2", np.square(g - first[-1]))
        after = average(v, surprise, beta2) + ranged("r", real(eps_root))
        second.append(ranged("v", after, 2))
    step = state["step"] + np.int32(1)
    return moved, {"step": step, "first_moment": first, "second_moment": second}
