"""Wrong functions of the step."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from properties.mutants.schedules import wrong


@wrong(
    "schedules.share_of_the_base_rate",
    "counted from 1: every step has the share of the next",
    blind_spot="boundaries",
)
def share_is_that_of_the_next_step(steps: Any, base_rate: Any, *, shares: tuple[float, ...]) -> Any:
    return base_rate * np.array(shares, base_rate.dtype)[(steps + 1) % len(shares)]


@wrong(
    "schedules.share_of_the_base_rate",
    "shares are multiplied into the rate as it stands: MultiplicativeLR in place of LambdaLR",
    blind_spot="dynamics",
)
def shares_are_multiplied_up(steps: Any, base_rate: Any, *, shares: tuple[float, ...]) -> Any:
    table = np.array(shares, base_rate.dtype)
    most = int(np.max(steps)) + 1
    return base_rate * np.cumprod(np.resize(table, most))[steps]


@wrong(
    "schedules.product_of_factors",
    "the first step has a factor, too: f(0) is used",
    blind_spot="boundaries",
)
def product_begins_with_the_first_step(
    steps: Any, base_rate: Any, *, factors: tuple[float, ...]
) -> Any:
    most = int(np.max(steps)) + 1
    powers = np.cumprod(np.resize(np.array(factors, np.float64), most))
    return (base_rate * powers[steps]).astype(base_rate.dtype)


@wrong(
    "schedules.product_of_factors",
    "the factor of the step alone: LambdaLR in place of MultiplicativeLR",
    blind_spot="dynamics",
)
def product_of_one_factor(steps: Any, base_rate: Any, *, factors: tuple[float, ...]) -> Any:
    table = np.array(factors, base_rate.dtype)
    return np.where(steps > 0, base_rate * table[steps % len(factors)], base_rate)


def _annealed(base: Any, f: float, x: Any, between: str) -> Any:
    a = np.sin(np.pi / 2 * x) ** 2 if between == "cosine" else x
    return (base * ((1 - a) + f * a)).astype(base.dtype)


@wrong(
    "schedules.anneal_for_averaging",
    "T + 1 in place of T: the constant rate comes one step late",
    blind_spot="boundaries",
)
def annealing_ends_late(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, between: str
) -> Any:
    length = decay_steps + 1
    return _annealed(base_rate, final_fraction, np.minimum(steps, length) / length, between)


@wrong(
    "schedules.anneal_for_averaging",
    "swa_lr taken for a share of 1, not of the base rate: right for a base rate of 1",
    blind_spot="symmetry and defaults",
)
def annealing_goes_to_a_rate(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, between: str
) -> Any:
    x = np.minimum(steps, decay_steps) / decay_steps
    return _annealed(base_rate, final_fraction / float(base_rate), x, between)


@wrong(
    "schedules.anneal_for_averaging",
    "a line whatever strategy is asked for: right at both ends and in the middle",
    blind_spot="symmetry and defaults",
)
def annealing_is_a_line(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, between: str
) -> Any:
    del between
    x = np.minimum(steps, decay_steps) / decay_steps
    return _annealed(base_rate, final_fraction, x, "linear")


@mutant(
    "schedules.anneal_for_averaging",
    "no length is taken for a length of one: no error where one is due",
    blind_spot="symmetry and defaults",
)
def annealing_accepts_nonsense(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, between: str
) -> Any:
    length = max(decay_steps, 1)
    return _annealed(base_rate, final_fraction, np.minimum(steps, length) / length, between)
