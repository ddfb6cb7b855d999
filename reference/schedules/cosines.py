"""Cosines: rates that follow half a wave, once, again and again, or after a warm-up.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from reference.demands import demand
from reference.facts import ends, falls, follows_the_step, proportional, rejects, stays_between
from reference.numerics import ULPS, Array
from reference.schedule_facts import begins_anywhere, continuous, passes, rises
from reference.technique import Accuracy, Between, OneOf, technique

_PI = np.arctan2(np.longdouble(0), np.longdouble(-1))


@technique(
    source="Loshchilov and Hutter 2017, SGDR: stochastic gradient descent with warm restarts, (5)",
    accuracy=Accuracy(ulps=2 * ULPS["sin"] + 7, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=lambda final_fraction: final_fraction, high=1.0),
        falls(until=lambda decay_steps: decay_steps),
        ends(
            after=lambda decay_steps: decay_steps,
            start=1.0,
            end=lambda final_fraction: final_fraction,
        ),
        continuous(at_most=lambda decay_steps: np.pi / 2 / decay_steps),
        rejects(
            {"decay_steps": 0},
            {"decay_steps": -1},
            {"final_fraction": 1.5},
            {"final_fraction": -0.5},
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

    Raises:
        ValueError: decay_steps is less than 1, or final_fraction not between 0 and 1.

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
    demand(decay_steps=decay_steps >= 1, final_fraction=0 <= final_fraction <= 1)
    left = _left(steps, decay_steps, past_the_end)
    return _waved(left, decay_steps, base_rate, base_rate.dtype.type(final_fraction))


@technique(
    source="Loshchilov and Hutter 2017, SGDR: stochastic gradient descent with warm restarts, (5)",
    accuracy=Accuracy(ulps=2 * ULPS["sin"] + 7, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=lambda final_fraction: final_fraction, high=1.0),
        passes(
            (0, 1.0),
            (lambda first_steps: first_steps, lambda cycles, final_fraction: (
                final_fraction if cycles == 1 else 1.0)),
            (
                lambda first_steps, growth: first_steps * (1 + growth),
                lambda cycles, final_fraction: 1.0 if cycles in (0, 3) else final_fraction,
            ),
        ),
        rejects({"first_steps": 0}, {"final_fraction": 1.5}),
    ),
)  # fmt: skip
def cosine_with_restarts(
    steps: Array,
    base_rate: Array,
    *,
    final_fraction: Annotated[float, Between(0.0, 1.0)] = 0.0,
    first_steps: Annotated[int, OneOf((10, 1, 3, 97))] = 10,
    growth: Annotated[int, OneOf((2, 1, 3))] = 2,
    cycles: Annotated[int, OneOf((0, 3, 1))] = 0,
) -> Array:
    """Cosine with warm restarts: from the base rate down to the final one, again and again.

    r_t = r_0 (f + (1 - f) (1 + cos(pi (t - t_k) / T_k)) / 2),  t_k <= t < t_(k+1) = t_k + T_k

    t is the step, f final_fraction, T_0 first_steps, T_(k+1) = m T_k with m growth, t_0 = 0. A
    restart's own step has the base rate, so that the final rate is never quite reached. With
    cycles = n the rate is the final one from t_n on; with 0 it goes on for ever.

    *Numerics*: t - t_k is exact in integers; the wave is the one of `cosine`.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at every restart, a scalar array; unit of a learning rate.
        final_fraction: final rate over base rate, between 0 and 1.
        first_steps: length of the first cycle, at least 1.
        growth: how many times longer every cycle is than the one before, at least 1.
        cycles: how many of them; 0 for no end.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: first_steps or growth less than 1, or final_fraction not between 0 and 1.

    *Differences*: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts takes `T_0`, `T_mult` and
    `eta_min` = f r_0 (a Python number: a tensor raises) and has no end; in its mode of fractional
    epochs, `step(epoch)`, it finds the cycle by a logarithm. optax.sgdr_schedule takes one dict a
    cycle, `warmup_steps` = 0, `decay_steps` = T_k (no growth: write the lengths out), and holds
    after the last. Both restart at t = t_k: no off-by-one lies between them.

    Example:
        >>> cosine_with_restarts(np.array([0, 5, 9, 10, 20, 30]), np.array(2.0)).round(2)
        array([2.  , 1.  , 0.05, 2.  , 1.  , 2.  ])
    """
    demand(
        first_steps=first_steps >= 1, growth=growth >= 1, final_fraction=0 <= final_fraction <= 1
    )
    real = base_rate.dtype.type
    begun, length = np.zeros_like(steps), np.full_like(steps, first_steps)
    k = 1
    while k != cycles and np.any(over := steps >= begun + length):
        begun = np.where(over, begun + length, begun)
        length = np.where(over, length * growth, length)
        k += 1
    left = np.maximum(length - (steps - begun), 0)
    return _waved(left, length, base_rate, real(final_fraction))


@technique(
    source="He et al. 2019, Bag of tricks for image classification, section 5.1",
    accuracy=Accuracy(ulps=2 * ULPS["sin"] + 7, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(
            low=lambda start_fraction, final_fraction: min(final_fraction, start_fraction), high=1.0
        ),
        rises(until=lambda warm_up_steps: warm_up_steps),
        passes(
            (0, lambda start_fraction, warm_up_steps: start_fraction if warm_up_steps else 1.0),
            (lambda warm_up_steps: warm_up_steps, 1.0),
            (lambda total_steps: total_steps, lambda final_fraction: final_fraction),
        ),
        rejects({"total_steps": 5, "warm_up_steps": 5}, {"warm_up_steps": -1}),
    ),
)
def warmup_cosine(
    steps: Array,
    base_rate: Array,
    *,
    start_fraction: Annotated[float, Between(2.0**-7, 1.0, log=True)] = 0.25,
    final_fraction: Annotated[float, Between(0.0, 1.0)] = 0.0,
    warm_up_steps: Annotated[int, OneOf((3, 1, 0, 5))] = 3,
    total_steps: Annotated[int, OneOf((13, 6, 97, 10_000_000))] = 13,
    past_the_end: Literal["holds", "swings_back"] = "holds",
) -> Array:
    """Linear warm-up, then half a wave of the cosine.

    r_t = r_0 (a + (1 - a) t / W) for t < W,  else the cosine of t - W over T - W steps

    t is the step, a start_fraction, W warm_up_steps, T total_steps (the warm-up is part of them).
    Step W has the base rate itself; past T it is held, or swings back as `cosine` has it.

    *Numerics*: t - W is exact in integers; the wave is the one of `cosine`; the line is shorter.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the highest rate, a scalar array; unit of a learning rate.
        start_fraction: first rate over base rate.
        final_fraction: final rate over base rate.
        warm_up_steps: step that has the base rate, at least 0.
        total_steps: step that has the final rate, more than warm_up_steps.
        past_the_end: hold the final rate, or swing back.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: warm_up_steps is negative, or total_steps not greater than it.

    *Differences*: optax.warmup_cosine_decay_schedule takes `init_value` = a r_0, `peak_value` =
    r_0, `end_value` = f r_0 and `decay_steps` = T, in which the warm-up counts. torch joins
    LinearLR(total_iters=W) and CosineAnnealingLR(T_max = T - W) by SequentialLR(milestones=[W]):
    there the warm-up does not count in T_max.

    Example:
        >>> warmup_cosine(np.array([0, 3, 8, 13]), np.array(1.0))
        array([0.25, 1.  , 0.5 , 0.  ])
    """
    demand(warm_up_steps=warm_up_steps >= 0, total_steps=total_steps > warm_up_steps)
    real = base_rate.dtype.type
    length = total_steps - warm_up_steps
    left = _left(np.maximum(steps - warm_up_steps, 0), length, past_the_end)
    wave = _waved(left, real(length), base_rate, real(final_fraction))
    start = real(start_fraction)
    line = base_rate * (start + (1 - start) * (steps.astype(real) / real(max(warm_up_steps, 1))))
    return np.where(steps < warm_up_steps, line, wave)


def _left(steps: Array, length: int, past_the_end: str) -> Array:
    """Steps to the nearest end of the wave: 0 past the end, unless it swings back."""
    if past_the_end == "holds":
        return np.maximum(length - steps, 0)
    return np.abs(length - steps % (2 * length))


def _waved(left: Array, length: Any, base_rate: Array, final: Any) -> Array:
    """Half a wave of this length, so many steps before its end."""
    real = base_rate.dtype.type
    wave = np.sin(real(_PI) * (left.astype(real) / (2 * np.asarray(length, real)))) ** 2
    return base_rate * (final + (1 - final) * wave)
