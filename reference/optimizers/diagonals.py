"""Optimizers that divide by an estimate of the Hessian's diagonal."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Beta1, Rate
from reference.optimizer_facts import (
    elementwise_steps,
    first_step,
    forgets,
    never_longer,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors, average, bias_correction
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


class Diagonals(TypedDict):
    """What Sophia keeps: steps taken, running averages of gradients and of the diagonal.

    And the latest estimate of the diagonal, which comes from outside.
    """

    step: Annotated[Array, Starts(0, per="optimizer")]
    first_moment: Annotated[Tensors, Starts(0.0)]
    curvature: Annotated[Tensors, Starts(0.0)]
    estimate: Annotated[Tensors, Starts(0.0, given=True)]


@technique(
    source="Liu et al. 2024, Sophia: a scalable stochastic second-order optimizer for language"
    " model pre-training, algorithm 3",
    accuracy=Accuracy(ulps=10, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(lambda learning_rate, weight_decay: 1 - learning_rate * weight_decay),
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, curvature=1, estimate=1),
        first_step(
            lambda learning_rate, clip_threshold: learning_rate * clip_threshold,
            lambda eps, beta1, clip_threshold: eps * clip_threshold / (1 - beta1),
        ),
        never_longer(
            lambda learning_rate, clip_threshold: learning_rate * clip_threshold,
            lambda learning_rate, weight_decay: learning_rate * weight_decay,
        ),
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
def sophia(
    grads: Tensors,
    state: Diagonals,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.965,
    beta2: Annotated[float, Between(0.0, 0.999)] = 0.99,
    gamma: Annotated[float, Between(1e-3, 1.0, log=True)] = 0.01,
    eps: Annotated[float, Between(1e-12, 1e-2, log=True)] = 1e-8,
    weight_decay: Annotated[float, Between(1e-4, 0.2, log=True)] = 1e-4,
    clip_threshold: Annotated[float, Between(0.1, 10.0, log=True)] = 1.0,
    interval: Literal[10, 1] = 10,
    divides_by: Literal["fresh", "previous"] = "fresh",
    corrects_bias: Literal[False, True] = False,
) -> tuple[Tensors, Diagonals]:
    """Sophia: the mean gradient over the mean curvature, clipped; where it is negative, the sign.

    t <- t + 1,  m <- b1 m + (1 - b1) g,  every k steps h <- b2 h + (1 - b2) d,
    w <- w - a (clip((m / c) / max(y h, e), r) + l w)

    w are the params, g the grads, m the first moment, h the curvature, d the estimate of the
    Hessian's diagonal, t the step, k the interval, a the learning rate, b1 and b2 beta1 and beta2,
    y gamma, e eps, l the weight decay, r the clip threshold; c is 1, or 1 - b1^t where the bias is
    corrected. clip(x, r) lies between -r and r.

    *Numerics*: m and h take three roundings of each input. The correction and the quotient by it,
    y h, the quotient, the decay, the sum, a and the last sum make 8, and 2 more where a gradient's
    two ways cancel each other's sensitivity.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment, curvature and estimate, which is
            of this step, whoever made it: Hutchinson's or Bartlett's.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step that is clipped at 1.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the curvature, in [0, 1).
        gamma: unit of the curvature: the larger, the fewer steps are clipped.
        eps: what the divisor is at least.
        weight_decay: share of the parameter, times the rate, by which it falls in a step.
        clip_threshold: r, the longest step in units of the rate.
        interval: how many steps apart the curvature takes an estimate in: steps 1, 1 + k, ...
        divides_by: whether the estimate of this step goes into this step's divisor.
        corrects_bias: whether c is 1 - b1^t.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, weight_decay or eps is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.contrib.sophia corrects the bias of m, which the paper does
    not, and divides by the curvature of before this step: its first is by eps alone, which clips
    every element. Its estimator is an argument, a transformation of its own.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(sophia, params) | {"estimate": [np.array([400.0])]}
        >>> sophia([np.array([1.0])], state, params, weight_decay=0.0, learning_rate=1.0)[0]
        [array([0.125])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        beta1=0 <= beta1 < 1,
        beta2=0 <= beta2 < 1,
        eps=eps >= 0,
        weight_decay=weight_decay >= 0,
    )
    due = int(state["step"]) % interval == 0
    step = state["step"] + np.int32(1)
    first, curvatures, moved = [], [], []
    for w, g, m_old, h_old, d in zip(
        params, grads, state["first_moment"], state["curvature"], state["estimate"], strict=True
    ):
        real = w.dtype.type
        m = ranged("m", average(m_old, g, beta1), 2)
        h = ranged("h", average(h_old, d, beta2), 2) if due else h_old
        mean = ranged("m / c", m / bias_correction(beta1, step, w.dtype)) if corrects_bias else m
        steep = ranged("y h", real(gamma) * (h if divides_by == "fresh" else h_old))
        ratio = ranged("ratio", mean / np.maximum(steep, ranged("e", real(eps))))
        update = np.clip(ratio, -real(clip_threshold), real(clip_threshold))
        update = update + ranged("l w", real(weight_decay) * w)
        first.append(m)
        curvatures.append(h)
        moved.append(w - ranged("update", real(learning_rate) * update))
    kept: Diagonals = {
        "step": step,
        "first_moment": first,
        "curvature": curvatures,
        "estimate": [1 * d for d in state["estimate"]],
    }
    return moved, kept
