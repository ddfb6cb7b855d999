"""Stairs: rates that are reduced at once, and held until the next milestone.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated

import numpy as np

from reference.demands import POW, demand
from reference.facts import falls, follows_the_step, proportional, rejects, stays_between
from reference.numerics import Array
from reference.schedule_facts import begins_anywhere, geometric, passes, piecewise
from reference.technique import Accuracy, Between, OneOf, technique


@technique(
    source="He et al. 2016, Deep residual learning for image recognition, section 4.1",
    accuracy=Accuracy(ulps=POW + 1, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=0.0, high=1.0),
        falls(until=2**31 - 1),
        piecewise(every=lambda step_size: step_size),
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
        begins_anywhere,
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
