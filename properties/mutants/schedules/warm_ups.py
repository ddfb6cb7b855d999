"""Wrong warm-ups."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.schedules import wrong


def _line(base: Any, a: float, share: Any) -> Any:
    return (base * (a + (1 - a) * share)).astype(base.dtype)


@wrong(
    "schedules.linear_warm_up",
    "starts at 0 in place of the start factor: the first step learns nothing",
    blind_spot="boundaries",
)
def warm_up_starts_at_zero(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    del start_fraction
    return _line(base_rate, 0.0, np.minimum(steps, warm_up_steps) / max(warm_up_steps, 1))


@wrong(
    "schedules.linear_warm_up",
    "W + 1 in place of W: the base rate comes one step late",
    blind_spot="boundaries",
)
def warm_up_ends_a_step_late(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    length = warm_up_steps + 1
    return _line(base_rate, start_fraction, np.minimum(steps, length) / length)


@wrong(
    "schedules.linear_warm_up",
    "(t + 1) / W, as a loop that counts from 1 has it: the base rate comes one step early",
    blind_spot="boundaries",
)
def warm_up_counts_from_one(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    return _line(base_rate, start_fraction, np.minimum((steps + 1) / max(warm_up_steps, 1), 1))


@wrong(
    "schedules.linear_warm_up",
    "not clamped: the rate goes on rising",
    blind_spot="boundaries",
)
def warm_up_is_not_clamped(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    return _line(base_rate, start_fraction, steps / max(warm_up_steps, 1))


@wrong(
    "schedules.linear_warm_up",
    "the factor is multiplied in again at every step of the warm-up: the rate falls first",
    blind_spot="dynamics",
)
def warm_up_falls_first(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    fallen = start_fraction ** (1 + np.minimum(steps, max(warm_up_steps // 2, 1)))
    return np.where(steps < warm_up_steps, base_rate * fallen, base_rate).astype(base_rate.dtype)


@wrong(
    "schedules.exponential_warm_up",
    "grows for ever: no end at the base rate (torch's ExponentialLR with gamma > 1)",
    blind_spot="boundaries",
)
def warm_up_grows_for_ever(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    share = start_fraction ** np.maximum(1 - steps / warm_up_steps, -3)
    return (base_rate * share).astype(base_rate.dtype)


@wrong(
    "schedules.exponential_warm_up",
    "a line in place of the exponential: right at both ends",
    blind_spot="boundaries",
)
def warm_up_is_a_line(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    return _line(base_rate, start_fraction, np.minimum(steps / warm_up_steps, 1))


@wrong(
    "schedules.constant_warm_up",
    "t <= W in place of t < W: the base rate comes one step late",
    blind_spot="boundaries",
)
def constant_warm_up_ends_late(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    small = base_rate * base_rate.dtype.type(start_fraction)
    return np.where(steps <= warm_up_steps, small, base_rate)


@wrong(
    "schedules.constant_warm_up",
    "torch's ConstantLR with total_iters=0: the factor is never taken off",
    blind_spot="boundaries",
)
def constant_warm_up_never_ends(
    steps: Any, base_rate: Any, *, start_fraction: float, warm_up_steps: int
) -> Any:
    del warm_up_steps
    return np.full(steps.shape, base_rate * base_rate.dtype.type(start_fraction))
