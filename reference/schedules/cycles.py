"""Cycles: rates that rise and fall, once or again and again.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from reference.facts import follows_the_step, proportional, stays_between
from reference.numerics import ULPS, Array
from reference.schedule_facts import (
    continuous,
    finite,
    passes,
    periodic,
    rejects,
    rises,
)
from reference.schedules.demands import POW, demand
from reference.technique import Accuracy, Between, OneOf, technique

_PI = np.arctan2(np.longdouble(0), np.longdouble(-1))


def _one_cycle_facts(phases: int) -> tuple[Any, ...]:
    del phases
    return (
        follows_the_step,
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
    facts=_one_cycle_facts(2),
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
    facts=_one_cycle_facts(3),
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


_WAVES = Accuracy(ulps=ULPS["div"] + 6, inputs=1)
_CYCLIC = (
    follows_the_step,
    proportional,
    stays_between(low=1.0, high=lambda peak_ratio: peak_ratio),
    rises(until=lambda up_steps: up_steps),
    continuous(at_most=lambda peak_ratio, up_steps, down_steps: (
        (peak_ratio - 1) / min(up_steps, down_steps))),
    rejects({"up_steps": 0}, {"down_steps": -1}),
)  # fmt: skip
_ENDS = (
    (0, 1.0),
    (lambda up_steps, down_steps: up_steps + down_steps, 1.0),
)


@technique(
    source="Smith 2015, Cyclical learning rates for training neural networks, section 3",
    accuracy=_WAVES,
    facts=(
        *_CYCLIC,
        periodic(length=lambda up_steps, down_steps: up_steps + down_steps),
        passes(*_ENDS, (lambda up_steps: up_steps, lambda peak_ratio: peak_ratio)),
    ),
)
def triangular(
    steps: Array,
    base_rate: Array,
    *,
    peak_ratio: Annotated[float, Between(1.0, 64.0, log=True)] = 4.0,
    up_steps: Annotated[int, OneOf((4, 1, 13, 50))] = 4,
    down_steps: Annotated[int, OneOf((4, 1, 7, 2_000))] = 4,
) -> Array:
    """Triangles: up from the base rate to the peak and down again, in lines, for ever.

    r_t = r_0 (1 + (q - 1) x),  x = n / U for n <= U, else (U + D - n) / D,  n = t mod (U + D)

    t is the step, r_0 base_rate, q peak_ratio, U up_steps, D down_steps.

    *Numerics*: n is exact in integers. A quotient, a difference, a product, a sum and a product.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the lowest rate, a scalar array; unit of a learning rate.
        peak_ratio: highest rate over lowest, at least 1.
        up_steps: steps from the lowest rate to the highest, at least 1.
        down_steps: steps back, at least 1.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: up_steps or down_steps is less than 1.

    *Differences*: torch.optim.lr_scheduler.CyclicLR takes `base_lr` = r_0, `max_lr` = q r_0,
    `step_size_up` = U and `step_size_down` = D (None is U), and cycles the momentum too, unless
    told not to. It forms 1 + t / (U + D) - floor(...), which loses a bit at every doubling of the
    cycles. optax has none.

    Example:
        >>> triangular(np.array([0, 2, 4, 8, 12]), np.array(1.0), peak_ratio=3.0)
        array([1., 2., 3., 1., 3.])
    """
    return _triangle(steps, base_rate, peak_ratio, up_steps, down_steps, 1)


@technique(
    source="Smith 2015, Cyclical learning rates for training neural networks, section 3",
    accuracy=_WAVES,
    facts=(
        *_CYCLIC,
        passes(
            *_ENDS,
            (lambda up_steps: up_steps, lambda peak_ratio: peak_ratio),
            (
                lambda up_steps, down_steps: 2 * up_steps + down_steps,
                lambda peak_ratio: (1 + peak_ratio) / 2,
            ),
        ),
    ),
)
def triangular2(
    steps: Array,
    base_rate: Array,
    *,
    peak_ratio: Annotated[float, Between(1.0, 64.0, log=True)] = 4.0,
    up_steps: Annotated[int, OneOf((4, 1, 13, 50))] = 4,
    down_steps: Annotated[int, OneOf((4, 1, 7, 2_000))] = 4,
) -> Array:
    """Triangles that are half as high every time.

    r_t = r_0 (1 + (q - 1) x 2^-k),  k = floor(t / (U + D))

    t is the step, x the triangle of `triangular`, r_0 base_rate, q peak_ratio.

    *Numerics*: as `triangular`; a product with a power of two is exact.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the lowest rate, a scalar array; unit of a learning rate.
        peak_ratio: highest rate over lowest, at least 1.
        up_steps: steps from the lowest rate to the highest, at least 1.
        down_steps: steps back, at least 1.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: up_steps or down_steps is less than 1.

    *Differences*: torch.optim.lr_scheduler.CyclicLR with mode="triangular2", as for `triangular`;
    the paper halves the difference at the end of each cycle, as torch does. optax has none.

    Example:
        >>> triangular2(np.array([0, 4, 8, 12]), np.array(1.0), peak_ratio=3.0)
        array([1., 3., 1., 2.])
    """
    height = np.ldexp(1.0, -(steps // max(up_steps + down_steps, 1)))
    return _triangle(steps, base_rate, peak_ratio, up_steps, down_steps, height)


@technique(
    source="Smith 2015, Cyclical learning rates for training neural networks, section 3",
    accuracy=Accuracy(ulps=_WAVES.ulps + POW + 1, inputs=1),
    facts=(
        *_CYCLIC[:3],
        rejects({"up_steps": 0}, {"down_steps": -1}, {"decay_rate": -0.5}),
        passes(
            *_ENDS,
            (
                lambda up_steps: up_steps,
                lambda peak_ratio, decay_rate, up_steps: (
                    1 + (peak_ratio - 1) * decay_rate**up_steps),
            ),
        ),
    ),
)  # fmt: skip
def exp_range(
    steps: Array,
    base_rate: Array,
    *,
    peak_ratio: Annotated[float, Between(1.0, 64.0, log=True)] = 4.0,
    decay_rate: Annotated[float, Between(0.9, 1.0)] = 0.99,
    up_steps: Annotated[int, OneOf((4, 1, 13, 50))] = 4,
    down_steps: Annotated[int, OneOf((4, 1, 7, 2_000))] = 4,
) -> Array:
    """Triangles under an exponential.

    r_t = r_0 (1 + (q - 1) x g^t)

    t is the step, x the triangle of `triangular`, r_0 base_rate, q peak_ratio, g decay_rate.

    *Numerics*: as `triangular`, and a power of OpenCL's 16 ulps with its product.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the lowest rate, a scalar array; unit of a learning rate.
        peak_ratio: highest rate over lowest, at least 1.
        decay_rate: g, at least 0.
        up_steps: steps from the lowest rate to the highest, at least 1.
        down_steps: steps back, at least 1.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: up_steps or down_steps is less than 1, or decay_rate negative.

    *Differences*: torch.optim.lr_scheduler.CyclicLR with mode="exp_range", `gamma` = g, as for
    `triangular`: the exponent is the step, not the cycle. optax has none.

    Example:
        >>> exp_range(np.array([0, 1, 2]), np.array(1.0), decay_rate=0.5, up_steps=1, down_steps=1)
        array([1. , 2.5, 1. ])
    """
    demand(decay_rate=decay_rate >= 0)
    real = base_rate.dtype.type
    height = real(decay_rate) ** steps.astype(real)
    return _triangle(steps, base_rate, peak_ratio, up_steps, down_steps, height)


def _triangle(
    steps: Array, base_rate: Array, peak_ratio: float, up: int, down: int, height: Any
) -> Array:
    demand(up_steps=up >= 1, down_steps=down >= 1)
    real = base_rate.dtype.type
    place = steps % (up + down)
    x = np.where(place <= up, place.astype(real) / real(up), (up + down - place) / real(down))
    scale = x.astype(real) * np.asarray(height).astype(real)
    return base_rate * (1 + (real(peak_ratio) - 1) * scale)
