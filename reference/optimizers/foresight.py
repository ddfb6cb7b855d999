"""Adaptive optimizers that look ahead, as Nesterov's momentum does."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

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
    stands_still,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors, average, bias_correction
from reference.optimizers.adam import Moments, averaged, demand_of_moments, root
from reference.optimizers.decoupled import decayed
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique

Momentum = Literal["warming", "constant"]
WARMTH = 0.96
"""What the momentum lacks of its full size falls by this, to the power of the decay, every step."""


class ForesightMoments(Moments):
    """Adam's state, and the product of all momenta so far, where they change."""

    momentum_product: Annotated[Tensors, Starts(1.0, per="tensor", only_if=("momentum", "warming"))]


def momentum_at(beta1: float, momentum_decay: float, step: Any) -> Any:
    """b1 (1 - 0.96^(t d) / 2), in extended precision."""
    cold = np.longdouble(WARMTH) ** (np.longdouble(momentum_decay) * np.longdouble(step))
    return np.longdouble(beta1) * (1 - cold / 2)


def _longest(learning_rate: float, beta1: float, momentum_decay: float, momentum: str) -> float:
    now, following = beta1, beta1
    if momentum == "warming":
        now, following = (float(momentum_at(beta1, momentum_decay, t)) for t in (1, 2))
    return learning_rate * (1 + following * (1 - beta1) / (1 - now * following))


@technique(
    source="Dozat 2016, Incorporating Nesterov momentum into Adam, algorithm 2",
    accuracy=Accuracy(ulps=18, inputs=4),
    facts=(
        elementwise_steps,
        tensors_apart,
        stands_still(),
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, second_moment=2),
        first_step(_longest, lambda eps, eps_root: eps + eps_root**0.5),
        forgets(first_moment="beta1", second_moment="beta2"),
        refuses(
            learning_rate=(-0.5,),
            beta1=(1.0, -0.5),
            beta2=(1.0, -0.5),
            eps=(-0.5,),
            momentum_decay=(-0.5,),
        ),
    ),
)
def nadam(
    grads: Tensors,
    state: ForesightMoments,
    params: Tensors,
    *,
    learning_rate: Rate = 2e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
    momentum_decay: Annotated[float, Between(1e-4, 10.0, log=True)] = 4e-3,
    momentum: Momentum = "warming",
) -> tuple[Tensors, ForesightMoments]:
    """NAdam: Adam whose mean gradient is already that of the next step, but for its gradient.

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1;
    warming:   k = b1 (1 - 0.96^(t d) / 2),  l = b1 (1 - 0.96^((t + 1) d) / 2),  p <- p k
    constant:  k = l = b1,  p = b1^t;
    w <- w - a ((1 - k) g / (1 - p) + l m / (1 - l p)) / (sqrt(v / (1 - b2^t) + r) + e)

    w are the params, g the grads, m and v first and second moment, t the step, k and l this and
    the next step's momentum, p the momentum product, a the learning rate, b1 and b2 beta1 and
    beta2, e eps, r eps_root, d the momentum decay.

    *Numerics*: momenta are evaluated in extended precision. Beyond Adam's 16 roundings the second
    part of the mean takes two; the product of momenta is rounded, and so are 1 - p and 1 - l p.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment, second_moment and, where momentum
            is warming, momentum_product.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a late step when gradients keep their sign.
        beta1: decay of the first moment, in [0, 1), and the momentum in the end.
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        momentum_decay: how fast momentum warms from beta1 / 2 to beta1.
        momentum: whether it warms, or is beta1 from the beginning.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or momentum_decay is negative, or a beta outside [0, 1).

    *Differences*: torch has Dozat's schedule of momentum, with 0.004 for d, and keeps the product
    of momenta; optax.nadam has constant momentum, as optax.adam(nesterov=True) has, and eps_root.
    A momentum_decay so large that 0.96^d is 0, 1e6 say, makes torch's momentum constant: then the
    two agree. No argument of optax gives torch's default. The paper multiplies v by b2 once more;
    neither does. torch keeps the product in float32 whatever the parameters are, until a state is
    loaded: then it is in their dtype.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(nadam, params, {"momentum": "constant"})
        >>> known = {"learning_rate": 0.5, "beta1": 0.5, "momentum": "constant"}
        >>> nadam([np.array([4.0])], state, params, **known)[0]
        [array([0.33333334])]
    """
    demand(momentum_decay=momentum_decay >= 0)
    demand_of_moments(learning_rate, beta1, beta2, eps)
    kept = averaged(grads, state, beta1, beta2)
    step, warming = kept["step"], momentum == "warming"
    products = state["momentum_product"] if warming else [None] * len(params)
    now, following = (
        momentum_at(beta1, momentum_decay, step + i) if warming else np.longdouble(beta1)
        for i in (0, 1)
    )
    moved, new_products = [], []
    for w, g, m, v, product in zip(
        params, grads, kept["first_moment"], kept["second_moment"], products, strict=True
    ):
        real = w.dtype.type
        if product is not None:
            new_products.append(ranged("p", product * real(now)))
            short, next_short = 1 - new_products[-1], 1 - new_products[-1] * real(following)
        else:
            short, next_short = (bias_correction(beta1, step + i, w.dtype) for i in (0, 1))
        fresh = ranged("fresh", real(1 - now) * ranged("g / (1 - p)", g / short))
        old = ranged("old", real(following) * ranged("m / (1 - l p)", m / next_short))
        square = ranged("v / c2", v / bias_correction(beta2, step, w.dtype))
        towards = ranged("u", (fresh + old) / root(square, eps, eps_root))
        moved.append(w - ranged("update", real(learning_rate) * towards))
    return moved, _with(kept, new_products, warming=warming)


def _with(kept: Moments, products: list[Array], *, warming: bool) -> Any:
    return {**kept, "momentum_product": products} if warming else kept


class Differences(TypedDict):
    """What Adan keeps: averages of gradients, of their differences and of squares; the last one."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    first_moment: Annotated[Tensors, Starts(0.0)]
    difference_moment: Annotated[Tensors, Starts(0.0)]
    second_moment: Annotated[Tensors, Starts(0.0)]
    previous_gradient: Annotated[Tensors, Starts(0.0)]


Decay = Literal["proximal", "linear"]


def _keeps(learning_rate: float, weight_decay: float, decay: Decay) -> float:
    lost = learning_rate * weight_decay
    return 1 / (1 + lost) if decay == "proximal" else 1 - lost


def _first(learning_rate: float, weight_decay: float, decay: Decay) -> float:
    proximal = decay == "proximal"
    return learning_rate * (_keeps(learning_rate, weight_decay, decay) if proximal else 1.0)


@technique(
    source="Xie et al. 2024, Adan: adaptive Nesterov momentum algorithm, algorithm 1",
    accuracy=Accuracy(ulps=20, inputs=4),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(_keeps),
        decays_apart(_keeps),
        symmetric_steps("first_moment", "difference_moment", "previous_gradient"),
        unitless_without_eps(
            first_moment=1, difference_moment=1, second_moment=2, previous_gradient=1
        ),
        first_step(_first, lambda eps, eps_root: eps + eps_root**0.5),
        forgets(first_moment="beta1"),
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
def adan(
    grads: Tensors,
    state: Differences,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.98,
    beta2: Annotated[float, Between(0.0, 0.99)] = 0.92,
    beta3: Annotated[float, Between(0.0, 0.9999)] = 0.99,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
    weight_decay: WeightDecay = 2e-2,
    difference_weight: Literal["beta2", "1 - beta2"] = "beta2",
    decay: Decay = "proximal",
) -> tuple[Tensors, Differences]:
    """Adan: the gradient at the next point is foreseen by how it changed last.

    t <- t + 1,  c = g - g' (0 in the first step),  k = b2 (or 1 - b2),
    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) c,  n <- b3 n + (1 - b3) (g + k c)^2,  g' <- g,
    u = (m / (1 - b1^t) + k v / (1 - b2^t)) / (sqrt(n / (1 - b3^t) + r) + e);
    proximal:  w <- (w - a u) / (1 + a d)
    linear:    w <- w - a (u + d w)

    w are the params, g the grads, g' the previous gradient, m, v and n first, difference and
    second moment, t the step, a the learning rate, b1, b2 and b3 the betas, e eps, r eps_root, d
    the weight decay, k the difference weight.

    *Numerics*: the roundings of Adam's step (16), two more of v's part, one of the difference, and
    that of decay's division.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment, difference_moment, second_moment
            and previous_gradient.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients stay as they are.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the moment of differences, in [0, 1).
        beta3: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        weight_decay: part of a parameter lost in a step, for each unit of the learning rate.
        difference_weight: how far changes are carried on: beta2, or its complement.
        decay: whether the new parameter is divided by 1 + a d, or d w is added to the direction.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or weight_decay is negative, or a beta outside [0, 1).

    *Differences*: the paper's betas are 1 minus those here, which are those of the authors' code
    and of optax. optax takes 1 - b2 where the paper has (in these letters) b2: with its b2 of 0.92
    it carries on 0.08 of a change in place of 0.92, from the second step on (optax pull request
    1715). Only b2 = 0.5 makes the two agree. optax decays linearly, as the authors' code does with
    no_prox=True, its weight_decay is 0 unless set, and its eps_root is 1e-8 where the paper has
    none. torch has no Adan.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(adan, params)
        >>> adan([np.array([4.0])], state, params, learning_rate=0.5, weight_decay=0.0)[0]
        [array([0.5])]
    """
    demand(beta3=0 <= beta3 < 1)
    demand_of_moments(learning_rate, beta1, beta2, eps, weight_decay)
    step, moved = state["step"] + np.int32(1), []
    kept: Differences = {
        "step": step,
        "first_moment": [],
        "difference_moment": [],
        "second_moment": [],
        "previous_gradient": [g.copy() for g in grads],
    }
    for i, (w, g) in enumerate(zip(params, grads, strict=True)):
        real = w.dtype.type
        weight = real(beta2 if difference_weight == "beta2" else 1 - np.longdouble(beta2))
        change = g - state["previous_gradient"][i] if state["step"] else np.zeros_like(g)
        ahead = ranged("(g + k c)^2", np.square(g + ranged("k c", weight * change)))
        m = ranged("m", average(state["first_moment"][i], g, beta1), 2)
        v = ranged("v", average(state["difference_moment"][i], change, beta2), 2)
        n = ranged("n", average(state["second_moment"][i], ahead, beta3), 2)
        mean = ranged("m / c1", m / bias_correction(beta1, step, w.dtype))
        drift = ranged("k v / c2", weight * (v / bias_correction(beta2, step, w.dtype)))
        square = ranged("n / c3", n / bias_correction(beta3, step, w.dtype))
        towards = (mean + drift) / root(square, eps, eps_root)
        if decay == "proximal":
            lost = real(1 + np.longdouble(learning_rate) * np.longdouble(weight_decay))
            moved.append((w - ranged("update", real(learning_rate) * towards)) / lost)
        else:
            moved.append(decayed(w, towards, learning_rate, weight_decay))
        kept["first_moment"].append(m)
        kept["difference_moment"].append(v)
        kept["second_moment"].append(n)
    return moved, kept
