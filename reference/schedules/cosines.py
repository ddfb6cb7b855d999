"""Cosines: rates that follow half a wave, once, again and again, or after a warm-up.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.facts import ends, falls, follows_the_step, proportional, stays_between
from reference.numerics import ULPS, Array
from reference.technique import Accuracy, Between, OneOf, technique

_PI = np.arctan2(np.longdouble(0), np.longdouble(-1))


@technique(
    source="Loshchilov and Hutter 2017, SGDR: stochastic gradient descent with warm restarts, (5)",
    accuracy=Accuracy(ulps=2 * ULPS["sin"] + 7, inputs=1),
    facts=(
        follows_the_step,
        proportional,
        stays_between(low=lambda final_fraction: final_fraction, high=1.0),
        falls(until=lambda decay_steps: decay_steps),
        ends(
            after=lambda decay_steps: decay_steps,
            start=1.0,
            end=lambda final_fraction: final_fraction,
        ),
    ),
)
def cosine(
    steps: Array,
    base_rate: Array,
    *,
    final_fraction: Annotated[float, Between(0.0, 1.0)] = 0.0,
    decay_steps: Annotated[int, OneOf((10, 1, 2, 97, 1000, 10_000_000))] = 10,
    past_the_end: Literal["holds", "swings_back"] = "holds",
) -> Array:
    """Cosine annealing: half a wave of the cosine from the base rate down to the final rate.

    r_t = r_0 (f + (1 - f) (1 + cos(pi t / T)) / 2)

    t is the step, held at T once past it or, with past_the_end="swings_back", left to swing on
    with period 2 T; T decay_steps, r_0 base_rate, f final_fraction.

    *Numerics*: (1 + cos(pi t / T)) / 2 is evaluated as sin^2(pi (T - t) / (2 T)), which is accurate
    to the end, where 1 + cos cancels; T - t is exact in integers. A sine counted twice (it is
    squared), three roundings of its argument twice, and four for 1 - f, two products and the sum,
    of half an ulp each, rounded up.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at step 0, a scalar array; unit of a learning rate.
        final_fraction: final rate over base rate.
        decay_steps: step at which the final rate is reached.
        past_the_end: hold the final rate, or swing back.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    *Differences*: torch.optim.lr_scheduler.CosineAnnealingLR takes T as `T_max`, the final rate
    itself as `eta_min` = f r_0, swings back, and computes each rate from the last one: errors add
    up, and T^2-fold past the end (its `last_epoch` resumes from the optimizer's rate as it stands,
    which must have been restored). optax.cosine_decay_schedule takes `decay_steps` and `alpha` = f,
    holds, and forms 1 + cos. Both reach the final rate at t = T, after T + 1 rates: no off-by-one
    lies between them (with T - 1 in place of T the last of T steps has the final rate).

    Example:
        >>> cosine(np.array([0, 5, 10, 12]), np.array(2.0))
        array([2., 1., 0., 0.])
    """
    real = base_rate.dtype.type
    if past_the_end == "holds":
        left = np.maximum(decay_steps - steps, 0)
    else:
        left = abs(decay_steps - steps % (2 * decay_steps))
    wave = np.sin(real(_PI) * (left.astype(real) / real(2 * decay_steps))) ** 2
    final = real(final_fraction)
    return base_rate * (final + (1 - final) * wave)
