"""Lines: rates that fall to a final one along a line, or a power of it, and stay there.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.demands import POW, demand
from reference.facts import ends, falls, follows_the_step, proportional, rejects, stays_between
from reference.numerics import Array
from reference.schedule_facts import begins_anywhere, continuous
from reference.stored import stored
from reference.technique import Accuracy, Between, OneOf, technique

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
        begins_anywhere,
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
    facts=(follows_the_step, begins_anywhere, proportional, *_TO_THE_END),
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
