"""Schedules from functions: a share or a factor for every step, and the way to a constant rate.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.demands import POW, demand
from reference.facts import follows_the_step, proportional, rejects, stays_between
from reference.numerics import ULPS, Array
from reference.schedule_facts import begins_anywhere, geometric, passes, periodic
from reference.technique import Accuracy, Between, OneOf, technique

_PI = np.arctan2(np.longdouble(0), np.longdouble(-1))
_LONGEST = 3


def _lowest(shares: tuple[float, ...]) -> float:
    return min(shares)


def _highest(shares: tuple[float, ...]) -> float:
    return max(shares)


def _many_shares(shares: tuple[float, ...]) -> int:
    return len(shares)


def _many_factors(factors: tuple[float, ...]) -> int:
    return len(factors)


@technique(
    source="Paszke et al. 2019, PyTorch, lr_scheduler.LambdaLR",
    accuracy=Accuracy(ulps=1, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=_lowest, high=_highest),
        periodic(length=_many_shares),
        passes((0, lambda shares: shares[0]), (1, lambda shares: shares[1])),
    ),
)
def share_of_the_base_rate(
    steps: Array,
    base_rate: Array,
    *,
    shares: Annotated[
        tuple[float, ...], OneOf(((1.0, 0.5, 0.25), (0.25, 1.0), (1.0, 0.0, 2.0)))
    ] = (1.0, 0.5, 0.25),
) -> Array:
    """A share of the base rate for every step, by any function of it: here, a table over and over.

    r_t = r_0 s(t),  s(t) = s_(t mod n)

    t is the step, s_0 ... s_(n-1) are shares.

    *Numerics*: one product.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate that is multiplied, a scalar array; unit of a learning rate.
        shares: what it is multiplied by, at least 0.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    *Differences*: torch.optim.lr_scheduler.LambdaLR takes the function s of the step, and saves no
    lambda with its state. optax needs nothing: any function of the step is a schedule.

    Example:
        >>> share_of_the_base_rate(np.array([0, 1, 2, 3]), np.array(4.0))
        array([4., 2., 1., 4.])
    """
    table = np.array(shares, base_rate.dtype)
    return np.asarray(base_rate * table[steps % len(shares)])


@technique(
    source="Paszke et al. 2019, PyTorch, lr_scheduler.MultiplicativeLR",
    accuracy=Accuracy(ulps=_LONGEST * (POW + 1) + 1, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(low=0.0, high=1.0),
        geometric(every=_many_factors, factor=lambda factors: float(np.prod(factors))),
        passes((0, 1.0), (1, lambda factors: factors[1])),
    ),
)
def product_of_factors(
    steps: Array,
    base_rate: Array,
    *,
    factors: Annotated[tuple[float, ...], OneOf(((0.5, 0.875, 1.0), (1.0, 0.9375)))] = (
        0.5,
        0.875,
        1.0,
    ),
) -> Array:
    """A factor for every step but the first, by any function of it: here, a table over and over.

    r_t = r_0 f(1) f(2) ... f(t),  f(i) = f_(i mod n)

    t is the step, f_0 ... f_(n-1) are factors. The first step has no factor: f(0) is not used.

    *Numerics*: how often each factor occurs is exact in integers; a power of OpenCL's 16 ulps and a
    product for each of up to three.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate that is multiplied, a scalar array; unit of a learning rate.
        factors: two or three of them, above 0 and at most 1.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    *Differences*: torch.optim.lr_scheduler.MultiplicativeLR takes the function f of the step.
    optax has none.

    Example:
        >>> product_of_factors(np.array([0, 1, 2, 3]), np.array(16.0), factors=(0.5, 0.25))
        array([16. ,  4. ,  2. ,  0.5])
    """
    real, count = base_rate.dtype.type, len(factors)
    rates = np.full(steps.shape, base_rate)
    for i, factor in enumerate(factors):
        times = (steps - i + count) // count - (i == 0)
        rates = rates * real(factor) ** np.maximum(times, 0).astype(real)
    return rates


@technique(
    source="Izmailov et al. 2018, Averaging weights leads to wider optima and better"
    " generalization, section 3.2; Paszke et al. 2019, PyTorch, swa_utils.SWALR",
    accuracy=Accuracy(ulps=2 * ULPS["sin"] + 10, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        stays_between(
            low=lambda final_fraction: min(final_fraction, 1.0),
            high=lambda final_fraction: max(final_fraction, 1.0),
        ),
        passes(
            (0, 1.0),
            (lambda decay_steps: decay_steps, lambda final_fraction: final_fraction),
            (lambda decay_steps: decay_steps + 1, lambda final_fraction: final_fraction),
        ),
        rejects({"decay_steps": -1}, {"final_fraction": -0.5}),
    ),
)
def anneal_for_averaging(
    steps: Array,
    base_rate: Array,
    *,
    final_fraction: Annotated[float, Between(2.0**-4, 4.0, log=True)] = 0.5,
    decay_steps: Annotated[int, OneOf((10, 1, 97))] = 10,
    between: Literal["cosine", "linear"] = "cosine",
) -> Array:
    """From the rate that training has to the constant one at which weights are averaged (SWA).

    r_t = r_0 (1 - a(x)) + f r_0 a(x),  x = min(t, T) / T,  a(x) = sin^2(pi x / 2), or x

    t is the step since annealing began, f final_fraction, T decay_steps. The constant rate may be
    above the one before.

    *Numerics*: 1 - a is sin^2(pi (1 - x) / 2), of T - t, which is exact in integers; squared sines
    count twice. Both terms have the same sign.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at step 0, a scalar array; unit of a learning rate.
        final_fraction: the constant rate over it, above 0.
        decay_steps: first step with the constant rate, at least 1.
        between: half a wave, or a line.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: final_fraction is negative, or decay_steps less than 1.

    *Differences*: torch.optim.swa_utils.SWALR takes `swa_lr` = f r_0, a rate, `anneal_epochs` = T
    and `anneal_strategy`. In optax, cosine_decay_schedule(alpha=f) and linear_schedule go there.

    Example:
        >>> anneal_for_averaging(np.array([0, 5, 10, 11]), np.array(4.0), between="linear")
        array([4., 3., 2., 2.])
    """
    demand(decay_steps=decay_steps >= 1, final_fraction=final_fraction >= 0)
    real = base_rate.dtype.type
    left = np.clip(decay_steps - steps, 0, decay_steps)
    parts = [x.astype(real) / real(decay_steps) for x in (left, decay_steps - left)]
    if between == "cosine":
        parts = [np.sin(real(_PI) / 2 * x) ** 2 for x in parts]
    return np.asarray(base_rate * (parts[0] + real(final_fraction) * parts[1]))
