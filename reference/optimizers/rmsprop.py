"""RMSprop and its centered form: the gradient over the root of its running mean square."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
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
from reference.optimizers.adaptive import scaled, squares
from reference.optimizers.descent import decayed
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


class Squares(TypedDict):
    """What RMSprop keeps: a running average of squared gradients."""

    square_average: Annotated[Tensors, Starts(0.0)]


class Centered(TypedDict):
    """What centered RMSprop keeps: averages of gradients and their squares, and a buffer."""

    square_average: Annotated[Tensors, Starts(0.0)]
    gradient_average: Annotated[Tensors, Starts(0.0)]
    momentum_buffer: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Tieleman and Hinton 2012, Neural networks for machine learning, lecture 6.5",
    accuracy=Accuracy(ulps=16, inputs=6),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(without=("weight_decay",)),
        symmetric_steps(),
        unitless_without_eps("weight_decay", square_average=2),
        first_step(
            lambda learning_rate, decay: learning_rate / (1 - decay) ** 0.5,
            lambda eps, eps_in_root, decay: (eps**0.5 if eps_in_root else eps) / (1 - decay) ** 0.5,
        ),
        forgets("weight_decay", square_average="decay"),
        refuses(learning_rate=(-0.5,), decay=(1.0, -0.5), eps=(-0.5,), weight_decay=(-0.5,)),
    ),
)
def rmsprop(
    grads: Tensors,
    state: Squares,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    decay: Annotated[float, Between(0.5, 0.9999)] = 0.99,
    eps: Eps = 1e-8,
    weight_decay: WeightDecay = 0.0,
    eps_in_root: Literal[False, True] = False,
) -> tuple[Tensors, Squares]:
    """RMSprop: the gradient over the root of its running mean square.

    g' = g + l w,  v <- d v + (1 - d) g'^2,  w <- w - a g' / (sqrt(v) + e)  (or / sqrt(v + e))

    w are the params, g the grads, v the square average, a the learning rate, d the decay, e eps,
    l weight decay. v starts at 0 and nothing corrects for it: the first step is 1 / sqrt(1 - d)
    times as long as a.

    *Numerics*: l, l w and the sum in g'; the square, d or 1 - d, its product and the sum in v, of
    which half reach the root; the root, e, a quotient (or a reciprocal and a product), a and its
    product: 10 roundings and the difference. What g' loses moves the numerator and, in the other
    direction, v: both count.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: square_average.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step when gradients keep their size.
        decay: what is left of v after a step, in [0, 1).
        eps: added to the root; unit of the gradients (of their squares under the root).
        weight_decay: l above, coupled.
        eps_in_root: whether eps is added under the root.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, eps or weight_decay is negative, or decay outside [0, 1).

    *Differences*: torch adds eps to the root and decays by 0.99 (`alpha`, `square_avg`); optax adds
    it under the root unless `eps_in_sqrt=False`, and decays by 0.9 (`decay`, `nu`). So
    `optax.rmsprop(a, decay=0.99, eps_in_sqrt=False)` is `torch.optim.RMSprop(params, a)`. optax
    decays weights by `optax.add_decayed_weights(l)` before it. Its `initial_scale` and
    `bias_correction` are not torch's.

    Example:
        >>> params, state = [np.array([1.0])], {"square_average": [np.array([2.0])]}
        >>> rmsprop([np.array([2.0])], state, params, learning_rate=0.25, decay=0.5, eps=1.0,
        ...         eps_in_root=True)[0]
        [array([0.75])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        decay=0 <= decay < 1,
        eps=eps >= 0,
        weight_decay=weight_decay >= 0,
    )
    moved, averages = [], []
    slopes = decayed(grads, params, weight_decay)
    for w, g, v in zip(params, slopes, state["square_average"], strict=True):
        square = squares(v, g, decay)
        update = scaled(g, square, eps, eps_in_root=eps_in_root)
        moved.append(w - ranged("update", w.dtype.type(learning_rate) * update))
        averages.append(square)
    return moved, {"square_average": averages}


@technique(
    source="Graves 2013, Generating sequences with recurrent neural networks, equations 38 to 45",
    accuracy=Accuracy(ulps=16, inputs=12),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps("gradient_average", "momentum_buffer"),
        forgets(
            square_average="decay",
            gradient_average="decay",
            momentum_buffer="momentum",
        ),
        refuses(
            learning_rate=(-0.5,),
            decay=(1.0, -0.5),
            momentum=(1.0, -0.5),
            eps=(-0.5,),
        ),
    ),
)
def centered_rmsprop(
    grads: Tensors,
    state: Centered,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    decay: Annotated[float, Between(0.5, 0.9999)] = 0.95,
    momentum: Annotated[float, Between(0.05, 0.99)] = 0.9,
    eps: Eps = 1e-4,
    eps_in_root: Literal[False, True] = True,
    rate: Literal["outside", "inside"] = "inside",
) -> tuple[Tensors, Centered]:
    """Centered RMSprop with momentum: the gradient over its running standard deviation.

    v <- d v + (1 - d) g^2,  m <- d m + (1 - d) g,
    x = g / (sqrt(v - m^2) + e)  (or / sqrt(v - m^2 + e)),
    rate outside: b <- k b + x,  w <- w - a b;  rate inside: b <- k b - a x,  w <- w + b

    w are the params, g the grads, v and m the averages of squared gradients and gradients, b the
    momentum buffer, a the learning rate, d the decay, k the momentum, e eps.

    *Numerics*: four roundings in v, three in m, of m^2 twice as many, and the difference: twelve on
    the way into the root, where v and m^2 cancel; the root, e, a quotient (or a reciprocal and a
    product), k, k b, the sum, a, a product: 10 roundings, and the difference. While gradients keep
    one size and sign, v - m^2 is all rounding; what is below 0 is taken for 0 here.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: square_average, gradient_average and momentum_buffer.
        params: parameter tensors of any shapes, unit of the learning rate.
        learning_rate: length of a step of one standard deviation.
        decay: what is left of both averages after a step, in [0, 1).
        momentum: what is left of the buffer after a step, in [0, 1).
        eps: added to the root; unit of the gradients (of their squares under the root).
        eps_in_root: whether eps is added under the root.
        rate: whether the buffer sums scaled gradients ("outside") or steps ("inside").

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate or eps is negative, or decay or momentum outside [0, 1).

    *Differences*: torch (`RMSprop(centered=True, momentum=k)`; `square_avg`, `grad_avg`,
    `momentum_buffer`) has eps and rate outside; `optax.rmsprop(centered=True, momentum=k)` (`nu`,
    `mu`, `trace`) has the rate inside, and eps under the root unless `eps_in_sqrt=False`. At a
    constant rate torch and optax agree with that argument; multiply the buffer by -a to carry it.
    Both take the root of what v - m^2 rounds to: NaN under a constant gradient.

    Example:
        >>> params, zero = [np.array([1.0])], [np.array([0.0])]
        >>> state = {"square_average": zero, "gradient_average": zero, "momentum_buffer": zero}
        >>> centered_rmsprop([np.array([4.0])], state, params, learning_rate=0.25, decay=0.5,
        ...                  eps=0.0)[0]
        [array([0.5])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        decay=0 <= decay < 1,
        momentum=0 <= momentum < 1,
        eps=eps >= 0,
    )
    moved, new = [], Centered(square_average=[], gradient_average=[], momentum_buffer=[])
    kept = zip(
        *(state[k] for k in ("square_average", "gradient_average", "momentum_buffer")), strict=True
    )
    for w, g, (v, m, b) in zip(params, grads, kept, strict=True):
        real = w.dtype.type
        square, mean = squares(v, g, decay), ranged("m", average(m, g, decay), 2)
        spread = np.maximum(square - ranged("m^2", mean * mean), 0)
        x = scaled(g, spread, eps, eps_in_root=eps_in_root)
        buffer = real(momentum) * b
        if rate == "inside":
            buffer = buffer - real(learning_rate) * x
            moved.append(w + ranged("update", buffer))
        else:
            buffer = buffer + x
            moved.append(w - ranged("update", real(learning_rate) * buffer))
        new["square_average"].append(square)
        new["gradient_average"].append(mean)
        new["momentum_buffer"].append(buffer)
    return moved, new
