"""One cycle of optax: functions of the step."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import jax
import optax

from backends.binding import Bound, deviates, offers
from backends.jax.schedules import FLOAT32_STEPS, SINGLE_AND_DOUBLE
from backends.nonsense import accepts
from reference.technique import OneOf

_AGREES = "agrees_with_reference"


# The share of a phase is a float32 quotient (2 v), its cosine turns it by pi; the rates of the
# corners are products of 4 numbers, and their difference, product and sum round at their size.
_CORNERS = Bound(
    "|error| <= r_0 (12 v + 8 u) + accepted, v = 2^-24: the difference of two corners cancels",
    lambda base_rate, u, allowed: base_rate * (12 * 2.0**-24 + 8 * u) + allowed,
)


_BECAUSE = "optax multiplies corners by shares in float32 and adds up: tiny final rates drown"


def _each(schedule: optax.Schedule, steps: Any) -> Any:
    """The schedule at every step: this one takes one step at a time."""
    return jax.vmap(schedule)(steps.reshape(-1)).reshape(steps.shape)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_CORNERS,
    because=_BECAUSE,
    witness={"step": 9_999_000, "total_steps": 10_000_000, "base_rate": 50.0},
)
@accepts(
    "warm_up_steps=50, total_steps=10", because="optax does not check that corners are in order"
)
def one_cycle_cosine(
    steps: Any,
    base_rate: Any,
    *,
    warm_up_steps: int = 3,
    total_steps: int = 10,
    phases: Annotated[int, OneOf((2,))] = 2,
    div_factor: int = 25,
    final_div_factor: int = 10_000,
    past_the_end: Literal["holds"] = "holds",
) -> Any:
    del phases, past_the_end  # optax has two, and holds
    share = (warm_up_steps + 0.5) / total_steps
    schedule = optax.cosine_onecycle_schedule(
        total_steps, base_rate, share, div_factor, final_div_factor
    )
    return _each(schedule, steps)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_CORNERS,
    because=_BECAUSE,
    witness={"step": 9_999_000, "total_steps": 10_000_000, "base_rate": 50.0},
)
@accepts(
    "warm_up_steps=50, total_steps=10", because="optax does not check that corners are in order"
)
def one_cycle_linear(
    steps: Any,
    base_rate: Any,
    *,
    warm_up_steps: int = 3,
    total_steps: int = 10,
    phases: Annotated[int, OneOf((3,))] = 3,
    div_factor: int = 25,
    final_div_factor: int = 10_000,
    past_the_end: Literal["holds"] = "holds",
) -> Any:
    del phases, past_the_end  # optax has three, and holds
    first, second = (warm_up_steps + 0.5) / total_steps, (2 * warm_up_steps + 0.5) / total_steps
    schedule = optax.linear_onecycle_schedule(
        total_steps, base_rate, first, second, div_factor, final_div_factor
    )
    return _each(schedule, steps)
