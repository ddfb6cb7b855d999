"""Optimizers that normalize a gradient first, and average what is then without a unit."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Beta1, Beta2, Eps, EpsRoot, Rate, WeightDecay
from reference.optimizer_facts import (
    elementwise_steps,
    forgets,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
    waits_a_step,
)
from reference.optimizer_states import Starts, Tensors, average, longest
from reference.optimizers.adam import Moments, demand_of_moments
from reference.optimizers.layerwise import norm
from reference.ranged import ranged
from reference.stored import stored
from reference.technique import Accuracy, Between, technique


@technique(
    source="Taniguchi et al. 2024, ADOPT: modified Adam can converge with any beta2 with the"
    " optimal rate, algorithm 2 (clipped), algorithm 1 without the clip",
    accuracy=Accuracy(ulps=9, inputs=9),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        waits_a_step,
        symmetric_steps("first_moment"),
        unitless_without_eps(second_moment=2),
        forgets(first_moment="beta1", second_moment="beta2"),
        refuses(learning_rate=(-0.5,), beta1=(1.0, -0.5), beta2=(1.0, -0.5), eps=(-0.5,)),
    ),
)
def adopt(
    grads: Tensors,
    state: Moments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.9999,
    eps: Eps = 1e-6,
    clip: Literal["fourth_root", "never"] = "fourth_root",
) -> tuple[Tensors, Moments]:
    """ADOPT: Adam whose gradient is divided by the second moment before it, and then averaged.

    t = 0:  v <- g^2
    else:   u = clip(g / max(sqrt(v), e), -c, c),  c = t^(1/4),
            m <- b1 m + (1 - b1) u,  v <- b2 v + (1 - b2) g^2
    w <- w - a m,  t <- t + 1

    w are the params, g the grads, m and v first and second moment, t the step (how many were taken
    before), a the learning rate, b1 and b2 beta1 and beta2, e eps. clip "never": c is infinite.

    *Numerics*: u takes the root, e and a quotient, or three roundings of the fourth root; 1 - b1,
    a product and a sum make six, of which the gradient's sensitivity shows nothing where it is
    clipped: nine of the update, with a, the product and the difference. As b1 m may uncover them,
    nine of what comes in, too, in whose place b1 m takes three, and v four.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients stay as they are.
        beta1: decay of the first moment, which has no unit, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: the least that a root counts; unit of the gradients.
        clip: what a normalized gradient is held to, so that a sudden one does not throw.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.contrib.adopt clips unless use_clipping=False, as the
    paper's second version does; without it optax's first step is 0 (g / e), which is NaN where
    g / e overflows: in float16 from gradients of 0.07 on. It offers nesterov=True and other clips.
    The first step moves nothing: whoever ports a run of Adam loses a step, and its moments mean
    another thing here.

    Example:
        >>> state = {"step": np.array(1, np.int32), "first_moment": [np.array([0.0])],
        ...          "second_moment": [np.array([16.0])]}
        >>> adopt([np.array([2.0])], state, [np.array([1.0])], learning_rate=1.0, beta1=0.5)[0]
        [array([0.75])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps)
    before = int(state["step"])
    first, second, moved = [], [], []
    for w, g, m, v in zip(
        params, grads, state["first_moment"], state["second_moment"], strict=True
    ):
        real = w.dtype.type
        u = ranged("u", g / np.maximum(np.sqrt(v), ranged("e", real(eps))))
        if clip == "fourth_root":
            bound = real(np.longdouble(before) ** 0.25)
            u = np.clip(u, -bound, bound)
        first.append(ranged("m", average(m, u, beta1 if before else 1.0), 2))
        square = ranged("g^2", g * g)
        second.append(ranged("v", average(v, square, beta2 if before else 0.0), 2))
        moved.append(w - ranged("update", real(learning_rate) * first[-1]))
    step = state["step"] + np.int32(1)
    return moved, {"step": step, "first_moment": first, "second_moment": second}


class LayerMoments(TypedDict):
    """What NovoGrad keeps: steps taken, momentum, and for every tensor the square of its norm."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    momentum_buffer: Annotated[Tensors, Starts(0.0)]
    second_moment: Annotated[Tensors, Starts(0.0, per="tensor")]


@technique(
    source="Ginsburg et al. 2019, Stochastic gradient methods with layer-wise adaptive moments for"
    " training of deep networks, algorithm 1",
    accuracy=Accuracy(ulps=8, inputs=6, terms=longest),
    facts=(
        tensors_apart,
        rests(without=("weight_decay",)),
        symmetric_steps("momentum_buffer"),
        unitless_without_eps(second_moment=2),
        forgets("weight_decay", momentum_buffer="beta1", second_moment="beta2"),
        refuses(
            learning_rate=(-0.5,),
            beta1=(1.0, -0.5),
            beta2=(1.0, -0.5),
            eps=(-0.5,),
            weight_decay=(-0.5,),
        ),
    ),
)
def novograd(
    grads: Tensors,
    state: LayerMoments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Annotated[float, Between(0.0, 0.999)] = 0.25,
    eps: Eps = 1e-6,
    eps_root: EpsRoot = 0.0,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, LayerMoments]:
    """NovoGrad: momentum of gradients that are divided by the norm of their tensor, averaged.

    t = 0:  v <- |g|^2,               m <- g / (sqrt(v + r) + e) + d w
    else:   v <- b2 v + (1 - b2) |g|^2,  m <- b1 m + g / (sqrt(v + r) + e) + d w
    w <- w - a m,  t <- t + 1

    w are the params, g the grads, |g| the norm of one tensor, m the momentum buffer, v second
    moment (one number a tensor), t the step (how many were taken before), a the learning rate, b1
    and b2 beta1 and beta2, e eps, r eps_root, d weight_decay.

    *Numerics*: into v go a root of n squares and its square, a coefficient, a product and a sum:
    six and n of what comes in. The quotient is off by half of those, by r, the root, e, an inverse
    and a product: it is marked as stored, since b1 m or d w may uncover it. The update takes eight:
    three of d w, two sums, a, the product and the difference.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), momentum_buffer and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: norm of a tensor's first step.
        beta1: what is left of the buffer after a step, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        weight_decay: d above, added once the gradient is normalized, and averaged with it.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: one is negative, or a beta outside [0, 1).

    *Differences*: torch has none. optax.novograd calls the buffer `mu` and the second moment `nu`.
    The buffer is a sum, not an average: at the same rate, steps are 1 / (1 - beta1) times as long
    as LAMB's or Adam's. The first gradient sets v; it is not a tenth of it, and nothing is
    corrected. beta2 is 0.25 in optax and in the paper's code, 0.98 in other ports.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.zeros(2)]
        >>> state = beginning(novograd, params)
        >>> novograd([np.array([3.0, 4.0])], state, params, learning_rate=1.0, eps=0.0)[0]
        [array([-0.6, -0.8])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps, weight_decay)
    demand(eps_root=eps_root >= 0)
    before, buffers, second, moved = int(state["step"]), [], [], []
    for w, g, m, v in zip(
        params, grads, state["momentum_buffer"], state["second_moment"], strict=True
    ):
        real = w.dtype.type
        square = ranged("|g|^2", np.square(norm("|g|^2", g)), g.size + 2)
        second.append(ranged("v", average(v, square, beta2 if before else 0.0), 2))
        size = np.sqrt(second[-1] + ranged("r", real(eps_root))) + ranged("e", real(eps))
        shrink = ranged("1 / size", 1 / size)  # a scalar: libraries multiply by its inverse
        direction = stored(ranged("u", g * shrink), 5 + g.size / 2)
        direction = direction + ranged("d w", real(weight_decay) * w)
        kept = ranged("b m", real(beta1 if before else 0.0) * m)
        buffers.append(kept + direction)
        moved.append(w - ranged("update", real(learning_rate) * buffers[-1]))
    step = state["step"] + np.int32(1)
    return moved, {"step": step, "momentum_buffer": buffers, "second_moment": second}
