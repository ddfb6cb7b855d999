"""Warm-ups: rates that rise to the base rate, and stay there.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.demands import POW, demand
from reference.facts import ends, follows_the_step, proportional, rejects, stays_between
from reference.numerics import Array
from reference.schedule_facts import begins_anywhere, continuous, passes, piecewise, rises
from reference.stored import stored
from reference.technique import Accuracy, Between, OneOf, technique

_UP = (
    follows_the_step,
    begins_anywhere,
    proportional,
    stays_between(low=lambda start_fraction: start_fraction, high=1.0),
    rises(until=2**31 - 1),
)
_STARTS = ends(
    after=lambda warm_up_steps: warm_up_steps,
    start=lambda start_fraction: start_fraction,
    end=lambda start_fraction, warm_up_steps: 1.0 if warm_up_steps else start_fraction,
)


@technique(
    source="Goyal et al. 2017, Accurate, large minibatch SGD, section 2.2",
    accuracy=Accuracy(ulps=7, inputs=1),
    facts=(
        *_UP,
        _STARTS,
        continuous(at_most=lambda start_fraction, warm_up_steps: (
            (1 - start_fraction) / max(warm_up_steps, 1))),
        rejects({"warm_up_steps": -1}, {"start_fraction": 1.5}, {"start_fraction": -0.5}),
    ),
)  # fmt: skip
def linear_warm_up(
    steps: Array,
    base_rate: Array,
    *,
    start_fraction: Annotated[float, Between(2.0**-7, 1.0, log=True)] = 0.25,
    warm_up_steps: Annotated[int, OneOf((5, 1, 0, 97, 10_000_000))] = 5,
) -> Array:
    """Linear warm-up: in equal steps from a fraction of the base rate to all of it.

    r_t = r_0 (a + (1 - a) min(t, W) / W),  a r_0 where W = 0

    t is the step, a start_fraction, W warm_up_steps. Step W is the first with the base rate. A
    warm-up of no length never begins: the rate stays at its start.

    *Numerics*: all terms are positive, so nothing cancels. The quotient of two rounded numbers (3),
    1 - a, two products and two sums, of half an ulp each, and a factor of 2 where they carry.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate after the warm-up, a scalar array; unit of a learning rate.
        start_fraction: first rate over base rate, above 0, at most 1.
        warm_up_steps: first step with the base rate, at least 0.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: warm_up_steps is negative, or start_fraction not in (0, 1].

    *Differences*: torch.optim.lr_scheduler.LinearLR takes `start_factor` = a (not 0: the next rate
    is a multiple of the last) and `total_iters` = W, and multiplies the last rate.
    optax.warmup_constant_schedule takes `init_value` = a r_0, which may be 0, `peak_value` = r_0,
    `warmup_steps` = W. Both have the base rate at t = W first, after W smaller ones, and both take
    W = 0 for no change at all: the rate stays a r_0 for ever.

    Example:
        >>> linear_warm_up(np.array([0, 1, 4, 9]), np.array(8.0), warm_up_steps=4)
        array([2. , 3.5, 8. , 8. ])
    """
    demand(warm_up_steps=warm_up_steps >= 0, start_fraction=0 < start_fraction <= 1)
    real = base_rate.dtype.type
    taken = np.minimum(steps, warm_up_steps).astype(real) / real(max(warm_up_steps, 1))
    return base_rate * (real(start_fraction) + (1 - real(start_fraction)) * taken)


@technique(
    source="Abadi et al. 2016, TensorFlow, tf.train.exponential_decay with a factor above 1",
    accuracy=Accuracy(ulps=POW + 2, inputs=1),
    facts=(
        *_UP,
        ends(
            after=lambda warm_up_steps: warm_up_steps,
            start=lambda start_fraction: start_fraction,
            end=1.0,
        ),
        rejects({"warm_up_steps": 0}, {"start_fraction": -0.5}),
    ),
)
def exponential_warm_up(
    steps: Array,
    base_rate: Array,
    *,
    start_fraction: Annotated[float, Between(2.0**-7, 1.0, log=True)] = 0.25,
    warm_up_steps: Annotated[int, OneOf((5, 1, 97, 10_000_000))] = 5,
) -> Array:
    """Exponential warm-up: by equal factors from a fraction of the base rate to all of it.

    r_t = r_0 a^(max(W - t, 0) / W)

    t is the step, a start_fraction, W warm_up_steps. Step W is the first with the base rate.

    *Numerics*: W - t is exact in integers; the exponent is marked as stored with 3 roundings. A
    power of OpenCL's 16 ulps, and two products.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate after the warm-up, a scalar array; unit of a learning rate.
        start_fraction: first rate over base rate, above 0, at most 1.
        warm_up_steps: first step with the base rate, at least 1.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: warm_up_steps is less than 1, or start_fraction not in (0, 1].

    *Differences*: optax.exponential_decay rises when its `decay_rate` is above 1: `init_value` =
    a r_0, `decay_rate` = 1 / a, `transition_steps` = W and `end_value` = r_0, which is then the
    highest rate. torch's ExponentialLR with gamma > 1 has no end.

    Example:
        >>> exponential_warm_up(np.array([0, 2, 4, 9]), np.array(8.0), warm_up_steps=4)
        array([2., 4., 8., 8.])
    """
    demand(warm_up_steps=warm_up_steps >= 1, start_fraction=0 < start_fraction <= 1)
    real = base_rate.dtype.type
    left = np.maximum(warm_up_steps - steps, 0).astype(real) / real(warm_up_steps)
    left = np.where(left > 0, stored(left, 3), left)  # at the end it is exactly 0
    return base_rate * real(start_fraction) ** left


@technique(
    source="He et al. 2016, Deep residual learning for image recognition, section 4.2",
    accuracy=Accuracy(ulps=2, inputs=1),
    facts=(
        *_UP,
        passes(
            (lambda warm_up_steps: max(warm_up_steps - 1, 0),
             lambda start_fraction, warm_up_steps: start_fraction if warm_up_steps else 1.0),
            (lambda warm_up_steps: warm_up_steps, 1.0),
        ),
        piecewise(at=lambda warm_up_steps: (warm_up_steps,)),
        rejects({"start_fraction": 1.5}, {"start_fraction": -0.5}),
    ),
)  # fmt: skip
def constant_warm_up(
    steps: Array,
    base_rate: Array,
    *,
    start_fraction: Annotated[float, Between(2.0**-7, 1.0, log=True)] = 0.25,
    warm_up_steps: Annotated[int, OneOf((5, 1, 0, 97, 10_000_000))] = 5,
) -> Array:
    """Constant warm-up: a fraction of the base rate at first, then all of it at once.

    r_t = a r_0 for t < W,  r_0 from t = W on

    t is the step, a start_fraction, W warm_up_steps: W rates are smaller.

    *Numerics*: a product; two more for a library that divides the factor out again.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate after the warm-up, a scalar array; unit of a learning rate.
        start_fraction: first rates over base rate, above 0, at most 1.
        warm_up_steps: first step with the base rate, at least 0.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: start_fraction is not in (0, 1].

    *Differences*: torch.optim.lr_scheduler.ConstantLR takes `factor` = a and `total_iters` = W; it
    multiplies by a at step 0 and by 1 / a at step W, so that with W = 0 the factor never goes (its
    own closed form says it does). optax joins two constants at the boundary W.

    Example:
        >>> constant_warm_up(np.array([0, 4, 5]), np.array(8.0))
        array([2., 2., 8.])
    """
    demand(start_fraction=0 < start_fraction <= 1)
    return np.where(
        steps < warm_up_steps, base_rate * base_rate.dtype.type(start_fraction), base_rate
    )
