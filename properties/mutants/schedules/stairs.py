"""Wrong stairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from properties.mutants.schedules import wrong

_LEGS_OF_A_RUN = 3
"""Axes of the steps of a run that is begun anew at every leg."""


def _powers(base: Any, g: float, p: Any) -> Any:
    return (base * np.power(np.float64(g), p)).astype(base.dtype)


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


@wrong(
    "schedules.step",
    "the stair is taken again where a run is begun anew on it: torch's StepLR with last_epoch",
    blind_spot="protocol",
)
def step_takes_a_stair_twice(
    steps: Any, base_rate: Any, *, decay_rate: float, step_size: int
) -> Any:
    again = (np.ndim(steps) == _LEGS_OF_A_RUN) & (steps > 0) & (steps % step_size == 0)
    return _powers(base_rate, decay_rate, steps // step_size + again)


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
