"""Wrong decays."""

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


def _powers(base: Any, g: float, p: Any) -> Any:
    return (base * np.power(np.float64(g), p)).astype(base.dtype)


@wrong(
    "schedules.exponential",
    "A2 3.2: a decay_rate is taken and never used; the rate halves",
    blind_spot="symmetry and defaults",
)
def exponential_ignores_its_decay_rate(
    steps: Any, base_rate: Any, *, decay_rate: float, transition_steps: int,
    delay_steps: int, final_fraction: float,
) -> Any:  # fmt: skip
    del decay_rate
    taken = np.maximum(steps - delay_steps, 0) / transition_steps
    return np.maximum(_powers(base_rate, 0.5, taken), final_fraction * base_rate)


@wrong(
    "schedules.exponential",
    "counted from 1, as `for t in range(1, n + 1)` does: the base rate itself is never used",
    blind_spot="boundaries",
)
def exponential_counts_from_one(
    steps: Any, base_rate: Any, *, decay_rate: float, transition_steps: int,
    delay_steps: int, final_fraction: float,
) -> Any:  # fmt: skip
    taken = np.maximum(steps + 1 - delay_steps, 0) / transition_steps
    return np.maximum(_powers(base_rate, decay_rate, taken), final_fraction * base_rate)


@wrong(
    "schedules.exponential",
    "before its delay is over the exponent is negative: rates above the base rate",
    blind_spot="boundaries",
)
def exponential_grows_before_its_delay_is_over(
    steps: Any, base_rate: Any, *, decay_rate: float, transition_steps: int,
    delay_steps: int, final_fraction: float,
) -> Any:  # fmt: skip
    taken = (steps - max(delay_steps, 2)) / transition_steps
    return np.maximum(_powers(base_rate, decay_rate, taken), final_fraction * base_rate)


@wrong(
    "schedules.exponential",
    "the lowest rate taken for a rate, not a share: right for a base rate of 1",
    blind_spot="symmetry and defaults",
)
def exponential_takes_its_lowest_share_for_a_rate(
    steps: Any, base_rate: Any, *, decay_rate: float, transition_steps: int,
    delay_steps: int, final_fraction: float,
) -> Any:  # fmt: skip
    taken = np.maximum(steps - delay_steps, 0) / transition_steps
    low = max(final_fraction, 2.0**-7)
    return np.maximum(_powers(base_rate, decay_rate, taken), low).astype(base_rate.dtype)


@wrong(
    "schedules.step",
    "t / s rounded to the nearest whole number: every stair half its length too early",
    blind_spot="boundaries",
)
def step_rounds_to_nearest(steps: Any, base_rate: Any, *, decay_rate: float, step_size: int) -> Any:
    return _powers(base_rate, decay_rate, np.round(steps / step_size))


@wrong(
    "schedules.step",
    "the stair one step late: `t > k s` in place of `t >= k s`",
    blind_spot="boundaries",
)
def step_is_a_step_late(steps: Any, base_rate: Any, *, decay_rate: float, step_size: int) -> Any:
    return _powers(base_rate, decay_rate, np.maximum(steps - 1, 0) // step_size)


@wrong(
    "schedules.step",
    "1 - (1 - g) n in place of g^n: right for the first stair, negative later",
    blind_spot="boundaries",
)
def step_subtracts(steps: Any, base_rate: Any, *, decay_rate: float, step_size: int) -> Any:
    return (base_rate * (1 - (1 - decay_rate) * (steps // step_size))).astype(base_rate.dtype)


@wrong(
    "schedules.step",
    "the step counted in a format that saturates (bfloat16 at 256): later stairs never come",
    blind_spot="time",
)
def step_counter_saturates(steps: Any, base_rate: Any, *, decay_rate: float, step_size: int) -> Any:
    return _powers(base_rate, decay_rate, np.minimum(steps, 256) // step_size)


@mutant(
    "schedules.step",
    "a stair of no length taken for no stairs: no error where one is due",
    blind_spot="symmetry and defaults",
)
def step_accepts_nonsense(steps: Any, base_rate: Any, *, decay_rate: float, step_size: int) -> Any:
    taken = steps // step_size if step_size > 0 else 0 * steps
    return _powers(base_rate, decay_rate, taken)


@wrong(
    "schedules.multi_step",
    "a milestone's own step still has the old rate: `t > m`, as flax's older schedule has it",
    blind_spot="boundaries",
)
def multi_step_is_a_step_late(
    steps: Any, base_rate: Any, *, decay_rate: float, milestones: tuple[int, ...]
) -> Any:
    passed = np.searchsorted(milestones, steps, side="left")
    return _powers(base_rate, decay_rate, passed)


@wrong(
    "schedules.multi_step",
    "g in place of g^n: the second milestone changes nothing",
    blind_spot="boundaries",
)
def multi_step_reduces_once(
    steps: Any, base_rate: Any, *, decay_rate: float, milestones: tuple[int, ...]
) -> Any:
    passed = np.searchsorted(milestones, steps, side="right")
    return _powers(base_rate, decay_rate, np.minimum(passed, 1))


@wrong(
    "schedules.multi_step",
    "every milestone begins a decay in place of a stair: rates go on falling",
    blind_spot="boundaries",
)
def multi_step_decays_between_milestones(
    steps: Any, base_rate: Any, *, decay_rate: float, milestones: tuple[int, ...]
) -> Any:
    return _powers(base_rate, decay_rate, np.maximum(steps - milestones[0] + 1, 0))


@wrong(
    "schedules.inverse_time",
    "1 / (1 + k)^(t / T): an exponential that is right at 0 and at T",
    blind_spot="boundaries",
)
def inverse_time_is_exponential(
    steps: Any, base_rate: Any, *, decay_rate: float, decay_steps: int, between: str
) -> Any:
    taken = steps // decay_steps if between == "staircase" else steps / decay_steps
    return _powers(base_rate, 1 / (1 + decay_rate), taken)


@wrong(
    "schedules.inverse_sqrt",
    "after 2 W steps the counter stands still: the tail is flat, not 1 / sqrt(t)",
    blind_spot="time",
)
def inverse_sqrt_stands_still(
    steps: Any, base_rate: Any, *, warm_up_steps: int, counts_from: int
) -> Any:
    count = np.minimum(steps + counts_from, 2 * warm_up_steps).astype(float)
    with np.errstate(divide="ignore"):
        share = np.minimum(count / warm_up_steps, np.sqrt(warm_up_steps / count))
    return (base_rate * share).astype(base_rate.dtype)


@wrong(
    "schedules.inverse_sqrt",
    "counted from 0 where 1 was asked for: the first rate is 0, and nothing is learnt",
    blind_spot="boundaries",
)
def inverse_sqrt_starts_at_zero(
    steps: Any, base_rate: Any, *, warm_up_steps: int, counts_from: int
) -> Any:
    del counts_from
    with np.errstate(divide="ignore"):
        share = np.minimum(steps / warm_up_steps, np.sqrt(warm_up_steps / steps))
    return (base_rate * share).astype(base_rate.dtype)


@wrong(
    "schedules.constant",
    "a rate of 1 whatever is asked for",
    blind_spot="symmetry and defaults",
)
def constant_is_one(steps: Any, base_rate: Any) -> Any:
    return np.ones(steps.shape, base_rate.dtype)
