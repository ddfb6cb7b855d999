"""Optimizers that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Eps, Rate, WeightDecay
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
from reference.optimizer_states import Starts, Tensors, average
from reference.optimizers.descent import decayed
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


class Sum(TypedDict):
    """What Adagrad keeps: the sum of all squared gradients."""

    square_sum: Annotated[Tensors, Starts("initial_accumulator")]


class Updates(TypedDict):
    """What Adadelta keeps: running averages of squared gradients and squared updates."""

    square_average: Annotated[Tensors, Starts(0.0)]
    update_average: Annotated[Tensors, Starts(0.0)]


def scaled(g: Array, square: Array, eps: float, *, eps_in_root: bool) -> Array:
    """g / (sqrt(v) + e), or g / sqrt(v + e)."""
    e = ranged("e", square.dtype.type(eps))
    size = np.sqrt(square + e) if eps_in_root else np.sqrt(square) + e
    return g * ranged("1 / size", 1 / size)


def squares(old: Array, g: Array, decay: float) -> Array:
    """d v + (1 - d) g^2."""
    return ranged("v", average(old, ranged("g^2", g * g), decay), 2)


@technique(
    source="Duchi, Hazan and Singer 2011, Adaptive subgradient methods, figure 1 (diagonal)",
    accuracy=Accuracy(ulps=14, inputs=6),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(without=("weight_decay",)),
        symmetric_steps(),
        unitless_without_eps("weight_decay", square_sum=2),
        first_step(
            lambda learning_rate: learning_rate,
            lambda eps, eps_in_root, initial_accumulator: (
                initial_accumulator**0.5 + (eps**0.5 if eps_in_root else eps)
            ),
        ),
        refuses(learning_rate=(-0.5,), eps=(-0.5,), weight_decay=(-0.5,)),
    ),
)
def adagrad(
    grads: Tensors,
    state: Sum,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    initial_accumulator: Annotated[float, Between(1e-4, 1.0, log=True)] = 0.0,
    eps: Eps = 1e-10,
    weight_decay: WeightDecay = 0.0,
    eps_in_root: Literal[False, True] = False,
) -> tuple[Tensors, Sum]:
    """Adagrad: every element's rate falls as the sum of its squared gradients grows.

    g' = g + l w,  s <- s + g'^2,  w <- w - a g' / (sqrt(s) + e)  (or / sqrt(s + e))

    w are the params, g the grads, s the square sum, a the learning rate, e eps, l weight decay.

    *Numerics*: l, l w and the sum in g'; the square and the sum in s, of which half reach the root;
    the root, e, a quotient (or a reciprocal and a product), a and its product: 9 roundings and the
    difference. What g' loses moves the numerator and, in the other direction, s: both count.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: square_sum.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of the first step.
        initial_accumulator: what the square sum begins at; the step itself does not depend on it.
        eps: added to the root; unit of the gradients (of their squares under the root).
        weight_decay: l above, coupled.
        eps_in_root: whether eps is added under the root.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps, initial_accumulator or weight_decay is negative.

    *Differences*: torch adds eps = 1e-10 to the root and begins at 0; optax adds 1e-7 under it and
    begins at 0.1 (`initial_accumulator_value` in both). No choice of eps makes one the other, but
    eps = 0 does. They call the sum `sum` and `sum_of_squares`. Where it is 0, optax does not move;
    torch divides by eps. optax decays by `optax.add_decayed_weights(l)` before it. torch's lr_decay
    is a schedule: a / (1 + d t).

    Example:
        >>> params, state = [np.array([1.0])], {"square_sum": [np.array([9.0])]}
        >>> adagrad([np.array([4.0])], state, params, learning_rate=0.625, eps=0.0)[0]
        [array([0.5])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        eps=eps >= 0,
        initial_accumulator=initial_accumulator >= 0,
        weight_decay=weight_decay >= 0,
    )
    moved, sums = [], []
    slopes = decayed(grads, params, weight_decay)
    for w, g, s in zip(params, slopes, state["square_sum"], strict=True):
        total = ranged("s", s + ranged("g^2", g * g))
        step = ranged("a g", w.dtype.type(learning_rate) * g)
        update = scaled(step, total, eps, eps_in_root=eps_in_root)
        moved.append(w - ranged("update", update))
        sums.append(total)
    return moved, {"square_sum": sums}


@technique(
    source="Zeiler 2012, ADADELTA: an adaptive learning rate method, algorithm 1",
    accuracy=Accuracy(ulps=24, inputs=8),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(without=("weight_decay",)),
        symmetric_steps(),
        unitless_without_eps("weight_decay", square_average=2),
        first_step(
            lambda learning_rate, eps, decay: learning_rate * (eps / (1 - decay)) ** 0.5,
            lambda eps, decay: (eps / (1 - decay)) ** 0.5,
        ),
        forgets("weight_decay", square_average="decay", update_average="decay"),
        refuses(learning_rate=(-0.5,), decay=(1.0, -0.5), eps=(-0.5,), weight_decay=(-0.5,)),
    ),
)
def adadelta(
    grads: Tensors,
    state: Updates,
    params: Tensors,
    *,
    learning_rate: Annotated[float, Between(1e-3, 1.0, log=True)] = 1.0,
    decay: Annotated[float, Between(0.5, 0.9999)] = 0.9,
    eps: Annotated[float, Between(1e-8, 1e-2, log=True)] = 1e-6,
    weight_decay: WeightDecay = 0.0,
) -> tuple[Tensors, Updates]:
    """Adadelta: the ratio of two running means, of updates and of gradients, replaces the rate.

    g' = g + l w,  v <- d v + (1 - d) g'^2,  x = sqrt(u + e) / sqrt(v + e) g',
    u <- d u + (1 - d) x^2,  w <- w - a x

    w are the params, g the grads, v and u the averages of squared gradients and squared updates,
    d the decay, e eps, a the learning rate (1 in the paper), l weight decay. The root of u is that
    of the steps before; eps under it begins the motion.

    *Numerics*: l, l w and the sum in g'; four roundings in v, of which half reach the root; e and
    the root above and below, the quotient, the product, a and its product: 13 roundings of the
    update, and the difference. u takes x twice, and d, a product and a sum: 24 at most.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: square_average and update_average.
        params: parameter tensors of any shapes, in the unit of the root of eps.
        learning_rate: what the update is multiplied by.
        decay: what is left of an average after a step, in [0, 1).
        eps: added under both roots.
        weight_decay: l above, coupled.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or weight_decay is negative, or decay outside [0, 1).

    *Differences*: none in the step. The averages are `square_avg` and `acc_delta` in torch, `e_g`
    and `e_x` in optax; the decay is `rho` in both. torch's rate is 1 unless set; optax's `None`
    climbs: it leaves out the rate and its minus sign.

    Example:
        >>> params, zero = [np.array([1.0])], [np.array([0.0])]
        >>> state = {"square_average": [np.array([4.0])], "update_average": zero}
        >>> adadelta([np.array([2.0])], state, params, decay=0.5, eps=0.0, learning_rate=1.0)[0]
        [array([1.])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        decay=0 <= decay < 1,
        eps=eps >= 0,
        weight_decay=weight_decay >= 0,
    )
    moved, new = [], Updates(square_average=[], update_average=[])
    slopes = decayed(grads, params, weight_decay)
    kept = zip(state["square_average"], state["update_average"], strict=True)
    for w, g, (v, u) in zip(params, slopes, kept, strict=True):
        e = ranged("e", w.dtype.type(eps))
        square = squares(v, g, decay)
        ratio = np.sqrt(ranged("u + e", u + e)) / np.sqrt(ranged("v + e", square + e))
        x = ranged("x", ratio * g)
        new["square_average"].append(square)
        new["update_average"].append(ranged("u", average(u, ranged("x^2", x * x), decay), 2))
        moved.append(w - ranged("update", w.dtype.type(learning_rate) * x))
    return moved, new
