"""Cosines of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from math import cos, log, pi, sin
from typing import Annotated, Any, Literal

import numpy as np
from torch.optim import lr_scheduler

from backends.binding import Bound, deviates, offers
from backends.equations.schedules.checkpoints import (
    begins_with_its_first_part,
    counts_from_where_it_is_begun,
)
from backends.nonsense import accepts
from backends.torch.schedules import (
    NO_SIXTEEN_BITS,
    SINGLE_AND_DOUBLE,
    fills_its_rate,
    walked,
)
from reference.technique import OneOf

_UNCHECKED = "torch does not check it"

# With q_t = (1 + cos(pi t / T)) / 2 rounded, r_t - e = (r_(t-1) - e) q_t / q_(t-1): the quotients
# telescope, and leave three roundings a step, one of r_t when e is added, and 7 of q_t. Past the
# end q starts anew from (1 - cos(pi / T)) / 2 >= 1 / T^2: what r has lost by then (half an ulp of
# the cosines, 15 / T of their argument, two roundings of e = f r_0) and loses of e at each step
# (sum 1/k^2 < 1.65) grows T^2-fold.
_COSINE_DRIFT = Bound(
    "|error| <= u r_0 (4 t + 7), and past the end u r_0 (T^2 (1 + 3 f) + 15 T + 4 t + 7)",
    lambda step, base_rate, decay_steps, final_fraction, u: (
        (
            (step > decay_steps) * (decay_steps**2 * (1 + 3 * final_fraction) + 15 * decay_steps)
            + 4 * step
            + 7
        )
        * u
        * base_rate
    ),
)


# Begun at m, r_t - e is multiplied by (r_0 - e) / (r_m - e), at most 1 / sin^2(pi / (2 T)).
_FROM_THE_CREST = Bound(
    "|error| <= r_0 / sin^2(pi / (2 T)) + accepted: rates are those of a run that begins here",
    lambda base_rate, decay_steps, allowed: base_rate / sin(pi / (2 * decay_steps)) ** 2 + allowed,
)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    "agrees_with_reference",
    where=lambda step: step > 0,
    at_most=_COSINE_DRIFT,
    because="every rate is computed from the one before it, so that roundings add up; past the end"
    " they are divided by 1 + cos(pi t / T), which is about (pi / T)^2 / 2 there",
    witness={
        "float64": {"step": 20},
        "float32": {"step": 2000, "decay_steps": 1000, "final_fraction": 0.5},
    },
)
@counts_from_where_it_is_begun(_FROM_THE_CREST, step=7)
@fills_its_rate
@accepts("decay_steps=-1", "final_fraction=1.5", "final_fraction=-0.5", because=_UNCHECKED)
def cosine(
    steps: Any,
    base_rate: Any,
    *,
    final_fraction: float = 0.0,
    decay_steps: Annotated[int, OneOf((10, 1, 2, 97, 1000))] = 10,
    past_the_end: Literal["swings_back"] = "swings_back",
) -> Any:
    del past_the_end  # torch swings back
    final = final_fraction * base_rate
    return walked(
        lambda o, k: lr_scheduler.CosineAnnealingLR(o, decay_steps, final, k),
        steps,
        base_rate,
    )


# 1 + cos(pi t / T) is formed in doubles: pi, the quotient and the product round (3 pi), the cosine
# and the sum once each; half of that is left, and the final products and sum.
_COSINE_CANCELS = Bound(
    "|error| <= 12 2^-53 r_0 + accepted: 1 + cos cancels near the end of a cycle",
    lambda base_rate, allowed: 12 * 2.0**-53 * base_rate + allowed,
)


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    "agrees_with_reference",
    where=lambda step: step > 0,
    at_most=_COSINE_CANCELS,
    because="torch forms 1 + cos(pi t / T): near the end the rate is right to the ulp of r_0 only",
    witness={"step": 96, "first_steps": 97},
    dtypes=("float64",),
)
@deviates(
    "starts_at_any_step",
    where=lambda step, first_steps, growth: (growth > 1) & (step > first_steps),
    at_most=Bound("|error| <= r_0 + accepted", lambda base_rate, allowed: base_rate + allowed),
    because="last_epoch says how many steps there were, not how many restarts: cycles are as long"
    " as the first or the second",
    witness={"step": 35},
)
@fills_its_rate
@accepts("final_fraction=1.5", because=_UNCHECKED)
def cosine_with_restarts(
    steps: Any,
    base_rate: Any,
    *,
    final_fraction: float = 0.0,
    first_steps: int = 10,
    growth: int = 2,
    cycles: Annotated[int, OneOf((0,))] = 0,
) -> Any:
    del cycles  # torch has no end
    final = float(final_fraction * base_rate)

    def build(optimizer: Any, last: int) -> Any:
        return lr_scheduler.CosineAnnealingWarmRestarts(optimizer, first_steps, growth, final, last)

    return walked(build, steps, base_rate)


# Up to W: 2 u a step and the telescoped quotients, 5 u ln(1 / a) r_0; then the cosine's own drift.
_JOINED_DRIFT = Bound(
    "|error| <= u r_0 (4 t + 7 + 5 ln(1 / a)), and past the end, with n = T - W,"
    " u r_0 (n^2 (1 + 3 f) + 15 n + 4 t + 7)",
    lambda step, base_rate, start_fraction, final_fraction, warm_up_steps, total_steps, u: (
        u
        * base_rate
        * (
            (step > total_steps)
            * (
                (total_steps - warm_up_steps) ** 2 * (1 + 3 * final_fraction)
                + 15 * (total_steps - warm_up_steps)
            )
            + 4 * step
            + 7
            + 5 * log(1 / start_fraction)
        )
    ),
)


# Rates of other steps, and what those lose, as above; 5 ln(1 / a) <= 25 is in 5 n + 7. The wave's
# first factor is 2 / (1 + cos(pi / n)) = 1 / cos^2(pi / (2 n)), where 1 is due.
_JOINED_ANEW = Bound(
    "|error| <= max(r_0 - r_t, r_t) + r_0 (1 / cos^2(pi / (2 n)) - 1)"
    " + u r_0 (n^2 (1 + 3 f) + 20 n + 4 t + 7) + accepted, n = T - W",
    lambda y, step, base_rate, final_fraction, warm_up_steps, total_steps, u, allowed: (
        np.maximum(base_rate - y, y)
        + base_rate * _stretched(total_steps - warm_up_steps)
        + u * base_rate * _drift(total_steps - warm_up_steps, step, final_fraction)
        + allowed
    ),
)


def _stretched(length: int) -> float:
    return float(1 / cos(pi / (2 * length)) ** 2 - 1)


def _drift(length: int, step: Any, final_fraction: float) -> Any:
    return length**2 * (1 + 3 * final_fraction) + 20 * length + 4 * step + 7


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    "agrees_with_reference",
    where=lambda step: step > 0,
    at_most=_JOINED_DRIFT,
    because="every rate is computed from the one before it, so that roundings add up",
    witness={
        "float64": {"step": 95, "total_steps": 97},
        "float32": {"step": 2003, "total_steps": 1003, "final_fraction": 0.5},
    },
)
@begins_with_its_first_part(_JOINED_ANEW, step=3)
@fills_its_rate
@accepts("warm_up_steps=-1", because=_UNCHECKED)
def warmup_cosine(
    steps: Any,
    base_rate: Any,
    *,
    start_fraction: float = 0.25,
    final_fraction: float = 0.0,
    warm_up_steps: int = 3,
    total_steps: Annotated[int, OneOf((13, 6, 97))] = 13,
    past_the_end: Literal["swings_back"] = "swings_back",
) -> Any:
    del past_the_end  # torch swings back
    final, length = final_fraction * base_rate, total_steps - warm_up_steps

    def build(optimizer: Any, last: int) -> Any:
        line = lr_scheduler.LinearLR(optimizer, start_fraction, 1.0, warm_up_steps)
        wave = lr_scheduler.CosineAnnealingLR(optimizer, length, final)
        return lr_scheduler.SequentialLR(optimizer, [line, wave], [warm_up_steps], last)

    return walked(build, steps, base_rate)
