"""What torch's schedulers make of last_epoch: a run that is begun anew at a later step.

A scheduler that is built with last_epoch = k steps once, to k + 1. Those that multiply the rate as
it stands need an optimizer that holds the right one: some leave it alone, some multiply it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_LAW = "starts_at_any_step"

FROM_THE_TOP = Bound(
    "|error| <= r_0 - r_t + accepted: rates are those of a run that begins here",
    lambda y, base_rate, allowed: base_rate - y + allowed,
)
FROM_THE_BOTTOM = Bound(
    "|error| <= r_t (1 - a) + accepted: rates are those of a run that begins here, with a r_0",
    lambda y, start_fraction, allowed: y * (1 - start_fraction) + allowed,
)
# 1 / a, and the products with a and with it, round once each.
TWICE_THE_FACTOR = Bound(
    "|error| <= r_t ((1 + 4 u) / a - 1) + accepted: 1 / a is multiplied in again",
    lambda y, start_fraction, u, allowed: y * ((1 + 4 * u) / start_fraction - 1) + allowed,
)
TWICE_THE_STAIR = Bound(
    "|error| <= r_t (1 - d^(t // s)) + 2 accepted: at each boundary d is multiplied in again",
    lambda y, step, step_size, decay_rate, allowed: (
        y * (1 - np.power(float(decay_rate), step // step_size)) + 2 * allowed
    ),
)
TWICE_AT_MILESTONES = Bound(
    "|error| <= r_t (1 - d^n) + 2 accepted, n milestones up to t: at each d is multiplied in again",
    lambda y, step, milestones, decay_rate, allowed: (
        y * (1 - np.power(float(decay_rate), sum(step >= m for m in milestones))) + 2 * allowed
    ),
)
ANY_OF_ITS_RATES = Bound(
    "|error| <= max(r_0 - r_t, r_t) + accepted: rates are those of other steps",
    lambda y, base_rate, allowed: np.maximum(base_rate - y, y) + allowed,
)


def counts_from_where_it_is_begun(at_most: Bound, **witness: Any) -> Decorator:
    """Register that a schedule begun late goes on from whatever rate the optimizer holds."""
    return deviates(
        _LAW,
        where=lambda begun: begun == "fresh",
        at_most=at_most,
        because="every rate is the last one times a factor: built with last_epoch beside an"
        " optimizer that holds the rate of step 0, the schedule goes on from that rate",
        witness=witness,
    )


def multiplies_twice(at_most: Bound, **witness: Any) -> Decorator:
    """Register that a scheduler built on a boundary multiplies its factor in a second time."""
    return deviates(
        _LAW,
        where=lambda begun, step: (begun == "restored") & (step > 0),
        at_most=at_most,
        because="the constructor steps: where last_epoch + 1 is a boundary, a rate that was"
        " restored has the factor already, and gets it again",
        witness=witness,
        link="https://github.com/pytorch/pytorch/issues/102261",
    )


def begins_with_its_first_part(at_most: Bound = ANY_OF_ITS_RATES, **witness: Any) -> Decorator:
    """Register that SequentialLR, built with last_epoch, begins its parts anew."""
    return deviates(
        _LAW,
        where=lambda step: step > 0,
        at_most=at_most,
        because="SequentialLR sets rates back to the first, and begins its first part at step 0,"
        " whatever last_epoch is",
        witness=witness,
    )
