"""Decays: rates that fall from the base rate.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.demands import POW, demand
from reference.facts import ends, falls, follows_the_step, proportional, rejects, stays_between
from reference.numerics import ULPS, Array
from reference.schedule_facts import begins_anywhere, passes, piecewise
from reference.stored import stored
from reference.technique import Accuracy, Between, OneOf, technique


@technique(
    source="Robbins and Monro 1951, A stochastic approximation method, section 2: a_n held fixed",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=1.0, high=1.0),
        piecewise(),
        ends(after=1, start=1.0, end=1.0),
    ),
)
def constant(steps: Array, base_rate: Array) -> Array:
    """Constant: the base rate at every step.

    r_t = r_0

    t is the step, r_0 base_rate.

    *Numerics*: nothing is computed.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate, a scalar array; unit of a learning rate.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    *Differences*: optax.constant_schedule returns the number it was given, whatever the shape of
    the steps. torch has an optimizer without a scheduler, or ConstantLR with `factor` = 1.

    Example:
        >>> constant(np.array([0, 1, 1000]), np.array(0.5))
        array([0.5, 0.5, 0.5])
    """
    return np.full(steps.shape, base_rate)


@technique(
    source="Abadi et al. 2016, TensorFlow, tf.train.exponential_decay",
    accuracy=Accuracy(ulps=POW + 1, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=lambda final_fraction: final_fraction, high=1.0),
        falls(until=2**31 - 1),
        passes(
            (lambda delay_steps: delay_steps, 1.0),
            (
                lambda delay_steps, transition_steps: delay_steps + transition_steps,
                lambda decay_rate, final_fraction: max(final_fraction, decay_rate),
            ),
        ),
        rejects({"decay_rate": -0.5}, {"decay_rate": 0.0}, {"transition_steps": 0}),
    ),
)
def exponential(
    steps: Array,
    base_rate: Array,
    *,
    decay_rate: Annotated[float, Between(0.5, 1.0)] = 0.9,
    transition_steps: Annotated[int, OneOf((1, 10, 97, 10_000_000))] = 1,
    delay_steps: Annotated[int, OneOf((0, 5))] = 0,
    final_fraction: Annotated[float, OneOf((0.0, 0.25))] = 0.0,
) -> Array:
    """Exponential decay: multiplied by the decay rate once in every so many steps, smoothly.

    r_t = r_0 max(g^((t - d) / s), f) for t > d, else r_0

    t is the step, g decay_rate, s transition_steps, d delay_steps, f final_fraction.

    *Numerics*: t - d is exact in integers. The quotient rounds twice (of t - d, and itself); the
    power is held to OpenCL's 16 ulps, and the product rounds once.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at step 0, a scalar array; unit of a learning rate.
        decay_rate: factor over transition_steps steps, above 0.
        transition_steps: steps that one factor takes, at least 1.
        delay_steps: steps before the decay begins.
        final_fraction: lowest rate over base rate.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: decay_rate is not positive, or transition_steps less than 1.

    *Differences*: torch.optim.lr_scheduler.ExponentialLR takes g as `gamma`, has s = 1, d = 0 and
    f = 0, and multiplies the last rate: roundings add up (g^(1/s) in place of g is not the same
    to the last bit). optax.exponential_decay has `transition_begin` = d and `end_value` = f r_0;
    it takes g = 0 and s <= 0 for a constant schedule. Article A2 prints this form.

    Example:
        >>> exponential(np.array([0, 1, 2]), np.array(1.0), decay_rate=0.5)
        array([1.  , 0.5 , 0.25])
    """
    demand(decay_rate=decay_rate > 0, transition_steps=transition_steps >= 1)
    real = base_rate.dtype.type
    taken = np.maximum(steps - delay_steps, 0).astype(real)
    power = stored(taken / real(transition_steps), 2)
    return base_rate * np.maximum(real(decay_rate) ** power, real(final_fraction))


@technique(
    source="Bottou 2012, Stochastic gradient descent tricks, section 5.2",
    accuracy=Accuracy(ulps=ULPS["div"] + 5, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=0.0, high=1.0),
        falls(until=2**31 - 1),
        passes((lambda decay_steps: decay_steps, lambda decay_rate: 1 / (1 + decay_rate))),
        rejects({"decay_rate": -0.5}, {"decay_steps": 0}),
    ),
)
def inverse_time(
    steps: Array,
    base_rate: Array,
    *,
    decay_rate: Annotated[float, Between(2.0**-7, 8.0, log=True)] = 0.5,
    decay_steps: Annotated[int, OneOf((10, 1, 97, 10_000_000))] = 10,
    between: Literal["smooth", "staircase"] = "smooth",
) -> Array:
    """Inverse-time decay: divided by a number that grows in proportion to the step.

    r_t = r_0 / (1 + k t / T),  floor(t / T) with between="staircase"

    t is the step, k decay_rate, T decay_steps.

    *Numerics*: the quotient t / T of two rounded numbers (3), a product, a sum and a division.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at step 0, a scalar array; unit of a learning rate.
        decay_rate: k, at least 0.
        decay_steps: T, at least 1.
        between: between multiples of T, go on smoothly or in stairs.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: decay_rate is negative, or decay_steps less than 1.

    *Differences*: neither torch nor optax has it by name; TensorFlow and Keras do.

    Example:
        >>> inverse_time(np.array([0, 10, 30]), np.array(1.0), decay_rate=1.0)
        array([1.  , 0.5 , 0.25])
    """
    demand(decay_rate=decay_rate >= 0, decay_steps=decay_steps >= 1)
    real = base_rate.dtype.type
    if between == "staircase":
        taken = (steps // decay_steps).astype(real)
    else:
        taken = steps.astype(real) / real(decay_steps)
    return base_rate / (1 + real(decay_rate) * taken)


@technique(
    source="Vaswani et al. 2017, Attention is all you need, (3), in units of its peak",
    accuracy=Accuracy(ulps=ULPS["div"] + ULPS["sqrt"] + 2, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=0.0, high=1.0),
        passes(
            (lambda warm_up_steps, counts_from: warm_up_steps - counts_from, 1.0),
            (0, lambda warm_up_steps, counts_from: counts_from / warm_up_steps),
            (lambda warm_up_steps, counts_from: 4 * warm_up_steps - counts_from, 0.5),
        ),
        rejects({"warm_up_steps": 0}),
    ),
)
def inverse_sqrt(
    steps: Array,
    base_rate: Array,
    *,
    warm_up_steps: Annotated[int, OneOf((10, 1, 97, 4000))] = 10,
    counts_from: Annotated[int, OneOf((1, 0))] = 1,
) -> Array:
    """Inverse square root with linear warm-up: the Transformer's schedule.

    r_t = r_0 min(n / W, sqrt(W / n)),  n = t + c

    t is the step, W warm_up_steps, c counts_from: Vaswani et al. count steps from 1, so that the
    first rate is not 0. r_0 = (d_model W)^(-1/2) in their units.

    *Numerics*: n is exact. A division, a square root, a product, and n and W rounded to the format.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the highest rate, a scalar array; unit of a learning rate.
        warm_up_steps: W, at least 1.
        counts_from: number of the first step.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: warm_up_steps is less than 1.

    *Differences*: neither torch nor optax has it by name.

    Example:
        >>> inverse_sqrt(np.array([0, 9, 39]), np.array(1.0))
        array([0.1, 1. , 0.5])
    """
    demand(warm_up_steps=warm_up_steps >= 1)
    real = base_rate.dtype.type
    count, length = (steps + counts_from).astype(real), real(warm_up_steps)
    with np.errstate(divide="ignore"):
        return base_rate * np.minimum(count / length, np.sqrt(length / count))
