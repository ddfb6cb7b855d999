"""Kin of AdamW that mix two views of the past: a fast and a slow mean, a sum and the present."""

from __future__ import annotations

from typing import Annotated, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Beta1, Beta2, Eps, EpsRoot, Rate, WeightDecay
from reference.optimizer_facts import (
    decays_apart,
    elementwise_steps,
    first_step,
    forgets,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors, average, bias_correction
from reference.optimizers.adam import Moments, averaged, demand_of_moments, root
from reference.optimizers.decoupled import decayed, keeps
from reference.ranged import ranged
from reference.stored import stored
from reference.technique import Accuracy, Between, technique


class SlowMoments(Moments):
    """Adam's state, and a mean of gradients that is ten times as slow, or more."""

    slow_moment: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Pagliardini, Ablin and Grangier 2024, The AdEMAMix optimizer: better, faster, older,"
    " equation 1",
    accuracy=Accuracy(ulps=16, inputs=6),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(keeps),
        decays_apart(keeps),
        symmetric_steps("first_moment", "slow_moment"),
        unitless_without_eps(first_moment=1, slow_moment=1, second_moment=2),
        first_step(
            lambda learning_rate, alpha, beta3: learning_rate * (1 + alpha * (1 - beta3)),
            lambda eps, eps_root: eps + eps_root**0.5,
        ),
        forgets(first_moment="beta1", second_moment="beta2", slow_moment="beta3"),
        refuses(
            learning_rate=(-0.5,),
            beta1=(1.0, -0.5),
            beta2=(1.0, -0.5),
            beta3=(1.0, -0.5),
            eps=(-0.5,),
            weight_decay=(-0.5,),
        ),
    ),
)
def ademamix(
    grads: Tensors,
    state: SlowMoments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    beta3: Annotated[float, Between(0.5, 0.9999)] = 0.9999,
    alpha: Annotated[float, Between(0.5, 16.0, log=True)] = 5.0,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, SlowMoments]:
    """AdEMAMix: AdamW that adds to its mean gradient a share of a far slower one.

    m <- b1 m + (1 - b1) g,  s <- b3 s + (1 - b3) g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1,
    w <- w - a ((m / (1 - b1^t) + h s) / (sqrt(v / (1 - b2^t) + r) + e) + d w)

    w are the params, g the grads, m and v first and second moment, s the slow moment, t the step, a
    the learning rate, b1, b2 and b3 the betas, h alpha, e eps, r eps_root, d the weight decay. s
    is not corrected: it is to come in slowly.

    *Numerics*: of m and s into the mean go a coefficient, a product and a sum each, then a
    correction and a quotient, or h and a product, and their sum: six of what comes in, which m and
    s may uncover in each other. v's half, the root, e, the division, a and the decay take no more
    than Adam's 16 of the update. What d w uncovers is marked as stored.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment, slow_moment and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: 1 / (1 + alpha) of the length of a late step when gradients keep their sign.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        beta3: decay of the slow moment, in [0, 1).
        alpha: weight of the slow moment beside the first.
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        weight_decay: part of a parameter lost in a step, for each unit of the learning rate.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or weight_decay is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.contrib.ademamix calls the moments `m1`, `m2` (the slow
    one) and `nu`; beta3 and alpha may be schedules there, which the paper warms up by, and which
    count on their own (`count_m2`). alpha is 5 in ademamix and 6 in scale_by_ademamix unless set.
    A state of AdamW goes on with a slow moment of 0.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(ademamix, params)
        >>> ademamix([np.array([4.0])], state, params, learning_rate=0.25, beta3=0.5, alpha=2.0)[0]
        [array([0.5])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps, weight_decay)
    demand(beta3=0 <= beta3 < 1)
    kept = averaged(grads, state, beta1, beta2)
    slow, moved = [], []
    for w, g, s, m, v in zip(
        params,
        grads,
        state["slow_moment"],
        kept["first_moment"],
        kept["second_moment"],
        strict=True,
    ):
        slow.append(ranged("s", average(s, g, beta3), 2))
        mean = ranged("m / c1", m / bias_correction(beta1, kept["step"], m.dtype))
        mean = ranged("mean", mean + ranged("h s", w.dtype.type(alpha) * slow[-1]), 3)
        square = ranged("v / c2", v / bias_correction(beta2, kept["step"], m.dtype))
        towards = stored(mean / root(square, eps, eps_root), 8)
        moved.append(decayed(w, towards, learning_rate, weight_decay))
    return moved, {**kept, "slow_moment": slow}


class SummedMoments(TypedDict):
    """What simplified AdEMAMix keeps: steps taken, a sum of gradients, an average of squares."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    momentum_buffer: Annotated[Tensors, Starts(0.0)]
    second_moment: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Morwani, Vyas, Zhang and Kakade 2025, Connections between schedule-free optimizers,"
    " AdEMAMix, and accelerated SGD variants, algorithm 1",
    accuracy=Accuracy(ulps=16, inputs=5),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(keeps),
        decays_apart(keeps),
        symmetric_steps("momentum_buffer"),
        unitless_without_eps(momentum_buffer=1, second_moment=2),
        first_step(
            lambda learning_rate, alpha: learning_rate * (1 + alpha),
            lambda eps, eps_root: eps + eps_root**0.5,
        ),
        forgets(momentum_buffer="beta1", second_moment="beta2"),
        refuses(
            learning_rate=(-0.5,),
            beta1=(1.0, -0.5),
            beta2=(1.0, -0.5),
            eps=(-0.5,),
            weight_decay=(-0.5,),
        ),
    ),
)
def simplified_ademamix(
    grads: Tensors,
    state: SummedMoments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.99,
    beta2: Beta2 = 0.95,
    alpha: Annotated[float, Between(0.5, 100.0, log=True)] = 0.0,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, SummedMoments]:
    """Simplified AdEMAMix: a sum of past gradients and a multiple of the present one, over a root.

    b <- b1 b + g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1,
    w <- w - a ((b + h g) / (sqrt(v / (1 - b2^t) + r) + e) + d w)

    w are the params, g the grads, b the momentum buffer, v second moment, t the step, a the
    learning rate, b1 and b2 beta1 and beta2, h alpha, e eps, r eps_root, d the weight decay.

    *Numerics*: of b and h g into the sum go b1, a product and a sum, or h and a product, and their
    sum: five of what comes in with a sum more, which they may uncover in each other. The rest is
    Adam's. What d w uncovers is marked as stored.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), momentum_buffer and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of the first step; later ones are up to 1 / (1 - beta1) times as long.
        beta1: what is left of the buffer after a step, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        alpha: how often the present gradient counts besides.
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        weight_decay: part of a parameter lost in a step, for each unit of the learning rate.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or weight_decay is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.contrib.simplified_ademamix calls buffer, second moment and
    step `m`, `n` and `t`. With alpha = 0 it is Adam at the rate a / (1 - beta1), without Adam's
    correction of the mean. optax forms v as g^2 + b2 (v - g^2), which is off by u |v - g^2|: in the
    first steps by b2 / (1 - b2) roundings of v.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(simplified_ademamix, params)
        >>> simplified_ademamix([np.array([4.0])], state, params, learning_rate=0.25, alpha=1.0)[0]
        [array([0.5])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps, weight_decay)
    step, moved, sums, second = state["step"] + np.int32(1), [], [], []
    for w, g, b, v in zip(
        params, grads, state["momentum_buffer"], state["second_moment"], strict=True
    ):
        real = w.dtype.type
        sums.append(ranged("b", real(beta1) * b + g, 2))
        second.append(ranged("v", average(v, ranged("g^2", g * g), beta2), 2))
        whole = ranged("sum", sums[-1] + ranged("h g", real(alpha) * g), 3)
        square = ranged("v / c2", second[-1] / bias_correction(beta2, step, w.dtype))
        towards = stored(whole / root(square, eps, eps_root), 8)
        moved.append(decayed(w, towards, learning_rate, weight_decay))
    return moved, {"step": step, "momentum_buffer": sums, "second_moment": second}
