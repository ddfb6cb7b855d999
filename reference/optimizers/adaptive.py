"""Optimizers that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_facts import (
    elementwise_steps,
    first_step,
    forgets,
    refuses,
    rests,
    strides,
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


class Squares(TypedDict):
    """What RMSprop keeps: a running average of squared gradients."""

    square_average: Annotated[Tensors, Starts(0.0)]


class Centered(TypedDict):
    """What centered RMSprop keeps: averages of gradients and their squares, and a buffer."""

    square_average: Annotated[Tensors, Starts(0.0)]
    gradient_average: Annotated[Tensors, Starts(0.0)]
    momentum_buffer: Annotated[Tensors, Starts(0.0)]


class Updates(TypedDict):
    """What Adadelta keeps: running averages of squared gradients and squared updates."""

    square_average: Annotated[Tensors, Starts(0.0)]
    update_average: Annotated[Tensors, Starts(0.0)]


class Resilient(TypedDict):
    """What Rprop keeps: a step size for every element, and what it last followed."""

    step_size: Annotated[Tensors, Starts("learning_rate")]
    previous: Annotated[Tensors, Starts(0.0)]


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
    learning_rate: Annotated[float, Between(1e-4, 1.0, log=True)] = 1e-2,
    initial_accumulator: Annotated[float, Between(1e-4, 1.0, log=True)] = 0.0,
    eps: Annotated[float, Between(1e-10, 1e-2, log=True)] = 1e-10,
    weight_decay: Annotated[float, Between(1e-5, 0.1, log=True)] = 0.0,
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
    learning_rate: Annotated[float, Between(1e-4, 1.0, log=True)] = 1e-2,
    decay: Annotated[float, Between(0.5, 0.9999)] = 0.99,
    eps: Annotated[float, Between(1e-10, 1e-2, log=True)] = 1e-8,
    weight_decay: Annotated[float, Between(1e-5, 0.1, log=True)] = 0.0,
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
    learning_rate: Annotated[float, Between(1e-4, 1.0, log=True)] = 1e-2,
    decay: Annotated[float, Between(0.5, 0.9999)] = 0.95,
    momentum: Annotated[float, Between(0.05, 0.99)] = 0.9,
    eps: Annotated[float, Between(1e-10, 1e-2, log=True)] = 1e-4,
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
    weight_decay: Annotated[float, Between(1e-5, 0.1, log=True)] = 0.0,
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


@technique(
    source="Riedmiller and Braun 1993, RPROP; without backtracking: Igel and Huesken 2003,"
    " Empirical evaluation of the improved Rprop learning algorithms, algorithm 4 (iRprop-)",
    accuracy=Accuracy(ulps=3, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps("previous"),
        first_step(lambda learning_rate: learning_rate, lambda: 0.0),
        strides(growth="growth", shrinkage="shrinkage", longest="largest_step"),
        refuses(shrinkage=(1.5, -0.5), growth=(0.5,)),
    ),
)
def rprop(
    grads: Tensors,
    state: Resilient,
    params: Tensors,
    *,
    learning_rate: Annotated[float, Between(1e-3, 1.0, log=True)] = 1e-2,
    shrinkage: Annotated[float, Between(0.1, 0.9)] = 0.5,
    growth: Annotated[float, Between(1.05, 2.0)] = 1.2,
    smallest_step: Annotated[float, Between(1e-8, 1e-4, log=True)] = 1e-6,
    largest_step: Annotated[float, Between(2.0, 100.0, log=True)] = 50.0,
    keeps: Literal["gradient", "update"] = "gradient",
) -> tuple[Tensors, Resilient]:
    """Rprop: step sizes that grow while a gradient keeps its sign and shrink where it turns.

    c = g p,
    D <- clip(D n+) where c > 0,  clip(D n-) where c < 0,  else D,
    p <- 0 where c < 0,  else g (or the update D sign(g)),
    w <- w - D sign(p)

    w are the params, g the grads, p the previous gradient (or update), D the step size, which
    starts at the learning rate, n+ the growth, n- the shrinkage; clip holds D between smallest and
    largest step. Of a gradient only its sign counts. Where it turned, the element waits for a step.

    *Numerics*: a factor and a product in D; the product with a sign is exact, and the difference
    rounds. Only the sign of g p counts, so that it may overflow but not vanish.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step_size and previous.
        params: parameter tensors of any shapes.
        learning_rate: what step sizes start at; later it is of no account.
        shrinkage: factor of a step size where the sign turns, in (0, 1).
        growth: factor where it stays, above 1.
        smallest_step: the least that a step size shrinks to, unit of the parameters.
        largest_step: the most that it grows to.
        keeps: whether `previous` is the gradient or the update that followed from it.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: shrinkage outside (0, 1), or growth not above 1.

    *Differences*: torch keeps the gradient (`prev`), optax the update (`prev_updates`, with
    `step_sizes` for `step_size`). optax takes every step one call late, and not at all where the
    sign turns in between: no argument makes it torch's. torch clips a step size in every step,
    optax and the paper where it changed. A NaN gradient moves nothing in torch, as torch.sign(NaN)
    is 0; optax takes it for a turn.

    Example:
        >>> params = [np.array([1.0])]
        >>> state = {"step_size": [np.array([0.5])], "previous": [np.array([-0.1])]}
        >>> rprop([np.array([-4.0])], state, params, growth=2.0)[0]
        [array([2.])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        shrinkage=0 < shrinkage < 1,
        growth=growth > 1,
    )
    moved, new = [], Resilient(step_size=[], previous=[])
    kept = zip(state["step_size"], state["previous"], strict=True)
    for w, g, (size, previous) in zip(params, grads, kept, strict=True):
        real = w.dtype.type
        turn = ranged("g p", g * previous)
        changed = size * np.where(turn > 0, real(growth), real(shrinkage))
        bounded = np.clip(changed, real(smallest_step), real(largest_step))
        step = np.where((turn > 0) | (turn < 0), bounded, size)
        followed = np.where(turn < 0, real(0), g)
        update = step * np.sign(followed)
        moved.append(w - update)
        new["step_size"].append(step)
        new["previous"].append(followed if keeps == "gradient" else update)
    return moved, new
