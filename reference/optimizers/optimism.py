"""Optimistic optimizers: they step as if the next gradient would change as this one did."""

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
from reference.optimizer_states import Starts, Tensors
from reference.optimizers.adam import Moments, averaged, demand_of_moments, directions
from reference.ranged import ranged
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

Optimism = Annotated[float, Between(0.25, 2.0, log=True)]


class Last(TypedDict):
    """What optimistic descent keeps: steps taken, and the gradient of the step before."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    previous: Annotated[Tensors, Starts(0.0)]


def _ahead(now: Array, last: Array, before: int, alpha: float, beta: float) -> Array:
    """(h + k) g - k g', or h g in the first step."""
    real = now.dtype.type
    last = last if before else now
    weight = real(np.longdouble(alpha) + np.longdouble(beta))
    return ranged("h g", weight * now) - ranged("k g", real(beta) * last)


@technique(
    source="Popov 1980; Daskalakis, Ilyas, Syrgkanis and Zeng 2018, Training GANs with optimism,"
    " equation 4; in general form: Mokhtari, Ozdaglar and Pattathil 2020, equation 38",
    accuracy=Accuracy(ulps=4, inputs=4),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps("previous"),
        refuses(learning_rate=(-0.5,)),
    ),
)
def optimistic_gradient_descent(
    grads: Tensors,
    state: Last,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    alpha: Optimism = 1.0,
    beta: Optimism = 1.0,
) -> tuple[Tensors, Last]:
    """Optimistic gradient descent: a step, and once more by how much the gradient has changed.

    w <- w - a (h g + k (g - p)),  p <- g,  t <- t + 1

    w are the params, g the grads, p the previous gradient (in the first step, g), t the step, a the
    learning rate, h alpha, k beta. It goes to the saddle of x y, around which plain descent turns.

    *Numerics*: (h + k) g and k p each take a coefficient and a product, h + k a sum, and their
    difference rounds: four of what comes in; then a, the product and the difference.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32) and previous.
        params: parameter tensors of any shapes.
        learning_rate: unit of the parameters over that of the gradients.
        alpha: weight of the gradient.
        beta: weight of its change: optimism.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate is negative.

    *Differences*: torch has none. optax calls p `previous_gradient` and keeps no count, but
    whether the next step is the first (`is_initial_step`). Papers write 2 a g - a p: alpha and
    beta are then 1.

    Example:
        >>> state = {"step": np.array(1, np.int32), "previous": [np.array([3.0])]}
        >>> params = [np.array([1.0])]
        >>> optimistic_gradient_descent([np.array([4.0])], state, params, learning_rate=0.1)[0]
        [array([0.5])]
    """
    demand(learning_rate=learning_rate >= 0)
    before, moved = int(state["step"]), []
    for w, g, last in zip(params, grads, state["previous"], strict=True):
        ahead = _ahead(g, last, before, alpha, beta)
        moved.append(w - ranged("update", w.dtype.type(learning_rate) * ahead))
    return moved, {"step": state["step"] + np.int32(1), "previous": [g.copy() for g in grads]}


class OptimisticMoments(Moments):
    """Adam's state, and the direction of the step before."""

    previous: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Daskalakis, Ilyas, Syrgkanis and Zeng 2018, Training GANs with optimism, algorithm 1",
    accuracy=Accuracy(ulps=16, inputs=5),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps("first_moment", "previous"),
        unitless_without_eps(first_moment=1, second_moment=2),
        first_step(
            lambda learning_rate, alpha: learning_rate * alpha,
            lambda eps, eps_root: eps + eps_root**0.5,
        ),
        forgets(first_moment="beta1", second_moment="beta2"),
        refuses(learning_rate=(-0.5,), beta1=(1.0, -0.5), beta2=(1.0, -0.5), eps=(-0.5,)),
    ),
)
def optimistic_adam(
    grads: Tensors,
    state: OptimisticMoments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    alpha: Optimism = 1.0,
    beta: Optimism = 1.0,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
) -> tuple[Tensors, OptimisticMoments]:
    """Optimistic Adam: Adam's direction, and once more by how much it has changed.

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1,
    d = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t) + r) + e),  w <- w - a (h d + k (d - p)),  p <- d

    w are the params, g the grads, m and v first and second moment, d the direction, p the one of
    the step before (in the first step, d), t the step, a the learning rate, h alpha, k beta, b1
    and b2 beta1 and beta2, e eps, r eps_root.

    *Numerics*: the direction is off by 13 of its own roundings, as Adam's is, which p may uncover:
    it is marked as stored. Sums and weights take five of what comes in, a and the difference three.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment, second_moment and previous.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients keep their sign and alpha is 1.
        alpha: weight of the direction.
        beta: weight of its change: optimism.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.optimistic_adam_v2 is it with nesterov=False: unless told,
    it takes NAdam's direction, which the paper does not. optax.optimistic_adam, deprecated, has no
    alpha: its `optimism` is beta times the rate. `previous_gradient` in its state is p, a
    direction.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(optimistic_adam, params)
        >>> optimistic_adam([np.array([4.0])], state, params, learning_rate=0.5)[0]
        [array([0.5])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps)
    before, kept, moved, new = int(state["step"]), averaged(grads, state, beta1, beta2), [], []
    for w, towards, last in zip(
        params, directions(kept, beta1, beta2, eps, eps_root), state["previous"], strict=True
    ):
        new.append(ranged("d", towards))
        ahead = _ahead(stored(new[-1], 13), last, before, alpha, beta)
        moved.append(w - ranged("update", w.dtype.type(learning_rate) * ahead))
    return moved, {**kept, "previous": new}
