"""Adam whose first steps are those of momentum, until the second moment is worth dividing by."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from reference.numerics import Array
from reference.optimizer_domains import Beta1, Eps, EpsRoot, Rate
from reference.optimizer_facts import (
    elementwise_steps,
    forgets,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
)
from reference.optimizer_states import Tensors, bias_correction
from reference.optimizers.adam import Moments, averaged, demand_of_moments, root
from reference.ranged import ranged
from reference.technique import Accuracy, Between, OneOf, technique

_LEVELS = 24


@technique(
    source="Liu et al. 2020, On the variance of the adaptive learning rate and beyond, algorithm 2",
    accuracy=Accuracy(ulps=18, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps("first_moment"),
        forgets(first_moment="beta1", second_moment="beta2"),
        refuses(learning_rate=(-0.5,), beta1=(1.0, -0.5), beta2=(1.0, -0.5), eps=(-0.5,)),
    ),
)
def radam(
    grads: Tensors,
    state: Moments,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    beta1: Beta1 = 0.9,
    beta2: Annotated[float, Between(0.0, 0.999)] = 0.999,
    eps: Eps = 1e-8,
    eps_root: EpsRoot = 0.0,
    threshold: Annotated[float, OneOf((4.0, 5.0))] = 4.0,
    eps_joins: Literal["corrected root", "raw root"] = "corrected root",
) -> tuple[Tensors, Moments]:
    """RAdam: Adam's step times a factor that grows to 1; before, plain momentum.

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  t <- t + 1,
    s = (1 + b2) / (1 - b2),  p = s - 2 t b2^t / (1 - b2^t),  q = m / (1 - b1^t);
    p <= threshold:  w <- w - a q
    p > threshold:   w <- w - a q sqrt((p - 4) (p - 2) s / ((s - 4) (s - 2) p)) / size,
    size = sqrt(v / (1 - b2^t) + r) + e, or (sqrt(v + r) + e) / sqrt(1 - b2^t)

    w are the params, g the grads, m and v first and second moment, t the step, a the learning
    rate, b1 and b2 beta1 and beta2, e eps, r eps_root, p the length of the average so far and s
    what it grows to.

    *Numerics*: p cancels: s is 1999 where b2 is 0.999, and p is below 5 for five steps. With
    b2 = exp(-2 z) it is t (1 - L(t z)) + L(z), L(z) = coth z - 1/z = z / (3 + z^2 / (5 + ...)),
    which does not, evaluated in extended precision. Beyond Adam's 16 roundings the factor takes
    two.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), first_moment and second_moment.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a late step when gradients keep their sign.
        beta1: decay of the first moment, in [0, 1).
        beta2: decay of the second moment, in [0, 1).
        eps: added to the root; unit of the gradients.
        eps_root: added under the root; unit of the squared gradients.
        threshold: length p from which on steps are rectified; 4 in the paper.
        eps_joins: whether eps is added to the root of the corrected second moment or of the raw
            one.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or a beta outside [0, 1).

    *Differences*: both libraries begin at a p of 5, not of the paper's 4: with b2 = 0.999 at
    step 6. torch adds eps to the raw root, optax to the corrected one: torch's eps is optax's times
    sqrt(1 - b2^t), so that no eps aligns them in the first steps, but that of 0. torch has no
    eps_root. optax forms p by its subtraction in float32, where it is off by about
    2^-23 / (t (1 - b2)^2): at step 6 the rectified step is off by more than one part in a hundred
    where b2 is 0.999, and where b2 is 0.9999 it may be rectified at another step (drawn are b2 up
    to 0.999).

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([1.0])]
        >>> radam([np.array([4.0])], beginning(radam, params), params, learning_rate=0.125)[0]
        [array([0.5])]
    """
    demand_of_moments(learning_rate, beta1, beta2, eps)
    kept = averaged(grads, state, beta1, beta2)
    length = averaged_length(beta2, kept["step"])
    moved = []
    for w, m, v in zip(params, kept["first_moment"], kept["second_moment"], strict=True):
        real = w.dtype.type
        towards = ranged("m / c1", m / bias_correction(beta1, kept["step"], w.dtype))
        if length > threshold:
            c2 = bias_correction(beta2, kept["step"], w.dtype)
            if eps_joins == "raw root":
                share = ranged("sqrt(c2) / size", np.sqrt(c2) / root(v, eps, eps_root))
            else:
                share = 1 / root(ranged("v / c2", v / c2), eps, eps_root)
            towards = real(rectification(length, beta2)) * (towards * share)
        moved.append(w - ranged("update", real(learning_rate) * towards))
    return moved, kept


def averaged_length(beta2: float, step: Any) -> Any:
    """(1 + b) / (1 - b) - 2 t b^t / (1 - b^t), without that subtraction."""
    with np.errstate(divide="ignore", over="ignore"):
        half = -np.log(np.longdouble(beta2)) / 2
        t = np.longdouble(step)
        return t * _short_of_one(t * half) + (1 - _short_of_one(half))


def rectification(length: Any, beta2: float) -> Any:
    """sqrt((p - 4) (p - 2) s / ((s - 4) (s - 2) p)) of a length p that grows to s."""
    most = (1 + np.longdouble(beta2)) / (1 - np.longdouble(beta2))
    share = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
    return np.sqrt(share)


def _short_of_one(z: Array) -> Array:
    """1 - L(z), L(z) = coth z - 1/z: Langevin's function by its continued fraction, or directly."""
    if z >= 4:
        return np.asarray(1 / z - 2 / np.expm1(2 * z) if np.isfinite(z) else np.longdouble(0))[()]
    tail: Any = np.longdouble(2 * _LEVELS + 1)
    for k in reversed(range(1, _LEVELS)):
        tail = 2 * k + 1 + z * z / tail
    return np.asarray(1 - z / tail)[()]
