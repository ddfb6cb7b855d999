"""Kin of Adam that remember how large gradients have been, not how large they are on average."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.numerics import Array
from reference.optimizer_domains import Beta1, Beta2, Eps, EpsRoot, Rate
from reference.optimizer_facts import (
    elementwise_steps,
    first_step,
    forgets,
    never_falls,
    refuses,
    rests,
    stands_still,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors, average, bias_correction
from reference.optimizers.adam import Moments, averaged, demand_of_moments, root
from reference.ranged import ranged
from reference.technique import Accuracy, technique

Corrected = Literal["never", "after", "before"]


class LargestMoments(Moments):
    """Adam's state, and the largest second moment that there was."""

    largest_second_moment: Annotated[Tensors, Starts(0.0)]


def _longest(learning_rate: float, beta1: float, beta2: float, correction: str) -> float:
    never = correction == "never"
    return learning_rate * ((1 - beta1) / (1 - beta2) ** 0.5 if never else 1.0)


def _fades(eps: float, eps_root: float, beta2: float, correction: str) -> float:
    share = 1 - beta2 if correction == "never" else 1.0
    return float((eps + eps_root**0.5) / share**0.5)


@technique(
    source="Reddi, Kale and Kumar 2018, On the convergence of Adam and beyond, algorithm 2",
    accuracy=Accuracy(ulps=16, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, second_moment=2, largest_second_moment=2),
        first_step(_longest, _fades),
        forgets(first_moment="beta1", second_moment="beta2"),
        never_falls("largest_second_moment"),
        refuses(learning_rate=(-0.5,), beta1=(1.0, -0.5), beta2=(1.0, -0.5), eps=(-0.5,)),
    ),
)
def amsgrad(
    grads: Tensors,
    state: LargestMoments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
    correction: Corrected = "never",
) -> tuple[Tensors, LargestMoments]:
    """AMSGrad: Adam, but over the root of the largest second moment that there ever was.

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1;
    never:   x <- max(x, v),
             w <- w - a m / (sqrt(x + r) + e)
    after:   x <- max(x, v),
             w <- w - a (m / (1 - b1^t)) / (sqrt(x / (1 - b2^t) + r) + e)
    before:  x <- max(x, v / (1 - b2^t)),
             w <- w - a (m / (1 - b1^t)) / (sqrt(x + r) + e)

    w are the params, g the grads, m and v first and second moment, x the largest second moment, t
    the step, a the learning rate, b1 and b2 beta1 and beta2, e eps, r eps_root.

    *Numerics*: the roundings of Adam's step (13, and 3 more, as said there): the maximum is exact.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment, second_moment and
            largest_second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients stay as they are.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        correction: whether moments are divided by 1 - beta^t: never, as in the paper, or the second
            before or after the maximum is taken.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or a beta outside [0, 1).

    *Differences*: torch.optim.Adam and AdamW (amsgrad=True) correct after the maximum,
    optax.amsgrad before it; the paper never does, nor optax with bias_correction_mu=False and
    bias_correction_nu=False. No argument aligns the other two. The largest moment of torch is not
    that of optax: in the first steps the corrected v is up to 1 / (1 - b2) times as large, and
    optax remembers that for good, so that its steps stay shorter. (Of a state that goes from optax
    to torch, x (1 - b2^t) gives the same next step, but not those after it.) torch has no eps_root.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> state = beginning(amsgrad, params)
        >>> amsgrad([np.array([4.0])], state, params, learning_rate=0.5, correction="after")[0]
        [array([0.5])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps)
    kept = averaged(grads, state, beta1, beta2)
    moved, largest = [], []
    for w, x, m, v in zip(
        params,
        state["largest_second_moment"],
        kept["first_moment"],
        kept["second_moment"],
        strict=True,
    ):
        c1, c2 = (
            w.dtype.type(1) if correction == "never" else bias_correction(b, kept["step"], w.dtype)
            for b in (beta1, beta2)
        )
        if correction == "before":
            most = np.maximum(x, ranged("v / c2", v / c2))
            square = most
        else:
            most = np.maximum(x, v)
            square = ranged("v / c2", most / c2)
        towards = ranged("m / c1", m / c1) / root(square, eps, eps_root)
        moved.append(w - ranged("update", w.dtype.type(learning_rate) * towards))
        largest.append(most)
    new: LargestMoments = {**kept, "largest_second_moment": largest}
    return moved, new


class LargestGradients(TypedDict):
    """What Adamax keeps: steps taken, an average of gradients, their largest, which fades."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    first_moment: Annotated[Tensors, Starts(0.0)]
    infinity_norm: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Kingma and Ba 2015, Adam: a method for stochastic optimization, algorithm 2",
    accuracy=Accuracy(ulps=12, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        stands_still(),
        symmetric_steps("first_moment"),
        unitless_without_eps(first_moment=1, infinity_norm=1),
        first_step(lambda learning_rate: learning_rate, lambda eps: eps),
        forgets(first_moment="beta1"),
        refuses(learning_rate=(-0.5,), beta1=(1.0, -0.5), beta2=(1.0, -0.5), eps=(-0.5,)),
    ),
)
def adamax(
    grads: Tensors,
    state: LargestGradients,
    params: Tensors,
    *,
    learning_rate: Rate = 2e-3,
    beta1: Beta1 = 0.9,
    beta2: Beta2 = 0.999,
    eps: Eps = 1e-8,
) -> tuple[Tensors, LargestGradients]:
    """Adamax: Adam over the largest gradient that there was, which fades, in place of the root.

    m <- b1 m + (1 - b1) g,  u <- max(b2 u, |g| + e),  t <- t + 1,
    w <- w - a (m / (1 - b1^t)) / u

    w are the params, g the grads, m the first moment, u the infinity norm, t the step, a the
    learning rate, b1 and b2 beta1 and beta2, e eps.

    *Numerics*: on the way to the update lie a coefficient, a product and a sum for m, b2 and its
    product, e and its sum, a correction and its division, a division and a: 11 roundings, and one
    where parts of m cancel.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and infinity_norm.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients stay as they are.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the infinity norm, in [0, 1).
        eps: added to the size of every gradient; unit of the gradients.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or a beta outside [0, 1).

    *Differences*: the paper has no eps; torch and optax alike add it to |g| under the maximum, from
    where b2 lets it fade, and the norm needs no correction. Others (Keras) divide by u + e. The
    learning rate is 0.002 unless set in torch and the paper; optax wants one. optax calls the
    moments `mu` and `nu`, torch `exp_avg` and `exp_inf`.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> adamax([np.array([4.0])], beginning(adamax, params), params, learning_rate=0.5)[0]
        [array([0.5])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps)
    step = state["step"] + np.int32(1)
    moved, first, norms = [], [], []
    for w, g, m, u in zip(
        params, grads, state["first_moment"], state["infinity_norm"], strict=True
    ):
        real = w.dtype.type
        first.append(ranged("m", average(m, g, beta1), 2))
        size = ranged("|g| + e", abs(g) + ranged("e", real(eps)))
        norms.append(np.maximum(ranged("b2 u", real(beta2) * u), size))
        mean = ranged("m / c1", first[-1] / bias_correction(beta1, step, w.dtype))
        moved.append(w - ranged("update", real(learning_rate) * (mean / norms[-1])))
    return moved, {"step": step, "first_moment": first, "infinity_norm": norms}
