"""Schedules of optax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax

if TYPE_CHECKING:
    import optax

SINGLE_AND_DOUBLE = ("float64", "float32")
FLOAT32_STEPS = (
    "optax divides the int32 step in float32: from a 16-bit base rate comes a float32 rate."
)
IN_PYTHON = "optax compares a hyper-parameter in Python, which a traced number does not allow"


def spread(schedule: optax.Schedule, steps: Any) -> Any:
    """Rates shaped like the steps: a schedule that does not change returns one number."""
    return jax.numpy.broadcast_to(schedule(steps), steps.shape)
