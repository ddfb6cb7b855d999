"""Wrong lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from properties.mutants.schedules import wrong


def _line(t: Any, base: Any, f: float, length: Any) -> Any:
    """A line from 1 to f, wherever it leads past its end."""
    return (base * (1 - (1 - f) * t / np.maximum(length, 1))).astype(base.dtype)


@wrong(
    "schedules.linear",
    "A2 4.8: not clamped, so that rates are negative for t > T",
    blind_spot="boundaries",
)
def linear_is_not_clamped(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int
) -> Any:
    return _line(steps if decay_steps else 0 * steps, base_rate, final_fraction, decay_steps)


@wrong(
    "schedules.linear",
    "A2 3.2: a decay_rate is taken and never used: the final rate is always 0",
    blind_spot="symmetry and defaults",
)
def linear_ignores_its_final_rate(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int
) -> Any:
    del final_fraction
    return _line(np.minimum(steps, decay_steps), base_rate, 0.0, decay_steps)


@wrong(
    "schedules.linear",
    "T - 1 in place of T: the last of T steps has the final rate",
    blind_spot="boundaries",
)
def linear_ends_a_step_early(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int
) -> Any:
    length = max(decay_steps - 1, 1)
    return _line(np.minimum(steps, length), base_rate, final_fraction, length)


@wrong(
    "schedules.linear",
    "max(0, rate): the clamp forgets the final rate, and the line falls to 0 past it",
    blind_spot="boundaries",
)
def linear_clamps_at_zero(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int
) -> Any:
    return np.maximum(_line(steps, base_rate, final_fraction, decay_steps), 0).astype(
        base_rate.dtype
    )


@mutant(
    "schedules.linear",
    "a negative number of steps taken for none: no error where one is due",
    blind_spot="symmetry and defaults",
)
def linear_accepts_nonsense(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int
) -> Any:
    if decay_steps <= 0:
        return np.full(steps.shape, base_rate)
    return _line(np.minimum(steps, decay_steps), base_rate, final_fraction, decay_steps)


@wrong(
    "schedules.polynomial",
    "A2 4.8: not clamped: for t > T an even power rises again, an odd one is negative",
    blind_spot="boundaries",
)
def polynomial_is_not_clamped(
    steps: Any, base_rate: Any, *, power: float, final_fraction: float, decay_steps: int
) -> Any:
    left = 1 - steps / max(decay_steps, 1)
    wave = np.sign(left) * abs(left) ** power
    return (base_rate * (final_fraction + (1 - final_fraction) * wave)).astype(base_rate.dtype)


@wrong(
    "schedules.polynomial",
    "the power left out: right for p = 1",
    blind_spot="symmetry and defaults",
)
def polynomial_is_linear(
    steps: Any, base_rate: Any, *, power: float, final_fraction: float, decay_steps: int
) -> Any:
    del power
    return _line(np.minimum(steps, decay_steps), base_rate, final_fraction, decay_steps)


@wrong(
    "schedules.polynomial",
    "1 - (t / T)^p in place of (1 - t / T)^p: right for p = 1, and at both ends",
    blind_spot="symmetry and defaults",
)
def polynomial_takes_the_power_of_what_is_done(
    steps: Any, base_rate: Any, *, power: float, final_fraction: float, decay_steps: int
) -> Any:
    done = (np.minimum(steps, decay_steps) / max(decay_steps, 1)) ** power
    return (base_rate * (1 - (1 - final_fraction) * done)).astype(base_rate.dtype)
