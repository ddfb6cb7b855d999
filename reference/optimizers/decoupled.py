"""Optimizers whose weight decay is decoupled: it is no part of the gradient."""

from __future__ import annotations

from typing import Annotated, TypedDict

import numpy as np

from reference.decisions import decided
from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Beta1, Beta2, Eps, EpsRoot, Rate, WeightDecay
from reference.optimizer_facts import (
    decays_apart,
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
from reference.optimizer_states import Starts, Tensors, average
from reference.optimizers.adam import Moments, averaged, demand_of_moments, directions
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


def keeps(learning_rate: float, weight_decay: float) -> float:
    """What decay leaves of a parameter in a step."""
    return 1 - learning_rate * weight_decay


@technique(
    source="Loshchilov and Hutter 2019, Decoupled weight decay regularization, algorithm 2",
    accuracy=Accuracy(ulps=16, inputs=4),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(keeps),
        decays_apart(keeps),
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, second_moment=2),
        first_step(lambda learning_rate: learning_rate, lambda eps, eps_root: eps + eps_root**0.5),
        forgets(first_moment="beta1", second_moment="beta2"),
        refuses(
            learning_rate=(-0.5,),
            beta1=(1.0, -0.5),
            beta2=(1.0, -0.5),
            eps=(-0.5,),
            weight_decay=(-0.5,),
        ),
    ),
)
def adamw(
    grads: Tensors,
    state: Moments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
    weight_decay: WeightDecay = 1e-2,
) -> tuple[Tensors, Moments]:
    """AdamW: Adam's step, and every parameter falls by a part of itself whatever its gradient.

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1,
    w <- w - a ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t) + r) + e) + d w)

    w are the params, g the grads, m and v first and second moment, t the step, a the learning
    rate, b1 and b2 beta1 and beta2, e eps, r eps_root, d the weight decay.

    *Numerics*: the roundings of Adam's step (13, and 3 more, as said there), and four of a d w:
    of d, of 1 - a d or a sum, a product and a.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of Adam's part of a step when gradients keep their sign.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        weight_decay: part of a parameter lost in a step, for each unit of the learning rate.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or weight_decay is negative, or a beta outside [0, 1).

    *Differences*: both libraries multiply the decay by the learning rate; the paper multiplies it
    by the schedule's factor only, so that its lambda is a d here. torch multiplies the parameter by
    1 - a d first, optax adds d w to Adam's direction: the same but for rounding. The defaults
    differ: weight_decay is 0.01 in torch and 0.0001 in optax; ported code has to say it. torch has
    no eps_root. torch.optim.Adam's own weight_decay is L2: it is added to the gradient and goes
    through both moments; in optax that is chain(add_decayed_weights(d), adam(a)).

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(adamw, params)
        >>> adamw([np.array([4.0])], state, params, learning_rate=0.5, weight_decay=0.5)[0]
        [array([0.25])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps, weight_decay)
    kept = averaged(grads, state, beta1, beta2)
    moved = [
        decayed(w, towards, learning_rate, weight_decay)
        for w, towards in zip(params, directions(kept, beta1, beta2, eps, eps_root), strict=True)
    ]
    return moved, kept


def decayed(w: Array, towards: Array, learning_rate: float, weight_decay: float) -> Array:
    """w - a (u + d w): a step against the direction u, with decoupled weight decay."""
    real = w.dtype.type
    whole = towards + ranged("d w", real(weight_decay) * w)
    return w - ranged("update", real(learning_rate) * whole)


class Momentum(TypedDict):
    """What Lion keeps: steps taken, and an average of gradients."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    first_moment: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Chen et al. 2023, Symbolic discovery of optimization algorithms, program 1",
    accuracy=Accuracy(ulps=6, inputs=4),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(keeps),
        decays_apart(keeps),
        moves_by_the_rate,
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1),
        first_step(lambda learning_rate: learning_rate, lambda: 0.0),
        forgets(first_moment="beta2"),
        refuses(learning_rate=(-0.5,), beta1=(1.0, -0.5), beta2=(1.0, -0.5), weight_decay=(-0.5,)),
    ),
)
def lion(
    grads: Tensors,
    state: Momentum,
    params: Tensors,
    *,
    learning_rate: Annotated[float, Between(1e-5, 1.0, log=True)] = 1e-4,
    beta1: Beta1 = 0.9,
    beta2: Annotated[float, Between(0.0, 0.999)] = 0.99,
    weight_decay: WeightDecay = 1e-2,
) -> tuple[Tensors, Momentum]:
    """Lion: every element moves by the learning rate, its sign is that of an average gradient.

    w <- w - a (sign(b1 m + (1 - b1) g) + d w),  m <- b2 m + (1 - b2) g

    w are the params, g the grads, m the first moment, a the learning rate, b1 and b2 beta1 and
    beta2, d the weight decay. Two averages are taken of the same m: one to move by, one to keep.

    *Numerics*: the sign is that of the sum as computed: where its two parts cancel to within three
    roundings each (of a coefficient, its complement and a product), either sign is right. a and d
    take a rounding each, d w, the sum and a product three more.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32) and first_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of every step.
        beta1: share of the moment in what is moved by, in [0, 1).
        beta2: decay of the moment, in [0, 1).
        weight_decay: part of a parameter lost in a step, for each unit of the learning rate.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or weight_decay is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax's weight_decay is 0.001 unless set and its learning rate
    has no default; it counts steps, which the paper does not, and offers smoother signs in
    scale_by_lion(mode=...). A gradient of 0 moves a parameter, too, while its moment lasts.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(lion, params)
        >>> lion([np.array([4.0])], state, params, learning_rate=0.25, weight_decay=0.0)[0]
        [array([0.75])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        beta1=0 <= beta1 < 1,
        beta2=0 <= beta2 < 1,
        weight_decay=weight_decay >= 0,
    )
    moved, first = [], []
    for w, g, m in zip(params, grads, state["first_moment"], strict=True):
        mixed = ranged("c", average(m, g, beta1), 2)
        size = beta1 * abs(m) + (1 - beta1) * abs(g)
        moved.append(decayed(w, np.sign(decided(mixed, size, 3)), learning_rate, weight_decay))
        first.append(ranged("m", average(m, g, beta2), 2))
    return moved, {"step": state["step"] + np.int32(1), "first_moment": first}
