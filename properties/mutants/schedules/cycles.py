"""Wrong cycles."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from properties.mutants.schedules import wrong
from reference.catalogue import techniques


def _cyclic(base: Any, q: float, x: Any) -> Any:
    return (base * (1 + (q - 1) * x)).astype(base.dtype)


def _triangle(steps: Any, up: int, down: int) -> Any:
    place = steps % (up + down)
    return np.where(place <= up, place / up, (up + down - place) / down)


@wrong(
    "schedules.triangular",
    "the step down taken as long as the step up, as torch does where None is given",
    blind_spot="symmetry and defaults",
)
def triangular_is_symmetric(
    steps: Any, base_rate: Any, *, peak_ratio: float, up_steps: int, down_steps: int
) -> Any:
    del down_steps
    return _cyclic(base_rate, peak_ratio, _triangle(steps, up_steps, up_steps))


@wrong(
    "schedules.triangular",
    "one triangle and no more: the rate stays at the bottom",
    blind_spot="time",
)
def triangular_does_not_repeat(
    steps: Any, base_rate: Any, *, peak_ratio: float, up_steps: int, down_steps: int
) -> Any:
    x = _triangle(np.minimum(steps, up_steps + down_steps), up_steps, down_steps)
    return _cyclic(base_rate, peak_ratio, x)


@wrong(
    "schedules.triangular",
    "a saw: back to the bottom at once",
    blind_spot="boundaries",
)
def triangular_is_a_saw(
    steps: Any, base_rate: Any, *, peak_ratio: float, up_steps: int, down_steps: int
) -> Any:
    x = (steps % (up_steps + down_steps)) / (up_steps + down_steps)
    return _cyclic(base_rate, peak_ratio, x)


@wrong(
    "schedules.triangular",
    "the peak taken for a rate, not a ratio: right for a base rate of 1",
    blind_spot="symmetry and defaults",
)
def triangular_takes_its_peak_for_a_rate(
    steps: Any, base_rate: Any, *, peak_ratio: float, up_steps: int, down_steps: int
) -> Any:
    x = _triangle(steps, up_steps, down_steps)
    return (base_rate + (peak_ratio - base_rate) * x).astype(base_rate.dtype)


@wrong(
    "schedules.triangular2",
    "cycles counted from 1 in the power: the first triangle is half as high already",
    blind_spot="boundaries",
)
def triangular2_counts_from_one(
    steps: Any, base_rate: Any, *, peak_ratio: float, up_steps: int, down_steps: int
) -> Any:
    height = 0.5 ** (1 + steps // (up_steps + down_steps))
    return _cyclic(base_rate, peak_ratio, _triangle(steps, up_steps, down_steps) * height)


@wrong(
    "schedules.exp_range",
    "the exponent is the cycle, not the step",
    blind_spot="time",
)
def exp_range_counts_cycles(
    steps: Any, base_rate: Any, *, peak_ratio: float, decay_rate: float, up_steps: int,
    down_steps: int,
) -> Any:  # fmt: skip
    height = decay_rate ** (steps // (up_steps + down_steps))
    return _cyclic(base_rate, peak_ratio, _triangle(steps, up_steps, down_steps) * height)


@mutant(
    "schedules.triangular",
    "resumed as if it began: the place in the list is taken for the step",
    blind_spot="protocol",
)
def triangular_starts_over(
    steps: Any, base_rate: Any, *, peak_ratio: float, up_steps: int, down_steps: int
) -> Any:
    leg = steps - steps[:, :1] if np.ndim(steps) > 1 else steps
    known = {"peak_ratio": peak_ratio, "up_steps": up_steps, "down_steps": down_steps}
    return techniques()["schedules.triangular"](leg, base_rate, **known)
