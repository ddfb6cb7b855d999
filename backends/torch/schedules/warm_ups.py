"""Warm-ups of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from math import log
from typing import Annotated, Any

import numpy as np
from torch.optim import lr_scheduler

from backends.binding import Bound, absent, deviates, offers
from backends.equations.schedules.checkpoints import (
    FROM_THE_BOTTOM,
    TWICE_THE_FACTOR,
    counts_from_where_it_is_begun,
    multiplies_twice,
)
from backends.nonsense import accepts
from backends.torch.schedules import (
    NO_SIXTEEN_BITS,
    SINGLE_AND_DOUBLE,
    fills,
    walked,
)
from reference.technique import OneOf

# The factor is rounded and multiplied, 2 u a step; its own d carries 5 u |d| / (1 + d), which sum
# up to 5 u ln(1 / a) with a warm-up from a; and one product at the start.
_LINEAR = Bound(
    "|error| <= u r_t (2 min(t, W) + 5 ln(1 / a) + 1) + accepted",
    lambda step, warm_up_steps, start_fraction, y, u, allowed: (
        u * y * (2 * np.minimum(step, warm_up_steps) + 5 * log(1 / start_fraction) + 1) + allowed
    ),
)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    "agrees_with_reference",
    where=lambda step: step > 0,
    at_most=_LINEAR,
    because="every rate is the last one times a factor, rounded each time: errors add up",
    witness={"step": 900, "warm_up_steps": 1000, "base_rate": 1.5},
)
@counts_from_where_it_is_begun(FROM_THE_BOTTOM, step=4)
@fills(2)
@accepts("warm_up_steps=-1", because="torch does not check it")
def linear_warm_up(
    steps: Any,
    base_rate: Any,
    *,
    start_fraction: float = 0.25,
    warm_up_steps: Annotated[int, OneOf((5, 1, 0, 97))] = 5,
) -> Any:
    def build(optimizer: Any, last: int) -> Any:
        return lr_scheduler.LinearLR(optimizer, start_fraction, 1.0, warm_up_steps, last)

    return walked(build, steps, base_rate)


exponential_warm_up = absent(
    "ExponentialLR with gamma > 1 has no end; write LambdaLR(optimizer, lambda t: a ** (max(W - t,"
    " 0) / W))."
)

_NEVER_GOES = Bound(
    "|error| <= r_0 (1 - a) + accepted: the factor stays on",
    lambda start_fraction, base_rate, allowed: base_rate * (1 - start_fraction) + allowed,
)


def _never_goes(law: str) -> Any:
    return deviates(
        law,
        where=lambda warm_up_steps: warm_up_steps == 0,
        at_most=_NEVER_GOES,
        because="ConstantLR takes its factor off at step W only if step 0 was before it: with"
        " total_iters=0 it stays on for ever, against its own closed form",
        witness={"step": 3, "warm_up_steps": 0},
    )


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@_never_goes("agrees_with_reference")
@counts_from_where_it_is_begun(FROM_THE_BOTTOM, step=7)
@multiplies_twice(TWICE_THE_FACTOR, step=5)
@fills(2)
def constant_warm_up(
    steps: Any,
    base_rate: Any,
    *,
    start_fraction: float = 0.25,
    warm_up_steps: Annotated[int, OneOf((5, 1, 0, 97))] = 5,
) -> Any:
    def build(optimizer: Any, last: int) -> Any:
        return lr_scheduler.ConstantLR(optimizer, start_fraction, warm_up_steps, last)

    return walked(build, steps, base_rate)
