"""Functions of the step, by torch.optim.lr_scheduler and swa_utils, walked on a dummy optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.optim import lr_scheduler, swa_utils

from backends.binding import Bound, deviates, offers
from backends.equations.schedules.checkpoints import FROM_THE_TOP, counts_from_where_it_is_begun
from backends.nonsense import accepts
from backends.torch.schedules import NO_SIXTEEN_BITS, SINGLE_AND_DOUBLE, fills_its_rate, walked

# (1 + u)^t - 1 <= (t + 1) u while t^2 u <= 2: t roundings of the products.
_PRODUCTS = Bound(
    "|error| <= u (t + 1) r_t + accepted",
    lambda step, y, u, allowed: u * (step + 1) * y + allowed,
)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@fills_its_rate
def share_of_the_base_rate(
    steps: Any, base_rate: Any, *, shares: tuple[float, ...] = (1.0, 0.5, 0.25)
) -> Any:
    def build(o: Any, last: int) -> Any:
        return lr_scheduler.LambdaLR(o, lambda t: shares[t % len(shares)], last)

    return walked(build, steps, base_rate)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@counts_from_where_it_is_begun(FROM_THE_TOP, step=7)
@fills_its_rate
def product_of_factors(
    steps: Any, base_rate: Any, *, factors: tuple[float, ...] = (0.5, 0.875, 1.0)
) -> Any:
    def build(o: Any, last: int) -> Any:
        return lr_scheduler.MultiplicativeLR(o, lambda t: factors[t % len(factors)], last)

    return walked(build, steps, base_rate)


# Before every step r_0 is found again, from (r - a f r_0) / (1 - a): product, difference and what r
# has lost are divided by 1 - a(t - 1), then multiplied by 1 - a(t), which is less. With quotient,
# a, 1 - a, two products and the sum, a step rounds eight times, each by u of the larger end.
_FOUND_AGAIN = Bound(
    "|error| <= u max(1, f) r_0 (8 min(t, T) + 8) + accepted",
    lambda step, decay_steps, final_fraction, base_rate, u, allowed: (
        u * max(1.0, final_fraction) * base_rate * (8 * np.minimum(step, decay_steps) + 8) + allowed
    ),
)
_ANNEALS_AGAIN = Bound(
    "|error| <= r_0 |1 - f| + accepted: rates are those of other steps",
    lambda final_fraction, base_rate, allowed: base_rate * abs(1 - final_fraction) + allowed,
)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    "agrees_with_reference",
    where=lambda step: step > 0,
    at_most=_FOUND_AGAIN,
    because="every rate is found from the one before it, (r - a f r_0) / (1 - a), so that roundings"
    " add up",
    witness={
        "float64": {"step": 7812, "decay_steps": 10_000, "final_fraction": 0.0625},
        "float32": {"step": 6052, "decay_steps": 10_000, "final_fraction": 0.0625},
    },
)
@deviates(
    "starts_at_any_step",
    where=lambda step: step > 0,
    at_most=_ANNEALS_AGAIN,
    because="SWALR counts its own calls, whatever last_epoch is: annealing begins anew",
    witness={"step": 5},
)
@fills_its_rate
@accepts("final_fraction=-0.5", because="torch does not check it")
def anneal_for_averaging(
    steps: Any,
    base_rate: Any,
    *,
    final_fraction: float = 0.5,
    decay_steps: int = 10,
    between: str = "cosine",
) -> Any:
    strategy: Any = {"cosine": "cos", "linear": "linear"}[between]
    final = float(final_fraction * base_rate)

    def build(o: Any, last: int) -> Any:
        return swa_utils.SWALR(o, final, decay_steps, strategy, last)

    return walked(build, steps, base_rate)
