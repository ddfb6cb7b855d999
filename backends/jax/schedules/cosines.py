"""Cosines of optax: functions of the step."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import optax

from backends.binding import Bound, deviates, offers
from backends.jax.programs import untraceable
from backends.jax.schedules import FLOAT32_STEPS, IN_PYTHON, SINGLE_AND_DOUBLE
from backends.nonsense import accepts
from reference.technique import OneOf

_UNCHECKED = "optax does not check it"

# The argument pi t / T rounds three times (3 pi u), its cosine and the sum once each, and half of
# that is left; then come two products and a sum.
_COSINE_CANCELS = Bound(
    "|error| <= 12 v r_0 + accepted, v = 2^-24 (2^-53 in float64): 1 + cos cancels near the end",
    lambda base_rate, u, allowed: 12 * min(u, 2.0**-24) * base_rate + allowed,
)


@deviates(
    "agrees_with_reference",
    where=lambda step, decay_steps: (2 * step > decay_steps) & (step < decay_steps),
    at_most=_COSINE_CANCELS,
    because="optax forms 1 + cos(pi t / T): near the end the rate is right to the ulp of r_0 only",
    witness={"step": 9_999_000, "decay_steps": 10_000_000, "base_rate": 50.0},
)
@accepts("final_fraction=1.5", "final_fraction=-0.5", because=_UNCHECKED)
def cosine(
    steps: Any,
    base_rate: Any,
    *,
    final_fraction: float = 0.0,
    decay_steps: int = 10,
    past_the_end: Literal["holds"] = "holds",
) -> Any:
    del past_the_end  # optax holds
    return optax.cosine_decay_schedule(base_rate, decay_steps, final_fraction)(steps)


_CANCELS = "optax forms 1 + cos(pi t / T): near the end the rate is right to the ulp of r_0 only"


@deviates(
    "agrees_with_reference",
    where=lambda step: step > 0,
    at_most=_COSINE_CANCELS,
    because=_CANCELS,
    witness={"step": 2990, "first_steps": 1000, "growth": 1, "cycles": 3, "base_rate": 50.0},
    dtypes=("float64", "float32"),
)
@untraceable(IN_PYTHON)
@accepts("final_fraction=1.5", because=_UNCHECKED)
def cosine_with_restarts(
    steps: Any,
    base_rate: Any,
    *,
    final_fraction: float = 0.0,
    first_steps: int = 10,
    growth: int = 2,
    cycles: Annotated[int, OneOf((3, 1))] = 3,
) -> Any:
    ends = {
        "init_value": base_rate,
        "peak_value": base_rate,
        "end_value": final_fraction * base_rate,
    }
    lengths = [first_steps * growth**k for k in range(cycles)]
    return optax.sgdr_schedule([{**ends, "warmup_steps": 0, "decay_steps": n} for n in lengths])(
        steps
    )


# The final rate over the peak, alpha, rounds once more, and so does t / W on the line.
_JOINED_CANCELS = Bound(
    "|error| <= 14 v r_0 + accepted, v = 2^-24 (2^-53 in float64, but for t < W): 1 + cos cancels",
    lambda step, warm_up_steps, base_rate, u, allowed: (
        14 * (u + (2.0**-24 - u) * (step < warm_up_steps)) * base_rate + allowed
    ),
)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@deviates(
    "agrees_with_reference",
    where=lambda step: step >= 0,
    at_most=_JOINED_CANCELS,
    because=_CANCELS,
    witness={"step": 9_999_000, "total_steps": 10_000_000, "base_rate": 50.0},
)
@untraceable(IN_PYTHON)
@accepts("warm_up_steps=-1", because="optax takes it for no warm-up and logs so")
def warmup_cosine(
    steps: Any,
    base_rate: Any,
    *,
    start_fraction: float = 0.25,
    final_fraction: float = 0.0,
    warm_up_steps: int = 3,
    total_steps: int = 13,
    past_the_end: Literal["holds"] = "holds",
) -> Any:
    del past_the_end  # optax holds
    start, final = start_fraction * base_rate, final_fraction * base_rate
    return optax.warmup_cosine_decay_schedule(start, base_rate, warm_up_steps, total_steps, final)(
        steps
    )
