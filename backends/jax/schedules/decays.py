"""Decays of optax: functions of the step."""

from __future__ import annotations

from math import log
from typing import Any

import optax

from backends.binding import Bound, absent, deviates, offers
from backends.jax.programs import untraceable
from backends.jax.schedules import FLOAT32_STEPS, IN_PYTHON, SINGLE_AND_DOUBLE, spread
from backends.nonsense import accepts

_AGREES = "agrees_with_reference"
_CONSTANT = "optax takes it for a constant schedule and logs so"
_UNCHECKED = "optax does not check it"
_SINGLE = "optax divides the int32 step in float32, and so takes the power in float32, with x64 too"


# In float64 as well g, t / s and the power are float32's: v p from g, 2 v p |ln g| from p, and the
# power's own 16 ulps. A power of 0 is 1.
_SINGLE_POWER = Bound(
    "|error| <= r_0 (v g^p (p + 2 p |ln g| + 32) + 2^-126) + accepted, p = t / s, v = 2^-24",
    lambda step, decay_rate, transition_steps, delay_steps, base_rate, allowed: (
        _powered((step - delay_steps) * (step > delay_steps) / transition_steps, decay_rate)
        * base_rate
        + allowed
    ),
)


def _powered(p: Any, g: float) -> Any:
    """What a float32 power is off by: below its normal numbers, as far as 0."""
    return 2.0**-24 * g**p * (p + 2 * p * abs(log(g)) + 32) + 2.0**-126


def constant(steps: Any, base_rate: Any) -> Any:
    return spread(optax.constant_schedule(base_rate), steps)


@offers(*SINGLE_AND_DOUBLE, because=FLOAT32_STEPS)
@untraceable(IN_PYTHON)
@deviates(
    _AGREES,
    where=lambda step, delay_steps: step > delay_steps,
    at_most=_SINGLE_POWER,
    because=_SINGLE,
    witness={"step": 7, "decay_rate": 0.9},
    dtypes=("float64",),
)
@accepts("decay_rate=0.0", "transition_steps=0", because=_CONSTANT)
@accepts("decay_rate=-0.5", because=_UNCHECKED)
def exponential(
    steps: Any,
    base_rate: Any,
    *,
    decay_rate: float = 0.9,
    transition_steps: int = 1,
    delay_steps: int = 0,
    final_fraction: float = 0.0,
) -> Any:
    end = final_fraction * base_rate
    return spread(
        optax.exponential_decay(
            base_rate, transition_steps, decay_rate, delay_steps, end_value=end
        ),
        steps,
    )


_ANY_CALLABLE = "optax has none; any function of the step is a schedule: "
inverse_time = absent(_ANY_CALLABLE + "lambda t: r / (1 + k * t / T).")
inverse_sqrt = absent(
    _ANY_CALLABLE + "lambda t: r * jnp.minimum((t + 1) / W, jnp.sqrt(W / (t + 1)))."
)
