"""Wrong decays."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.schedules import wrong

_LEGS_OF_A_RUN = 3
"""Axes of the steps of a run that is begun anew at every leg; of one that is begun late: more."""


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
    "schedules.exponential",
    "a run that is begun at a later step counts from there: torch's ExponentialLR with last_epoch,"
    " beside an optimizer that knows its base rate only",
    blind_spot="protocol",
)
def exponential_counts_from_where_it_is_begun(
    steps: Any, base_rate: Any, *, decay_rate: float, transition_steps: int,
    delay_steps: int, final_fraction: float,
) -> Any:  # fmt: skip
    counted = steps - steps.min() if np.ndim(steps) > _LEGS_OF_A_RUN else steps
    taken = np.maximum(counted - delay_steps, 0) / transition_steps
    return np.maximum(_powers(base_rate, decay_rate, taken), final_fraction * base_rate)


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
