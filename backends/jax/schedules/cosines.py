"""Cosines of optax: functions of the step."""

from __future__ import annotations

from typing import Any, Literal

import optax

from backends.backend import Bound, deviates

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
