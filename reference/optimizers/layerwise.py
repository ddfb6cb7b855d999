"""Layer-wise optimizers: how far a tensor moves goes by the norm of its own weights."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.gradients.norms import scaled_norm
from reference.numerics import Array
from reference.optimizer_domains import Beta1, Beta2, Eps, EpsRoot, Rate
from reference.optimizer_facts import (
    keeps_norms,
    moves_by_share,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Nothing, Starts, Tensors, average, bias_correction, longest
from reference.optimizers.adam import Moments, demand_of_moments
from reference.ranged import probing, ranged
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

Decay = Annotated[float, Between(0.0, 0.5)]


class Velocity(TypedDict):
    """What LARS keeps: by how much every parameter moved in the step before, the rate in it."""

    velocity: Annotated[Tensors, Starts(0.0)]


def norm(symbol: str, x: Array) -> Any:
    """Norm of a tensor, free of overflow; its squares, which libraries sum, may leave the range."""
    if probing():
        squares = ranged(symbol, np.square(x))
        return np.sqrt(ranged(symbol, np.sum(squares), x.size))
    scale, root = scaled_norm([x])
    return scale * root


def trust(weights: Any, other: Any, coefficient: Any, eps: Any) -> Any:
    """Trust ratio, c |w| / (|u| + e); 1 where one of the norms is 0, so that zeros can leave 0."""
    one, none = weights.dtype.type(1), (weights == 0) | (other == 0)
    of, over = (np.where(none, one, part) for part in (weights, other + eps))
    return np.where(none, one, ranged("ratio", coefficient * of / over, 3))[()]


@technique(
    source="You, Gitman and Ginsburg 2017, Large batch training of convolutional networks,"
    " algorithm 1",
    accuracy=Accuracy(ulps=3, inputs=14, terms=longest),
    facts=(
        tensors_apart,
        symmetric_steps("velocity"),
        moves_by_share(
            lambda learning_rate, trust_coefficient, momentum, nesterov: (
                learning_rate * trust_coefficient * (1 + momentum * nesterov)
            ),
            trust_norm="norm_of_sum",
        ),
        refuses(
            learning_rate=(-0.5,),
            momentum=(1.0, -0.5),
            weight_decay=(-0.5,),
            trust_coefficient=(-0.5,),
            eps=(-0.5,),
        ),
    ),
)
def lars(
    grads: Tensors,
    state: Velocity,
    params: Tensors,
    *,
    learning_rate: Rate = 0.1,
    momentum: Annotated[float, Between(0.0, 0.99)] = 0.9,
    weight_decay: Decay = 0.0,
    trust_coefficient: Annotated[float, Between(1e-3, 1.0, log=True)] = 1e-3,
    eps: Eps = 0.0,
    nesterov: Literal[False, True] = False,
    trust_norm: Literal["norm_of_sum", "sum_of_norms"] = "sum_of_norms",
) -> tuple[Tensors, Velocity]:
    """LARS: momentum whose rate is, for every tensor, a share of the norm of its weights.

    u = g + d w,  r = c |w| / (|u| + e),  v <- b v - a r u,  w <- w + v

    w are the params, g the grads, v the velocity, a the learning rate, b momentum, c
    trust_coefficient, d weight_decay, e eps; |.| the norm of one tensor. With trust_norm
    "sum_of_norms" |g| + d |w| stands for |u|. With nesterov w <- w + (b v - a r u). r is 1 where
    |w| or |u| is 0.

    *Numerics*: norms are scaled by a power of two near the largest number. u takes two roundings;
    then there are the squares, their sum of n terms and the root of two norms, e, c, the quotient,
    r u, a, b v and the sum: 14 and n in parts of what comes in, as a r u may cancel b v. Into the
    parameter go the last three.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: velocity, in the unit of the params.
        params: parameter tensors of any shapes.
        learning_rate: scale of the share by which a tensor moves.
        momentum: decay of the velocity, in [0, 1).
        weight_decay: coupled: added to the gradient before the norm is taken.
        trust_coefficient: how much of its norm a tensor is trusted to move.
        eps: added to the norm of the update; unit of the gradients.
        nesterov: look ahead along the velocity.
        trust_norm: which norm divides: that of the sum, or the sum of both norms (the paper's).

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: momentum outside [0, 1), or one of the others is negative.

    *Differences*: torch has none. optax.lars has the norm of the sum, and calls the velocity
    `trace`. It holds the rate, as in the paper: a rate that falls does not shorten it. A tensor
    of zeros (a bias at its start) moves by a g, without the trust coefficient: a thousand times as
    far as theory for it has. optax sums squares as they are: gradients of 1e-20 have a norm of 0 in
    float32, so that the ratio is 1.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([3.0, 4.0])]
        >>> moved, _ = lars([np.array([0.0, 9.0])], beginning(lars, params), params,
        ...                 learning_rate=0.5, trust_coefficient=0.25)
        >>> moved[0]
        array([3.   , 3.375])
    """
    demand(
        learning_rate=learning_rate >= 0,
        momentum=0 <= momentum < 1,
        weight_decay=weight_decay >= 0,
        trust_coefficient=trust_coefficient >= 0,
        eps=eps >= 0,
    )
    kept, moved = [], []
    for w, g, v in zip(params, grads, state["velocity"], strict=True):
        real = w.dtype.type
        u = ranged("u", g + ranged("u", real(weight_decay) * w), 2)
        weights = norm("|w|^2", w)
        if trust_norm == "norm_of_sum":
            other = norm("|u|^2", u)
        else:
            other = norm("|u|^2", g) + real(weight_decay) * weights
        ratio = trust(weights, other, real(trust_coefficient), ranged("e", real(eps)))
        update = ranged("v", real(learning_rate) * ranged("v", u * ratio), 2)
        velocity = ranged("v", real(momentum) * v - update, 2)
        kept.append(velocity)
        moved.append(w + (real(momentum) * velocity - update if nesterov else velocity))
    return moved, {"velocity": kept}


@technique(
    source="You et al. 2020, Large batch optimization for deep learning: training BERT in 76"
    " minutes, algorithm 2",
    accuracy=Accuracy(ulps=13, inputs=4, terms=longest),
    facts=(
        tensors_apart,
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, second_moment=2),
        moves_by_share(lambda learning_rate: learning_rate),
        refuses(
            learning_rate=(-0.5,),
            beta1=(1.0, -0.5),
            beta2=(1.0, -0.5),
            eps=(-0.5,),
            weight_decay=(-0.5,),
        ),
    ),
)
def lamb(
    grads: Tensors,
    state: Moments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-6,
    eps_root: EpsRoot = 0.0,
    weight_decay: Decay = 0.0,
) -> tuple[Tensors, Moments]:
    """LAMB: Adam's direction, with which a tensor moves by a fixed share of its own norm.

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1,
    u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t) + r) + e) + d w,  w <- w - a (|w| / |u|) u

    w are the params, g the grads, m and v first and second moment, t the step, a the learning
    rate, b1 and b2 beta1 and beta2, e eps, r eps_root, d weight_decay; |.| the norm of one tensor.
    |w| / |u| is 1 where one of the norms is 0.

    *Numerics*: Adam's direction is off by 13 of its own roundings, which d w may uncover: it is
    marked as stored. The sum with d w rounds u and its norm; squares, their sums of n terms and
    the roots of two norms, the quotient, the product, a: 13 of the update. A rounding of d w and
    three of m and v count in what comes in.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and second_moment.
        params: parameter tensors of any shapes.
        learning_rate: the share of its norm by which a tensor moves.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        weight_decay: added to the direction, before its norm is taken.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: one is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.lamb has it (moments `mu` and `nu`, step `count`), with
    the bias corrections and without the paper's bounds on |w|. Whatever d > 0 is, parameters
    without gradients shrink by the factor 1 - a: the ratio takes d out. A tensor of zeros moves by
    a u as in Adam.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([3.0, 4.0])]
        >>> lamb([np.array([0.0, 9.0])], beginning(lamb, params), params, learning_rate=0.25)[0]
        [array([3.  , 2.75])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps)
    demand(weight_decay=weight_decay >= 0)
    step = state["step"] + np.int32(1)
    first = [
        ranged("m", average(m, g, beta1), 2)
        for m, g in zip(state["first_moment"], grads, strict=True)
    ]
    second = [
        ranged("v", average(v, ranged("v", g * g), beta2), 2)
        for v, g in zip(state["second_moment"], grads, strict=True)
    ]
    moved = []
    for w, m, v in zip(params, first, second, strict=True):
        real = w.dtype.type
        mean = ranged("m", m / bias_correction(beta1, step, w.dtype))
        square = ranged("v", v / bias_correction(beta2, step, w.dtype))
        size = np.sqrt(square + ranged("e", real(eps_root))) + ranged("e", real(eps))
        u = stored(ranged("u", mean / size), 13) + real(weight_decay) * w
        ratio = trust(norm("|w|^2", w), norm("|u|^2", u), real(1), real(0))
        moved.append(w - ranged("update", real(learning_rate) * ranged("update", u * ratio), 2))
    return moved, {"step": step, "first_moment": first, "second_moment": second}


@technique(
    source="Bernstein, Vahdat, Yue and Liu 2020, On the distance between two neural networks and"
    " the stability of learning, algorithm 1",
    accuracy=Accuracy(ulps=12, inputs=3, terms=longest),
    facts=(
        tensors_apart,
        symmetric_steps(),
        rests(lambda learning_rate: (1 + learning_rate**2) ** -0.5),
        keeps_norms,
        refuses(learning_rate=(-0.5,), smallest_norm=(-0.5,)),
    ),
)
def fromage(
    grads: Tensors,
    state: Nothing,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    smallest_norm: Annotated[float, Between(1e-8, 1e-2, log=True)] = 1e-6,
) -> tuple[Tensors, Nothing]:
    """Fromage: a tensor moves by a share of its norm, and is shrunk so that it cannot grow.

    w <- (w - a (max(|w|, n) / max(|g|, n)) g) / sqrt(1 + a^2)

    w are the params, g the grads, a the learning rate, n smallest_norm; |.| the norm of one tensor.

    *Numerics*: norms are scaled by a power of two near the largest number. Squares, sums of n terms
    and the roots of two norms, the quotient, the product, a and three roundings of the divisor make
    12 of the update; the divisor is off by as many of w, of whose size the result then is.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: empty.
        params: parameter tensors of any shapes.
        learning_rate: the share of its norm by which a tensor moves.
        smallest_norm: the least that either norm counts; unit of the params, and of the gradients.

    Returns:
        New params and the empty state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or smallest_norm is negative.

    *Differences*: torch has none. optax.fromage calls the smallest norm `min_norm`; the paper takes
    the share of a tensor that is 0 for 1 instead. optax adds (1 / sqrt(1 + a^2) - 1) w to the
    update, a difference that cancels, but not more than a rounding of w.

    Example:
        >>> fromage([np.array([0.0, 9.0])], {}, [np.array([4.0, 0.0])], learning_rate=0.75)[0]
        [array([ 3.2, -2.4])]
    """
    del state  # there is none
    demand(learning_rate=learning_rate >= 0, smallest_norm=smallest_norm >= 0)
    moved = []
    for w, g in zip(params, grads, strict=True):
        real = w.dtype.type
        least = ranged("n", real(smallest_norm))
        weights = np.maximum(norm("|w|^2", w), least)
        ratio = trust(weights, np.maximum(norm("|g|^2", g), least), real(1), real(0))
        shrink = real(1) / np.sqrt(real(1) + real(learning_rate) * real(learning_rate))
        share = real(learning_rate) * shrink
        moved.append(w * shrink - ranged("update", share * ranged("update", g * ratio), 2))
    return moved, {}
