"""Optimizers: pure steps from gradients, state and parameters to new parameters and new state.

A step takes lists of arrays and a state under canonical names, and returns (params, state). The
type of its `state` says what is kept: every entry is annotated with what it starts at.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypedDict

import numpy as np

from reference.facts import (
    elementwise_steps,
    first_step,
    forgets,
    rests,
    symmetric_steps,
    unitless_without_eps,
)
from reference.numerics import Array
from reference.technique import Accuracy, Between, Technique, technique

Tensors: TypeAlias = list[Array]


@dataclass(frozen=True)
class Starts:
    """What an entry of an optimizer's state is before the first step, for each parameter tensor.

    With `per="optimizer"` it is one integer for all of them: a count.
    """

    at: float = 0.0
    per: typing.Literal["element", "optimizer"] = "element"


class Moments(TypedDict):
    """What the Adam family keeps: steps taken, running averages of gradients and their squares."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    first_moment: Annotated[Tensors, Starts(0.0)]
    second_moment: Annotated[Tensors, Starts(0.0)]


def beginning(optimizer: Technique, params: Tensors) -> dict[str, Any]:
    """State before the first step, read off the type of the optimizer's `state`."""
    kept = typing.get_type_hints(optimizer.reference)["state"]
    found: dict[str, Any] = {}
    for name, hint in typing.get_type_hints(kept, include_extras=True).items():
        (starts,) = (note for note in hint.__metadata__ if isinstance(note, Starts))
        if starts.per == "optimizer":
            found[name] = np.array(starts.at, np.int32)
        else:
            found[name] = [np.full_like(p, starts.at) for p in params]
    return found


def average(old: Array, new: Array, decay: float) -> Array:
    """Exponential moving average, decay * old + (1 - decay) * new, the weights rounded once."""
    weight = old.dtype.type(np.longdouble(1) - np.longdouble(decay))
    return old.dtype.type(decay) * old + weight * new


def bias_correction(decay: float, step: Array, dtype: np.dtype[Any]) -> Any:
    """1 - decay^step: what an average from zero lacks of its full weight after `step` steps.

    Evaluated as -expm1(step * log(decay)) in extended precision: the difference would cancel.
    """
    with np.errstate(divide="ignore"):
        return dtype.type(-np.expm1(step * np.log(np.longdouble(decay))))


@technique(
    source="Kingma and Ba 2015, Adam: a method for stochastic optimization, algorithm 1",
    accuracy=Accuracy(ulps=16, inputs=3),
    facts=(
        elementwise_steps,
        rests,
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, second_moment=2),
        first_step(lambda learning_rate: learning_rate, lambda eps, eps_root: eps + eps_root**0.5),
        forgets(first_moment="beta1", second_moment="beta2"),
    ),
)
def adam(
    grads: Tensors,
    state: Moments,
    params: Tensors,
    *,
    learning_rate: Annotated[float, Between(1e-4, 1.0, log=True)] = 1e-3,
    beta1: Annotated[float, Between(0.0, 0.99)] = 0.9,
    beta2: Annotated[float, Between(0.0, 0.9999)] = 0.999,
    eps: Annotated[float, Between(1e-10, 1e-2, log=True)] = 1e-8,
    eps_root: Annotated[float, Between(1e-16, 1e-4, log=True)] = 0.0,
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

    *Differences*: torch has no eps_root. optax has it, 0 unless set, and calls the moments `mu`
    and `nu`, the step `count`. Both form 1 - b^t by subtraction: torch in Python's float64, optax
    in float32, where the step after the first is off by up to u / (1 - b2). torch counts steps in
    float32 and stops at 2^24. In float16 neither is of use: eps is 0 there, so that a zero gradient
    gives NaN, and squares overflow from gradients of 256 (optax) or 8000 (torch) on.

    Example:
        >>> params = [np.array([1.0])]
        >>> adam([np.array([4.0])], beginning(adam, params), params, learning_rate=0.5)[0]
        [array([0.5])]
    """
    step = state["step"] + np.int32(1)
    first = [average(m, g, beta1) for m, g in zip(state["first_moment"], grads, strict=True)]
    second = [average(v, g * g, beta2) for v, g in zip(state["second_moment"], grads, strict=True)]
    moved = []
    for w, m, v in zip(params, first, second, strict=True):
        real = w.dtype.type
        mean = m / bias_correction(beta1, step, w.dtype)
        square = v / bias_correction(beta2, step, w.dtype)
        size = np.sqrt(square + real(eps_root)) + real(eps)
        moved.append(w - real(learning_rate) * (mean / size))
    return moved, {"step": step, "first_moment": first, "second_moment": second}
