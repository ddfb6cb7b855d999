"""Compositions: schedules after one another and on top of one another.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.demands import POW, demand
from reference.facts import falls, follows_the_step, proportional, rejects, stays_between
from reference.numerics import Array
from reference.schedule_facts import begins_anywhere, continuous, passes, rises
from reference.technique import Accuracy, Between, OneOf, technique


@technique(
    source="Paszke et al. 2019, PyTorch, lr_scheduler.SequentialLR",
    accuracy=Accuracy(ulps=POW + 2, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=0.0, high=1.0),
        falls(until=lambda milestone_steps: max(milestone_steps - 1, 0)),
        passes(
            (lambda milestone_steps: milestone_steps, 1.0),
            (
                lambda milestone_steps: max(milestone_steps - 1, 0),
                lambda milestone_steps, decay_rate: decay_rate ** max(milestone_steps - 1, 0),
            ),
            (lambda milestone_steps: milestone_steps + 10, 0.5),
        ),
        rejects({"milestone_steps": -1}),
    ),
)
def sequential(
    steps: Array,
    base_rate: Array,
    *,
    decay_rate: Annotated[float, Between(0.9, 1.0)] = 0.95,
    milestone_steps: Annotated[int, OneOf((5, 1, 0, 60))] = 5,
) -> Array:
    """One schedule after another: exponential decay, then from the milestone on a linear one.

    r_t = r_0 g^t for t < M,  else r_0 (1 - min(t - M, 10) / 20)

    t is the step, g decay_rate, M milestone_steps. Each schedule counts its own steps from 0 and
    starts at the base rate: the second does not go on from where the first has come to.

    *Numerics*: t - M is exact in integers. A power of OpenCL's 16 ulps and a product.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at which each begins, a scalar array; unit of a learning rate.
        decay_rate: factor of every step of the first.
        milestone_steps: step at which the second begins, at least 0.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: milestone_steps is negative.

    *Differences*: torch.optim.lr_scheduler.SequentialLR takes `schedulers` and `milestones` = [M];
    optax.join_schedules takes `schedules` and `boundaries` = [M]. In both step M is step 0 of the
    second, and with M = 0 there is no first.

    Example:
        >>> sequential(np.array([0, 1, 5, 15]), np.array(1.0), decay_rate=0.9)
        array([1. , 0.9, 1. , 0.5])
    """
    demand(milestone_steps=milestone_steps >= 0)
    real = base_rate.dtype.type
    first = real(decay_rate) ** np.minimum(steps, milestone_steps).astype(real)
    left = (20 - np.clip(steps - milestone_steps, 0, 10)).astype(real) / real(20)
    return base_rate * np.where(steps < milestone_steps, first, left)


@technique(
    source="Paszke et al. 2019, PyTorch, lr_scheduler.ChainedScheduler",
    accuracy=Accuracy(ulps=POW + 4, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=0.0, high=1.0),
        passes(
            (0, lambda start_fraction: start_fraction),
            (
                lambda warm_up_steps: warm_up_steps,
                lambda decay_rate, warm_up_steps: decay_rate**warm_up_steps,
            ),
        ),
        rejects({"decay_rate": -0.5}, {"start_fraction": 1.5}),
    ),
)
def chained(
    steps: Array,
    base_rate: Array,
    *,
    decay_rate: Annotated[float, Between(0.9, 1.0)] = 0.95,
    start_fraction: Annotated[float, Between(2.0**-7, 1.0, log=True)] = 0.25,
    warm_up_steps: Annotated[int, OneOf((5, 1, 60))] = 5,
) -> Array:
    """Schedules on top of one another: the product of an exponential and a constant warm-up.

    r_t = r_0 g^t a for t < W,  r_0 g^t from t = W on

    t is the step, g decay_rate, a start_fraction, W warm_up_steps. Both count the same steps.

    *Numerics*: a power of OpenCL's 16 ulps, two products, and two more where a is divided out.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate that is multiplied, a scalar array; unit of a learning rate.
        decay_rate: factor of every step, at least 0.
        start_fraction: factor of the first W steps, above 0, at most 1.
        warm_up_steps: first step without it, at least 1.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: decay_rate is negative, or start_fraction not in (0, 1].

    *Differences*: torch.optim.lr_scheduler.ChainedScheduler takes schedulers that each multiply the
    rate as it stands: only those that do so may be chained (CosineAnnealingWarmRestarts and
    OneCycleLR do not, and overwrite what the others did). optax has none: multiply functions.

    Example:
        >>> chained(np.array([0, 1, 5]), np.array(4.0), decay_rate=1.0)
        array([1., 1., 4.])
    """
    demand(decay_rate=decay_rate >= 0, start_fraction=0 < start_fraction <= 1)
    real = base_rate.dtype.type
    share = np.where(steps < warm_up_steps, real(start_fraction), real(1))
    return base_rate * (real(decay_rate) ** steps.astype(real) * share)


@technique(
    source="Abadi et al. 2016, TensorFlow, tf.train.exponential_decay, after a linear warm-up",
    accuracy=Accuracy(ulps=POW + 7, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=0.0, high=1.0),
        rises(until=lambda warm_up_steps: warm_up_steps),
        passes(
            (0, lambda start_fraction, warm_up_steps: start_fraction if warm_up_steps else 1.0),
            (lambda warm_up_steps: warm_up_steps, 1.0),
            (
                lambda warm_up_steps: warm_up_steps + 2,
                lambda decay_rate: decay_rate * decay_rate,
            ),
        ),
        rejects({"warm_up_steps": -1}, {"decay_rate": -0.5}),
    ),
)
def warmup_exponential(
    steps: Array,
    base_rate: Array,
    *,
    start_fraction: Annotated[float, Between(2.0**-7, 1.0, log=True)] = 0.25,
    decay_rate: Annotated[float, Between(0.9, 1.0)] = 0.95,
    warm_up_steps: Annotated[int, OneOf((5, 1, 0, 60))] = 5,
) -> Array:
    """Linear warm-up, then exponential decay.

    r_t = r_0 (a + (1 - a) t / W) for t < W,  else r_0 g^(t - W)

    t is the step, a start_fraction, W warm_up_steps, g decay_rate. Step W has the base rate.

    *Numerics*: t - W is exact in integers. As `linear_warm_up`; a power of OpenCL's 16 ulps.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the highest rate, a scalar array; unit of a learning rate.
        start_fraction: first rate over base rate.
        decay_rate: factor of every step after the warm-up, above 0.
        warm_up_steps: step with the base rate, at least 0.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: warm_up_steps is negative, or decay_rate not positive.

    *Differences*: optax.warmup_exponential_decay_schedule takes `init_value` = a r_0, `peak_value`
    = r_0, `warmup_steps` = W, `transition_steps` = 1, `decay_rate` = g. torch joins LinearLR and
    ExponentialLR by SequentialLR(milestones=[W]).

    Example:
        >>> warmup_exponential(np.array([0, 5, 6]), np.array(4.0), decay_rate=0.75)
        array([1., 4., 3.])
    """
    demand(warm_up_steps=warm_up_steps >= 0, decay_rate=decay_rate > 0)
    real = base_rate.dtype.type
    taken = np.minimum(steps, warm_up_steps).astype(real) / real(max(warm_up_steps, 1))
    line = real(start_fraction) + (1 - real(start_fraction)) * taken
    power = real(decay_rate) ** np.maximum(steps - warm_up_steps, 0).astype(real)
    return base_rate * np.where(steps < warm_up_steps, line, power)


@technique(
    source="Hu et al. 2024, MiniCPM, section 4: warmup-stable-decay",
    accuracy=Accuracy(ulps=7, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=0.0, high=1.0),
        rises(until=lambda warm_up_steps, stable_steps: warm_up_steps + stable_steps),
        passes(
            (0, lambda start_fraction, warm_up_steps: start_fraction if warm_up_steps else 1.0),
            (lambda warm_up_steps: warm_up_steps, 1.0),
            (lambda warm_up_steps, stable_steps: warm_up_steps + stable_steps, 1.0),
            (
                lambda warm_up_steps, stable_steps, decay_steps: (
                    warm_up_steps + stable_steps + decay_steps
                ),
                lambda final_fraction: final_fraction,
            ),
        ),
        continuous(at_most=1.0),
        rejects({"warm_up_steps": -1}, {"final_fraction": 1.5}),
    ),
)
def warmup_stable_decay(
    steps: Array,
    base_rate: Array,
    *,
    start_fraction: Annotated[float, Between(2.0**-7, 1.0, log=True)] = 0.25,
    final_fraction: Annotated[float, Between(0.0, 1.0)] = 0.125,
    warm_up_steps: Annotated[int, OneOf((4, 1, 0, 30))] = 4,
    stable_steps: Annotated[int, OneOf((6, 1, 0))] = 6,
    decay_steps: Annotated[int, OneOf((8, 1, 50))] = 8,
) -> Array:
    """Trapezoid: linear warm-up, a plateau at the base rate, linear decay to the final rate.

    r_t = r_0 (a + (1 - a) t / W),  r_0,  r_0 (f + (1 - f) (T - t) / D),  f r_0

    t is the step; the parts last W = warm_up_steps, S = stable_steps and D = decay_steps, T is
    their sum; a is start_fraction, f final_fraction. Parts of no length are left out.

    *Numerics*: as `linear_warm_up` and `linear`.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the highest rate, a scalar array; unit of a learning rate.
        start_fraction: first rate over base rate.
        final_fraction: last rate over base rate, between 0 and 1.
        warm_up_steps: steps of the warm-up, at least 0.
        stable_steps: steps of the plateau, at least 0.
        decay_steps: steps of the decay, at least 1.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: a number of steps is out of its domain, or final_fraction not between 0 and 1.

    *Differences*: neither has it by name. torch joins LinearLR, ConstantLR(factor=1) and LinearLR
    by SequentialLR(milestones=[W, W + S]), optax the like by join_schedules; a part of no length
    is two milestones that are equal, and is skipped by both.

    Example:
        >>> warmup_stable_decay(np.array([0, 4, 10, 14, 18]), np.array(8.0))
        array([2. , 8. , 8. , 4.5, 1. ])
    """
    demand(
        warm_up_steps=warm_up_steps >= 0, stable_steps=stable_steps >= 0,
        decay_steps=decay_steps >= 1, final_fraction=0 <= final_fraction <= 1,
    )  # fmt: skip
    real = base_rate.dtype.type
    taken = np.minimum(steps, warm_up_steps).astype(real) / real(max(warm_up_steps, 1))
    line = real(start_fraction) + (1 - real(start_fraction)) * taken
    left = np.clip(warm_up_steps + stable_steps + decay_steps - steps, 0, decay_steps)
    fall = real(final_fraction) + (1 - real(final_fraction)) * left.astype(real) / real(decay_steps)
    return base_rate * np.where(steps < warm_up_steps, line, fall)
