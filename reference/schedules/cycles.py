"""Cycles: rates that rise and fall, once or again and again.

Step 0 is the first step of training. Rates have the dtype of the base rate, and a schedule is a
function of the step alone: a library whose schedule keeps state is walked from step to step.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from reference.demands import POW, demand
from reference.facts import follows_the_step, proportional, rejects, stays_between
from reference.numerics import ULPS, Array
from reference.schedule_facts import begins_anywhere, continuous, passes, periodic, rises
from reference.technique import Accuracy, Between, OneOf, technique

_WAVES = Accuracy(ulps=ULPS["div"] + 6, inputs=1)
_CYCLIC = (
    follows_the_step,
    begins_anywhere,
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
