"""Adam and its kin: a running mean of gradients over the root of one of their squares."""

from __future__ import annotations

from typing import Annotated, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Beta1, Beta2, Eps, EpsRoot, Rate
from reference.optimizer_facts import (
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
from reference.ranged import probing, ranged
from reference.technique import Accuracy, technique


class Moments(TypedDict):
    """What the Adam family keeps: steps taken, running averages of gradients and their squares."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    first_moment: Annotated[Tensors, Starts(0.0)]
    second_moment: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Kingma and Ba 2015, Adam: a method for stochastic optimization, algorithm 1",
    accuracy=Accuracy(ulps=16, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, second_moment=2),
        first_step(lambda learning_rate: learning_rate, lambda eps, eps_root: eps + eps_root**0.5),
        forgets(first_moment="beta1", second_moment="beta2"),
        refuses(learning_rate=(-0.5,), beta1=(1.0, -0.5), beta2=(1.0, -0.5), eps=(-0.5,)),
    ),
)
def adam(
    grads: Tensors,
    state: Moments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
) -> tuple[Tensors, Moments]:
    """Adam: every element moves by its mean gradient over the root of its mean squared gradient.

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1,
    w <- w - a (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t) + r) + e)

    w are the params, g the grads, m and v first and second moment, t the step, a the learning
    rate, b1 and b2 beta1 and beta2, e eps, r eps_root.

    *Numerics*: 1 - b^t is evaluated by expm1 in extended precision; 1 - b^t itself cancels while
    t (1 - b) is small. On the way to the update lie a coefficient, a product and a sum for m and
    for v (three roundings of each input; half of v's reach the root), two divisions by corrections
    and the corrections themselves, r, the root, e, a division and a: 13 roundings, and 3 more
    where the two ways on which a gradient comes in cancel each other's sensitivity. In 16 bits v
    cannot follow: b2 v rounds back to v where 1 - b2 < u, whoever computes it.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients keep their sign.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or a beta outside [0, 1).

    *Differences*: torch has no eps_root. optax has it, 0 unless set, and calls the moments `mu`
    and `nu`, the step `count`. Both form 1 - b^t by subtraction: torch in Python's float64, optax
    in float32, where the step after the first is off by up to u / (1 - b2). torch counts steps in
    float32 and stops at 2^24. In float16 neither is of use: eps is 0 there, so that a zero gradient
    gives NaN, and squares overflow from gradients of 256 (optax) or 8000 (torch) on.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> adam([np.array([4.0])], beginning(adam, params), params, learning_rate=0.5)[0]
        [array([0.5])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps)
    kept = averaged(grads, state, beta1, beta2)
    moved = [
        w - ranged("update", w.dtype.type(learning_rate) * towards)
        for w, towards in zip(params, directions(kept, beta1, beta2, eps, eps_root), strict=True)
    ]
    return moved, kept


def averaged(grads: Tensors, state: Moments, beta1: float, beta2: float) -> Moments:
    """Steps taken and both moments, one more gradient taken in."""
    first = [
        ranged("m", average(m, g, beta1), 2)
        for m, g in zip(state["first_moment"], grads, strict=True)
    ]
    second = [
        ranged("v", average(v, ranged("g^2", g * g), beta2), 2)
        for v, g in zip(state["second_moment"], grads, strict=True)
    ]
    step = state["step"] + np.int32(1)
    return {"step": step, "first_moment": first, "second_moment": second}


def directions(kept: Moments, beta1: float, beta2: float, eps: float, eps_root: float) -> Tensors:
    """Mean gradients over the root of the mean squared ones, (m / c1) / (sqrt(v / c2 + r) + e).

    Compilers divide by both divisors at once: m / (c1 d), d = sqrt(v / c2 + r) + e.
    """
    found = []
    for m, v in zip(kept["first_moment"], kept["second_moment"], strict=True):
        c1 = bias_correction(beta1, kept["step"], m.dtype)
        mean = ranged("m / c1", m / c1)
        square = ranged("v / c2", v / bias_correction(beta2, kept["step"], m.dtype))
        size = root(square, eps, eps_root)
        if probing():
            mean, size = mean * c1, ranged("c1 d", c1 * size)
        found.append(ranged("u", mean / size))
    return found


def root(square: Array, eps: float, eps_root: float) -> Array:
    """sqrt(v + r) + e, of a mean square v."""
    real = square.dtype.type
    return np.sqrt(square + ranged("r", real(eps_root))) + ranged("e", real(eps))


def demand_of_moments(
    learning_rate: float, beta1: float, beta2: float, eps: float, weight_decay: float = 0.0
) -> None:
    """Raise ValueError for a negative rate, eps or weight decay, and for betas outside [0, 1)."""
    demand(
        learning_rate=learning_rate >= 0,
        beta1=0 <= beta1 < 1,
        beta2=0 <= beta2 < 1,
        eps=eps >= 0,
        weight_decay=weight_decay >= 0,
    )
