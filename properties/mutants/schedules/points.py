"""Wrong rates through points."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.schedules import wrong


@wrong(
    "schedules.piecewise_interpolate",
    "scales taken for values, not factors: right for the first",
    blind_spot="symmetry and defaults",
)
def scales_are_values(
    steps: Any, base_rate: Any, *, milestones: tuple[int, ...], scales: tuple[float, ...],
    between: str,
) -> Any:  # fmt: skip
    del between
    return (base_rate * np.interp(steps, (0, *milestones), (1, *scales))).astype(base_rate.dtype)


@wrong(
    "schedules.piecewise_interpolate",
    "after the last milestone the rate is 0: no interval holds it",
    blind_spot="boundaries",
)
def nothing_after_the_last_milestone(
    steps: Any, base_rate: Any, *, milestones: tuple[int, ...], scales: tuple[float, ...],
    between: str,
) -> Any:  # fmt: skip
    del between
    shares = np.interp(steps, (0, *milestones), np.cumprod((1, *scales)))
    return (base_rate * np.where(steps >= milestones[-1], 0, shares)).astype(base_rate.dtype)
