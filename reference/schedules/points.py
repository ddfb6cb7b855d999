"""Points: rates that go through given values at given steps.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.demands import demand
from reference.facts import follows_the_step, proportional, rejects
from reference.numerics import ULPS, Array
from reference.schedule_facts import begins_anywhere, passes
from reference.technique import Accuracy, OneOf, technique

_PI = np.arctan2(np.longdouble(0), np.longdouble(-1))


@technique(
    source="DeepMind 2020, optax, piecewise_interpolate_schedule",
    accuracy=Accuracy(ulps=2 * ULPS["sin"] + 10, inputs=1),
    facts=(
        follows_the_step,
        begins_anywhere,
        proportional,
        passes(
            (0, 1.0),
            (lambda milestones: milestones[0], lambda scales: scales[0]),
            (lambda milestones: milestones[-1], lambda scales: float(np.prod(scales))),
            (lambda milestones: milestones[-1] + 9, lambda scales: float(np.prod(scales))),
        ),
        rejects({"scales": (-0.5, 1.0)}),
    ),
)
def piecewise_interpolate(
    steps: Array,
    base_rate: Array,
    *,
    milestones: Annotated[tuple[int, ...], OneOf(((4, 10), (1, 2), (30, 97)))] = (4, 10),
    scales: Annotated[tuple[float, ...], OneOf(((0.5, 0.125), (2.0, 0.25)))] = (0.5, 0.125),
    between: Literal["linear", "cosine"] = "linear",
) -> Array:
    """Through points: from milestone to milestone in lines or half waves.

    r_t = v_k + (v_(k-1) - v_k) w((m_k - t) / (m_k - m_(k-1))) for m_(k-1) <= t < m_k

    t is the step, m_k milestones (m_0 = 0), v_k = r_0 s_1 ... s_k with scales s: each multiplies
    the value before it. w(x) = x, or sin^2(pi x / 2) with between="cosine". After the last
    milestone the rate stays.

    *Numerics*: m_k - t is exact in integers; a squared sine counts twice; the values are products.

    Args:
        steps: steps, int32, of any shape; rows are legs of one run, in order.
        base_rate: the rate at step 0, a scalar array; unit of a learning rate.
        milestones: steps of the points, in order.
        scales: factors from one point to the next, at least 0, as many as milestones.
        between: lines or half waves.

    Returns:
        Rates shaped like steps, in the dtype of base_rate.

    Raises:
        ValueError: a scale is negative, or there are not as many as milestones.

    *Differences*: optax.piecewise_interpolate_schedule takes a dict {milestone: scale}; scales
    are factors, not values. torch has none: write LambdaLR.

    Example:
        >>> piecewise_interpolate(np.array([0, 2, 4, 7, 10, 11]), np.array(16.0))
        array([16. , 12. ,  8. ,  4.5,  1. ,  1. ])
    """
    demand(scales=min(scales) >= 0 and len(scales) == len(milestones))
    real = base_rate.dtype.type
    corners = np.array([0, *milestones])
    values = base_rate * np.cumprod(np.array([1, *scales], real))
    at = np.clip(np.searchsorted(corners, steps, side="right"), 1, len(milestones))
    left = np.maximum(corners[at] - steps, 0) / (corners[at] - corners[at - 1]).astype(real)
    share = left.astype(real)
    if between == "cosine":
        share = np.sin(real(_PI) / 2 * share) ** 2
    return values[at] + (values[at - 1] - values[at]) * share
