"""Equations for the size of deviations of optimizers that divide by the Hessian's diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound


def _nothing_over_nothing(
    gradient: Any, first_moment: Any, beta1: float, u: float, tiny: float, range_error: Any,
    allowed: Any,
) -> Any:  # fmt: skip
    kept, new = beta1 * first_moment, (1 - beta1) * gradient
    rounds = 4 * u * (abs(kept) + abs(new))
    vanishes = abs(kept + new) <= np.maximum(rounds, tiny)
    return np.where(vanishes, np.inf, range_error + allowed)


# The divisor is 0 where both y h and e are below the normal numbers, which XLA flushes: the
# quotient is infinite and is clipped as it should be, unless m is 0 as well.
NOTHING_OVER_NOTHING = Bound(
    "NaN = 0 / 0 where |m| <= 4 u (b1 |m'| + (1 - b1) |g|) or below the normal numbers; elsewhere"
    " |error| <= range_error + accepted",
    _nothing_over_nothing,
)
