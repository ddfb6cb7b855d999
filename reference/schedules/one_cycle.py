"""One cycle: up from a small rate to the highest, and down to a tiny one.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.demands import demand
from reference.facts import follows_the_step, proportional, rejects, stays_between
from reference.numerics import ULPS, Array
from reference.schedule_facts import begins_anywhere, finite, passes, rises
from reference.technique import Accuracy, OneOf, technique

_PI = np.arctan2(np.longdouble(0), np.longdouble(-1))


_FACTS = (
    follows_the_step,
    begins_anywhere,
    proportional,
    stays_between(low=lambda div_factor, final_div_factor: (
        min(1 / div_factor, 1 / (div_factor * final_div_factor))), high=1.0),
    rises(until=lambda warm_up_steps: warm_up_steps),
    passes(
        (0, lambda div_factor: 1 / div_factor),
        (lambda warm_up_steps: warm_up_steps, 1.0),
        (lambda total_steps: total_steps, lambda div_factor, final_div_factor: (
            1 / (div_factor * final_div_factor))),
        (
            lambda warm_up_steps, total_steps, phases: (
                2 * warm_up_steps if phases == 3 else total_steps),
            lambda div_factor, final_div_factor, phases: (
                1 / div_factor if phases == 3 else 1 / (div_factor * final_div_factor)),
        ),
    ),
    finite(after=lambda total_steps: total_steps),
    rejects({"total_steps": 0}, {"warm_up_steps": 50, "total_steps": 10}, {"div_factor": 0}),
)  # fmt: skip


@technique(
    source="Smith and Topin 2017, Super-convergence, section 3",
    accuracy=Accuracy(ulps=2 * ULPS["sin"] + 2 * ULPS["div"] + 9, inputs=1),
    facts=_FACTS,
)
def one_cycle_cosine(
    steps: Array,
    base_rate: Array,
    *,
    warm_up_steps: Annotated[int, OneOf((3, 1, 4))] = 3,
    total_steps: Annotated[int, OneOf((10, 29, 97, 10_000_000))] = 10,
    phases: Annotated[int, OneOf((2, 3))] = 2,
    div_factor: Annotated[int, OneOf((25, 10, 3))] = 25,
    final_div_factor: Annotated[int, OneOf((10_000, 100, 7))] = 10_000,
    past_the_end: Literal["holds", "raises"] = "holds",
) -> Array:
    """One cycle in waves: up from the first rate to the base rate, and down to a tiny one.

    r_t = e_i + (e_(i-1) - e_i) (1 + cos(pi (t - t_(i-1)) / (t_i - t_(i-1)))) / 2

    t is the step, between the corners t_(i-1) and t_i: 0, W and T with two phases, 0, W, 2 W and T
    with three. The rates there are r_0 / d, r_0 and r_0 / (d D), with a return to r_0 / d at 2 W.
    W is warm_up_steps, T total_steps, d div_factor, D final_div_factor, r_0 base_rate.

    *Numerics*: (1 + cos) / 2 is evaluated as a squared sine of what is left of the phase, which is
    exact in integers: its roundings are counted twice. Two quotients make each rate at a corner.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the highest rate, a scalar array; unit of a learning rate.
        warm_up_steps: W, the step with the highest rate, at least 1.
        total_steps: T, the last step, more than (phases - 1) W.
        phases: two; or three, the last of which goes from r_0 / d to the final rate.
        div_factor: base rate over first rate, above 0.
        final_div_factor: first rate over final rate.
        past_the_end: hold the final rate, or raise.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: hyper-parameters do not make phases, or a step is past the end that raises.

    *Differences*: both count phases by a share. optax.cosine_onecycle_schedule(T, r_0, `pct_start`)
    truncates p T: p = (W + 1/2) / T is W for certain, where W / T may come out as W - 1 (29/100
    of 100 is 28). torch.optim.lr_scheduler.OneCycleLR(total_steps, `pct_start`) has its last step
    at total_steps - 1 and its top at p total_steps - 1, not rounded: total_steps = T + 1 and p =
    (W + 1) / (T + 1) make the two equal. optax has two phases and holds; torch has both forms,
    goes one step past its end (the wave turns up again) and raises after that; W = 0 divides by
    zero there. torch also cycles the momentum, unless told not to.

    Example:
        >>> one_cycle_cosine(np.array([0, 3, 10, 11]), np.array(2.5), final_div_factor=10)
        array([0.1 , 2.5 , 0.01, 0.01])
    """
    start, end, share = _phase(
        steps, warm_up_steps, total_steps, phases, div_factor, final_div_factor, past_the_end,
        base_rate,
    )  # fmt: skip
    wave = np.sin(base_rate.dtype.type(_PI) / 2 * share) ** 2
    return end + (start - end) * wave


@technique(
    source="Smith and Topin 2017, Super-convergence, section 3",
    accuracy=Accuracy(ulps=2 * ULPS["div"] + 8, inputs=1),
    facts=_FACTS,
)
def one_cycle_linear(
    steps: Array,
    base_rate: Array,
    *,
    warm_up_steps: Annotated[int, OneOf((3, 1, 4))] = 3,
    total_steps: Annotated[int, OneOf((10, 29, 97, 10_000_000))] = 10,
    phases: Annotated[int, OneOf((3, 2))] = 3,
    div_factor: Annotated[int, OneOf((25, 10, 3))] = 25,
    final_div_factor: Annotated[int, OneOf((10_000, 100, 7))] = 10_000,
    past_the_end: Literal["holds", "raises"] = "holds",
) -> Array:
    """One cycle in lines: up from the first rate to the base rate, and down to a tiny one.

    r_t = e_i + (e_(i-1) - e_i) (t_i - t) / (t_i - t_(i-1))

    t is the step, between the corners t_(i-1) and t_i: 0, W and T with two phases, 0, W, 2 W and T
    with three. The rates there are r_0 / d, r_0 and r_0 / (d D), with a return to r_0 / d at 2 W.
    W is warm_up_steps, T total_steps, d div_factor, D final_div_factor, r_0 base_rate.

    *Numerics*: what is left of a phase is exact in integers. Two quotients make each rate at a
    corner; one more the share, and a difference, a product and a sum the rate.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the highest rate, a scalar array; unit of a learning rate.
        warm_up_steps: W, the step with the highest rate, at least 1.
        total_steps: T, the last step, more than (phases - 1) W.
        phases: three, the last of which goes from r_0 / d to the final rate; or two.
        div_factor: base rate over first rate, above 0.
        final_div_factor: first rate over final rate.
        past_the_end: hold the final rate, or raise.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: hyper-parameters do not make phases, or a step is past the end that raises.

    *Differences*: as for `one_cycle_cosine`. optax.linear_onecycle_schedule has three phases, and
    `pct_final` = (2 W + 1/2) / T for the second corner, which is free there (0.85); torch's second
    corner lies at 2 p total_steps - 2, which is 2 W. One step past its end torch's line goes on
    downwards, below the final rate.

    Example:
        >>> one_cycle_linear(np.array([0, 3, 6, 10]), np.array(2.5), final_div_factor=10)
        array([0.1 , 2.5 , 0.1 , 0.01])
    """
    start, end, share = _phase(
        steps, warm_up_steps, total_steps, phases, div_factor, final_div_factor, past_the_end,
        base_rate,
    )  # fmt: skip
    return end + (start - end) * share


def _phase(
    steps: Array, warm_up: int, total: int, phases: int, div: int, final_div: int,
    past_the_end: str, base_rate: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """First and last rate of the phase that each step is in, and the share of it that is left."""
    demand(
        warm_up_steps=warm_up > 0, total_steps=(phases - 1) * warm_up < total, div_factor=div > 0
    )
    demand(steps=past_the_end == "holds" or bool(np.all(steps <= total)))
    real = base_rate.dtype.type
    first = base_rate / real(div)
    rates = [first, base_rate, first, first / real(final_div)]
    corners = [0, warm_up, 2 * warm_up, total]
    if phases == 2:
        del rates[2], corners[2]
    at = np.clip(np.searchsorted(corners, steps, side="right"), 1, phases)
    ends = np.asarray(corners)[at]
    left = np.maximum(ends - steps, 0) / (ends - np.asarray(corners)[at - 1]).astype(real)
    return np.asarray(rates)[at - 1], np.asarray(rates)[at], left.astype(real)
