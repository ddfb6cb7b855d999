"""Wrong compositions."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.schedules import wrong


@wrong(
    "schedules.sequential",
    "the second schedule goes on with the first one's steps: it is over when it begins",
    blind_spot="boundaries",
)
def second_schedule_counts_on(
    steps: Any, base_rate: Any, *, decay_rate: float, milestone_steps: int
) -> Any:
    share = np.where(
        steps < milestone_steps, decay_rate ** steps.astype(float), 1 - np.minimum(steps, 10) / 20
    )
    return (base_rate * share).astype(base_rate.dtype)


@wrong(
    "schedules.sequential",
    "t > M in place of t >= M: the first schedule has a step too many",
    blind_spot="boundaries",
)
def second_schedule_begins_late(
    steps: Any, base_rate: Any, *, decay_rate: float, milestone_steps: int
) -> Any:
    line = 1 - np.clip(steps - milestone_steps, 0, 10) / 20
    share = np.where(steps <= milestone_steps, decay_rate ** steps.astype(float), line)
    return (base_rate * share).astype(base_rate.dtype)


@wrong(
    "schedules.sequential",
    "chained in place of joined: the second goes on from where the first has come to",
    blind_spot="structure",
)
def second_schedule_is_chained(
    steps: Any, base_rate: Any, *, decay_rate: float, milestone_steps: int
) -> Any:
    line = 1 - np.clip(steps - milestone_steps, 0, 10) / 20
    first = decay_rate ** np.minimum(steps, milestone_steps).astype(float)
    return (base_rate * first * line).astype(base_rate.dtype)


@wrong(
    "schedules.chained",
    "the second overwrites the first: no product",
    blind_spot="structure",
)
def chained_overwrites(
    steps: Any, base_rate: Any, *, decay_rate: float, start_fraction: float, warm_up_steps: int
) -> Any:
    del decay_rate
    share = np.where(steps < warm_up_steps, start_fraction, 1.0)
    return (base_rate * share).astype(base_rate.dtype)


@wrong(
    "schedules.warmup_exponential",
    "the decay counts from step 0: the base rate is never reached",
    blind_spot="boundaries",
)
def decay_counts_the_warm_up(
    steps: Any, base_rate: Any, *, start_fraction: float, decay_rate: float, warm_up_steps: int
) -> Any:
    line = start_fraction + (1 - start_fraction) * steps / max(warm_up_steps, 1)
    share = np.where(steps < warm_up_steps, line, decay_rate ** (steps + 1.0))
    return (base_rate * share).astype(base_rate.dtype)


@wrong(
    "schedules.warmup_stable_decay",
    "the plateau is left out: the decay begins when the warm-up ends",
    blind_spot="boundaries",
)
def plateau_is_left_out(
    steps: Any, base_rate: Any, *, start_fraction: float, final_fraction: float,
    warm_up_steps: int, stable_steps: int, decay_steps: int,
) -> Any:  # fmt: skip
    length = decay_steps + stable_steps
    left = np.clip(warm_up_steps + length - steps, 0, length) / length
    line = start_fraction + (1 - start_fraction) * steps / max(warm_up_steps, 1)
    share = np.where(steps < warm_up_steps, line, final_fraction + (1 - final_fraction) * left)
    return (base_rate * share).astype(base_rate.dtype)
