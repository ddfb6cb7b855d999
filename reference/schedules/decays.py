"""Decays: rates that fall from the base rate.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated, Literal

import numpy as np

from reference.facts import ends, falls, follows_the_step, proportional, stays_between
from reference.numerics import ULPS, Array
from reference.schedule_facts import continuous, geometric, passes, piecewise, rejects
from reference.schedules.demands import POW, demand
from reference.stored import stored
from reference.technique import Accuracy, Between, OneOf, technique


@technique(
    source="Robbins and Monro 1951, A stochastic approximation method, section 2: a_n held fixed",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(
        follows_the_step,
        proportional,
        stays_between(low=1.0, high=1.0),
        piecewise(at=tuple),
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
    source="He et al. 2016, Deep residual learning for image recognition, section 4.1",
    accuracy=Accuracy(ulps=POW + 1, inputs=1),
    facts=(
        follows_the_step,
        proportional,
        stays_between(low=0.0, high=1.0),
        falls(until=2**31 - 1),
        piecewise(at=lambda step_size: tuple(k * step_size for k in range(1, 200))),
        geometric(every=lambda step_size: step_size, factor=lambda decay_rate: decay_rate),
        rejects({"decay_rate": -0.5}, {"step_size": 0}, {"step_size": -3}),
    ),
)
def step(
    steps: Array,
    base_rate: Array,
    *,
    decay_rate: Annotated[float, Between(0.05, 1.0)] = 0.1,
    step_size: Annotated[int, OneOf((10, 1, 3, 97, 1_000_000))] = 10,
) -> Array:
    """Step decay: multiplied by the decay rate after every so many steps, at once.

    r_t = r_0 g^floor(t / s)

    t is the step, g decay_rate, s step_size. The rate of step s is the first reduced one.

    *Numerics*: the floor is of integers, so exact. A power of OpenCL's 16 ulps and a product.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at step 0, a scalar array; unit of a learning rate.
        decay_rate: factor at every multiple of step_size, at least 0.
        step_size: steps between two reductions, at least 1.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: decay_rate is negative, or step_size less than 1.

    *Differences*: torch.optim.lr_scheduler.StepLR takes `gamma` = g and multiplies the last rate.
    optax.exponential_decay does it with staircase=True, `transition_steps` = s: it forms t / s in
    float32 and floors that. Both reduce at t = s; but where XLA multiplies by 1 / s the quotient
    may fall short of a whole number, and that stair is late by a step (t = 97, s = 97).

    Example:
        >>> step(np.array([0, 9, 10, 20]), np.array(1.0), decay_rate=0.5)
        array([1.  , 1.  , 0.5 , 0.25])
    """
    demand(decay_rate=decay_rate >= 0, step_size=step_size >= 1)
    real = base_rate.dtype.type
    return base_rate * real(decay_rate) ** (steps // step_size).astype(real)


@technique(
    source="Krizhevsky, Sutskever and Hinton 2012, ImageNet classification with deep convolutional"
    " neural networks, section 5",
    accuracy=Accuracy(ulps=POW + 1, inputs=1),
    facts=(
        follows_the_step,
        proportional,
        stays_between(low=0.0, high=1.0),
        falls(until=2**31 - 1),
        piecewise(at=lambda milestones: milestones),
        passes(
            (
                lambda milestones: milestones[-1],
                lambda milestones, decay_rate: decay_rate ** len(milestones),
            ),
            (lambda milestones: max(milestones[0] - 1, 0),
             lambda milestones, decay_rate: decay_rate if milestones[0] == 0 else 1.0),
        ),
        rejects({"decay_rate": -0.5}),
    ),
)  # fmt: skip
def multi_step(
    steps: Array,
    base_rate: Array,
    *,
    decay_rate: Annotated[float, Between(0.05, 1.0)] = 0.1,
    milestones: Annotated[
        tuple[int, ...], OneOf(((3, 7), (0, 5), (1, 2, 3), (5, 5), (30, 80), (9_999_999,)))
    ] = (3, 7),
) -> Array:
    """Multi-step decay: multiplied by the decay rate at every milestone.

    r_t = r_0 g^n,  n = the number of milestones m <= t

    t is the step, g decay_rate. The rate of a milestone's step is the first reduced one; a
    milestone at 0 reduces the very first; one that is named twice counts twice.

    *Numerics*: n is exact. A power of OpenCL's 16 ulps and a product.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate before the first milestone, a scalar array; unit of a learning rate.
        decay_rate: factor at every milestone, at least 0.
        milestones: steps, in order.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: decay_rate is negative.

    *Differences*: torch.optim.lr_scheduler.MultiStepLR takes `gamma` = g and counts a repeated
    milestone twice. optax.piecewise_constant_schedule takes a dict {milestone: factor}, in which
    none can be repeated, and reduces where `t >= milestone`, as torch does. flax's older
    lr_schedule.create_stepped_learning_rate_schedule reduces where `t > milestone`: one step later.

    Example:
        >>> multi_step(np.array([2, 3, 6, 7]), np.array(1.0), decay_rate=0.5)
        array([1.  , 0.5 , 0.5 , 0.25])
    """
    demand(decay_rate=decay_rate >= 0)
    real = base_rate.dtype.type
    passed = np.vectorize(lambda t: bisect_right(milestones, t), otypes=[int])(steps)
    return base_rate * real(decay_rate) ** passed.astype(real)


_TO_THE_END = (
    stays_between(low=lambda final_fraction: final_fraction, high=1.0),
    falls(until=2**31 - 1),
    ends(
        after=lambda decay_steps: decay_steps,
        start=1.0,
        end=lambda final_fraction, decay_steps: final_fraction if decay_steps else 1.0,
    ),
    rejects({"decay_steps": -1}, {"final_fraction": 1.5}, {"final_fraction": -0.5}),
)


@technique(
    source="Goyal et al. 2017, Accurate, large minibatch SGD, section 2.2 (read backwards)",
    accuracy=Accuracy(ulps=5, inputs=1),
    facts=(
        follows_the_step,
        proportional,
        *_TO_THE_END,
        continuous(at_most=lambda decay_steps, final_fraction: (
            (1 - final_fraction) / max(decay_steps, 1))),
    ),
)  # fmt: skip
def linear(
    steps: Array,
    base_rate: Array,
    *,
    final_fraction: Annotated[float, Between(0.0, 1.0)] = 0.25,
    decay_steps: Annotated[int, OneOf((10, 1, 0, 97, 1000, 10_000_000))] = 10,
) -> Array:
    """Linear decay: in equal steps from the base rate down to the final one, and held there.

    r_t = r_0 (f + (1 - f) max(T - t, 0) / T),  r_0 where T = 0

    t is the step, T decay_steps, f final_fraction. A decay of no length never begins.

    *Numerics*: T - t is exact in integers, so the rate is accurate to the end. The quotient of two
    rounded numbers (3), 1 - f, two products and the sum, of half an ulp each, rounded up.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at step 0, a scalar array; unit of a learning rate.
        final_fraction: final rate over base rate, between 0 and 1.
        decay_steps: step at which the final rate is reached, at least 0.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: decay_steps is negative, or final_fraction not between 0 and 1.

    *Differences*: torch.optim.lr_scheduler.LinearLR takes `start_factor` = 1, `end_factor` = f,
    `total_iters` = T, and multiplies the last rate by 1 + (f - 1) / (T + (t - 1) (f - 1)).
    optax.linear_schedule takes `end_value` = f r_0, `transition_steps` = T, and forms 1 - t / T.
    Both reach the final rate at t = T and hold it, and both take T = 0 for no decay at all.
    Article A2 does not hold: its rates are negative for t > T.

    Example:
        >>> linear(np.array([0, 5, 10, 12]), np.array(2.0))
        array([2.  , 1.25, 0.5 , 0.5 ])
    """
    demand(decay_steps=decay_steps >= 0, final_fraction=0 <= final_fraction <= 1)
    real = base_rate.dtype.type
    final = real(final_fraction)
    return base_rate * (final + (1 - final) * _left(steps, decay_steps, real))


@technique(
    source="Chen et al. 2018, DeepLab, section 4.1: the poly policy",
    accuracy=Accuracy(ulps=POW + 3, inputs=1),
    facts=(follows_the_step, proportional, *_TO_THE_END),
)
def polynomial(
    steps: Array,
    base_rate: Array,
    *,
    power: Annotated[float, Between(0.5, 4.0)] = 2.0,
    final_fraction: Annotated[float, Between(0.0, 1.0)] = 0.0,
    decay_steps: Annotated[int, OneOf((10, 1, 0, 97, 1000, 10_000_000))] = 10,
) -> Array:
    """Polynomial decay: a power of the share of steps that is left, held at its end.

    r_t = r_0 (f + (1 - f) (max(T - t, 0) / T)^p),  r_0 where T = 0

    t is the step, T decay_steps, f final_fraction, p power. A decay of no length never begins.

    *Numerics*: T - t is exact in integers. The quotient of two rounded numbers is marked as stored
    with 3 roundings; then a power of OpenCL's 16 ulps, 1 - f, two products and the sum.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at step 0, a scalar array; unit of a learning rate.
        power: exponent, above 0.
        final_fraction: final rate over base rate, between 0 and 1.
        decay_steps: step at which the final rate is reached, at least 0.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: decay_steps is negative, or final_fraction not between 0 and 1.

    *Differences*: torch.optim.lr_scheduler.PolynomialLR takes `total_iters` = T, has f = 0, and
    multiplies the last rate by ((1 - t / T) / (1 - (t - 1) / T))^p. optax.polynomial_schedule takes
    `transition_steps` = T, `end_value` = f r_0, and forms (1 - t / T)^p: where XLA fuses it to
    1 - t (1 / T), the rest may be below 0 at t = T, and a p that is no whole number gives NaN from
    there on (T = 10). Both hold from t = T on, and both take T = 0 for no decay at all.

    Example:
        >>> polynomial(np.array([0, 5, 10, 12]), np.array(4.0))
        array([4., 1., 0., 0.])
    """
    demand(decay_steps=decay_steps >= 0, final_fraction=0 <= final_fraction <= 1)
    real = base_rate.dtype.type
    final = real(final_fraction)
    left = _left(steps, decay_steps, real)
    left = np.where(left > 0, stored(left, 3), left)  # at the end it is exactly 0
    return base_rate * (final + (1 - final) * left ** real(power))


def _left(steps: Array, decay_steps: int, real: type) -> Array:
    """Share of the decay that is left: 1 before it begins, 0 from its end on."""
    if decay_steps == 0:
        return np.ones(steps.shape, real)
    left: Array = np.maximum(decay_steps - steps, 0).astype(real) / real(decay_steps)
    return left


@technique(
    source="Bottou 2012, Stochastic gradient descent tricks, section 5.2",
    accuracy=Accuracy(ulps=ULPS["div"] + 5, inputs=1),
    facts=(
        follows_the_step,
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
