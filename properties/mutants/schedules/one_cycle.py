"""Wrong single cycles."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from properties.mutants.schedules import wrong


def _points(steps: Any, base: Any, corners: list[float], shares: list[float], **wave: Any) -> Any:
    """Through these corners in lines, or in half waves."""
    at = np.clip(np.searchsorted(corners, steps, side="right"), 1, len(corners) - 1)
    ends, begins = np.asarray(corners, float)[at], np.asarray(corners, float)[at - 1]
    left = (ends - steps) / np.maximum(ends - begins, 1e-3)
    left = left if wave.get("extrapolates") else np.maximum(left, 0)
    left = np.sin(np.pi / 2 * left) ** 2 if wave.get("waves") else left
    high, low = np.asarray(shares)[at - 1], np.asarray(shares)[at]
    return (base * (low + (high - low) * left)).astype(base.dtype)


def _shares(phases: int, div: int, final: int) -> list[float]:
    middle = [1 / div] if phases > 2 else []
    return [1 / div, 1.0, *middle, 1 / (div * final)]


def _corners(warm_up: float, total: int, phases: int) -> list[float]:
    return [0, warm_up, *([2 * warm_up] if phases > 2 else []), total]


@wrong(
    "schedules.one_cycle_cosine",
    "pct_start taken of total_steps without its - 1: the top one step late",
    blind_spot="boundaries",
)
def one_cycle_tops_a_step_late(
    steps: Any, base_rate: Any, *, warm_up_steps: int, total_steps: int, phases: int,
    div_factor: int, final_div_factor: int, past_the_end: str,
) -> Any:  # fmt: skip
    del past_the_end
    corners = _corners(warm_up_steps + 1, total_steps, phases)
    shares = _shares(phases, div_factor, final_div_factor)
    return _points(steps, base_rate, corners, shares, waves=True)


@wrong(
    "schedules.one_cycle_cosine",
    "final_div_factor divides the base rate, not the first rate: the end is too high",
    blind_spot="symmetry and defaults",
)
def one_cycle_ends_too_high(
    steps: Any, base_rate: Any, *, warm_up_steps: int, total_steps: int, phases: int,
    div_factor: int, final_div_factor: int, past_the_end: str,
) -> Any:  # fmt: skip
    del past_the_end
    shares = [*_shares(phases, div_factor, final_div_factor)[:-1], 1 / final_div_factor]
    corners = _corners(warm_up_steps, total_steps, phases)
    return _points(steps, base_rate, corners, shares, waves=True)


@mutant(
    "schedules.one_cycle_linear",
    "the last phase goes on past its end (torch's first step too many): rates below the final one",
    blind_spot="boundaries",
)
def one_cycle_goes_too_far(
    steps: Any, base_rate: Any, *, warm_up_steps: int, total_steps: int, phases: int,
    div_factor: int, final_div_factor: int, **_: Any,
) -> Any:  # fmt: skip
    shares = _shares(phases, div_factor, final_div_factor)
    corners = _corners(warm_up_steps, total_steps, phases)
    return _points(steps, base_rate, corners, shares, extrapolates=True)


@wrong(
    "schedules.one_cycle_linear",
    "the last step is total_steps + 1: the final rate comes one step late",
    blind_spot="boundaries",
)
def one_cycle_ends_a_step_late(
    steps: Any, base_rate: Any, *, warm_up_steps: int, total_steps: int, phases: int,
    div_factor: int, final_div_factor: int, past_the_end: str,
) -> Any:  # fmt: skip
    del past_the_end
    shares = _shares(phases, div_factor, final_div_factor)
    return _points(steps, base_rate, _corners(warm_up_steps, total_steps + 1, phases), shares)
