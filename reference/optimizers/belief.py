"""Kin of Adam whose second moment is another: of what was not foreseen, or one that only creeps."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.decisions import decided
from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Beta1, Beta2, Eps, EpsRoot, Rate
from reference.optimizer_facts import (
    creeps,
    elementwise_steps,
    first_step,
    forgets,
    refuses,
    stands_still,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors, average, bias_correction
from reference.optimizers.adam import Moments, demand_of_moments, directions
from reference.ranged import ranged
from reference.technique import Accuracy, Between, OneOf, technique

_REFUSED = refuses(learning_rate=(-0.5,), beta1=(1.0, -0.5), beta2=(1.0, -0.5), eps=(-0.5,))


def _fades(eps: float, eps_root: float, beta1: float, beta2: float) -> float:
    return float((eps + (eps_root / (1 - beta2)) ** 0.5) / beta1)


@technique(
    source="Zhuang et al. 2020, AdaBelief optimizer: adapting stepsizes by the belief in observed"
    " gradients, algorithm 2",
    accuracy=Accuracy(ulps=18, inputs=6),
    facts=(
        elementwise_steps,
        tensors_apart,
        stands_still(),
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, second_moment=2),
        first_step(lambda learning_rate, beta1: learning_rate / beta1, _fades),
        forgets(first_moment="beta1"),
        _REFUSED,
    ),
)
def adabelief(
    grads: Tensors,
    state: Moments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Annotated[float, Between(0.5, 0.99)] = 0.9,
    beta2: Beta2 = 0.999,
    eps: Annotated[float, Between(1e-16, 1e-2, log=True)] = 1e-16,
    eps_root: EpsRoot = 1e-16,
) -> tuple[Tensors, Moments]:
    """AdaBelief: Adam over how far gradients are from what their mean foresaw.

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) (g - m)^2 + r,  t <- t + 1,
    w <- w - a (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + e)

    w are the params, g the grads, m and v first and second moment, t the step, a the learning
    rate, b1 and b2 beta1 and beta2, e eps, r eps_root, which stays in v.

    *Numerics*: g - m is b1 (g - m_old), a difference of a number that took three roundings: of
    b1 m and (1 - b1) g, of which the second is at most b1 g where b1 is at least 1/2 (from where
    it is drawn; below, the difference cancels). They come in twice, as a square. Beyond Adam's 16
    roundings the difference and r take two.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients are as far from their mean as it is from 0.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added to the second moment in every step; unit of the squared gradients.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or a beta outside [0, 1).

    *Differences*: torch has none. The paper calls eps and eps_root by one letter and gives 1e-8;
    optax has both, 1e-16 unless set (its eps_root is in the state, where Adam's is added under
    the root only: after n steps v holds up to 1 / (1 - b2) of it). The first step is not one of
    the learning rate, as Adam's, but of that over b1.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(adabelief, params)
        >>> adabelief([np.array([4.0])], state, params, learning_rate=0.25, beta1=0.5)[0]
        [array([0.5])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps)
    first, second = [], []
    for m, v, g in zip(state["first_moment"], state["second_moment"], grads, strict=True):
        first.append(ranged("m", average(m, g, beta1), 2))
        surprise = ranged("(g - m)^2", np.square(g - first[-1]))
        known = average(v, surprise, beta2) + ranged("r", g.dtype.type(eps_root))
        second.append(ranged("v", known, 2))
    step = state["step"] + np.int32(1)
    kept: Moments = {"step": step, "first_moment": first, "second_moment": second}
    moved = [
        w - ranged("update", w.dtype.type(learning_rate) * towards)
        for w, towards in zip(params, directions(kept, beta1, beta2, eps, 0.0), strict=True)
    ]
    return moved, kept


class BegunMoments(TypedDict):
    """Adam's state, but moments start at given values."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    first_moment: Annotated[Tensors, Starts("initial_first_moment")]
    second_moment: Annotated[Tensors, Starts("initial_second_moment")]


@technique(
    source="Zaheer et al. 2018, Adaptive methods for nonconvex optimization, algorithm 2",
    accuracy=Accuracy(ulps=16, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, second_moment=2),
        forgets(first_moment="beta1"),
        creeps(second_moment="beta2"),
        _REFUSED,
    ),
)
def yogi(
    grads: Tensors,
    state: BegunMoments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-3,
    initial_first_moment: Annotated[float, OneOf((0.0, 1e-6))] = 0.0,
    initial_second_moment: Annotated[float, Between(1e-8, 1e-2, log=True)] = 1e-6,
    correction: Literal["both", "never"] = "never",
) -> tuple[Tensors, BegunMoments]:
    """Yogi: Adam whose second moment goes towards g^2 by a part of g^2, however far it is away.

    m <- b1 m + (1 - b1) g,  v <- v - (1 - b2) sign(v - g^2) g^2,  t <- t + 1;
    never:  w <- w - a m / (sqrt(v) + e)
    both:   w <- w - a (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + e)

    w are the params, g the grads, m and v first and second moment, t the step, a the learning
    rate, b1 and b2 beta1 and beta2, e eps.

    *Numerics*: the roundings of Adam's step (13, and 3 more, as said there). Where v is within two
    roundings of g^2 either sign is right.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients stay as they are.
        beta1: decay of the first moment, in [0, 1).
        beta2: what the second moment does not take of g^2, in [0, 1).
        eps: added to the root; unit of the gradients.
        initial_first_moment: what m starts at; unit of the gradients.
        initial_second_moment: what v starts at; unit of the squared gradients.
        correction: whether moments are divided by 1 - beta^t.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.yogi corrects both moments as Adam does, for which the
    paper has no use, since v does not start at 0: in the first steps optax's v is up to
    1 / (1 - b2) times as large, and its steps are that much shorter. It starts m at 1e-6, not at
    0, as the authors' code does: in the first steps parameters without a gradient move as well.
    No argument of optax.yogi changes either; scale_by_yogi(initial_accumulator_value=...) sets
    both starts.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> known = {"beta1": 0.5, "beta2": 0.75, "initial_second_moment": 0.0}
        >>> state = beginning(yogi, params, known)
        >>> yogi([np.array([4.0])], state, params, learning_rate=0.5, eps=0.0, **known)[0]
        [array([0.5])]
    """
    demand(
        initial_first_moment=np.isfinite(initial_first_moment),
        initial_second_moment=initial_second_moment >= 0,
    )
    demand_of_moments(learning_rate, beta1, beta2, eps)
    step, moved, first, second = state["step"] + np.int32(1), [], [], []
    for w, g, m, v in zip(
        params, grads, state["first_moment"], state["second_moment"], strict=True
    ):
        real = w.dtype.type
        first.append(ranged("m", average(m, g, beta1), 2))
        square = ranged("g^2", g * g)
        part = real(1 - np.longdouble(beta2)) * square
        second.append(ranged("v", v - np.sign(decided(v - square, v + square, 2)) * part, 2))
        c1, c2 = (
            real(1) if correction == "never" else bias_correction(b, step, w.dtype)
            for b in (beta1, beta2)
        )
        size = np.sqrt(ranged("v / c2", second[-1] / c2)) + ranged("e", real(eps))
        towards = ranged("m / c1", first[-1] / c1) / size
        moved.append(w - ranged("update", real(learning_rate) * towards))
    return moved, {"step": step, "first_moment": first, "second_moment": second}
