"""Wrong cosines."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from properties.mutants.schedules import wrong


def _cosine(t: Any, base: Any, f: float, length: float) -> Any:
    """Rates where t has been held or shifted already."""
    real = base.dtype.type
    wave = np.sin(np.pi * ((length - t) / (2 * length))) ** 2
    return (base * (f + (1 - f) * wave)).astype(real)


@mutant(
    "schedules.cosine",
    "T - 1 in place of T: the last of T steps has the final rate, and every other is too low",
    blind_spot="boundaries",
)
def cosine_ends_a_step_early(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    length = max(decay_steps - 1, 1)
    return _cosine(np.minimum(steps, length), base_rate, final_fraction, length)


@mutant(
    "schedules.cosine",
    "the step counted from 1: the base rate itself is never used",
    blind_spot="boundaries",
)
def cosine_starts_at_step_one(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    return _cosine(np.minimum(steps + 1, decay_steps), base_rate, final_fraction, decay_steps)


@mutant(
    "schedules.cosine",
    "no clamp: the wave goes on past the end, as torch has it under another name of the convention",
    blind_spot="boundaries",
)
def cosine_swings_back_unasked(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    return _cosine(steps, base_rate, final_fraction, decay_steps)


@mutant(
    "schedules.cosine",
    "training past the end taken for nothing: the rate falls to 0 there, not to the final one",
    blind_spot="boundaries",
)
def cosine_falls_to_zero_past_the_end(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    held = _cosine(np.minimum(steps, decay_steps), base_rate, final_fraction, decay_steps)
    return np.where(steps > decay_steps, np.zeros_like(held), held)


@mutant(
    "schedules.cosine",
    "the base rate left out: right for a base rate of 1",
    blind_spot="symmetry and defaults",
)
def cosine_ignores_the_base_rate(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    one = np.ones_like(base_rate)
    return _cosine(np.minimum(steps, decay_steps), one, final_fraction, decay_steps)


@mutant(
    "schedules.cosine",
    "the final fraction taken for a rate, as `eta_min` is: right for a base rate of 1",
    blind_spot="symmetry and defaults",
)
def cosine_takes_the_final_fraction_for_a_rate(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    wave = _cosine(np.minimum(steps, decay_steps), np.ones_like(base_rate), 0.0, decay_steps)
    return final_fraction + (base_rate - final_fraction) * wave


@mutant(
    "schedules.cosine",
    "degrees given to a cosine of radians: the wave turns 57 times",
    blind_spot="scale",
)
def cosine_counts_in_degrees(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    wave = (1 + np.cos(180.0 * np.minimum(steps, decay_steps) / decay_steps)) / 2
    return (base_rate * (final_fraction + (1 - final_fraction) * wave)).astype(base_rate.dtype)


@mutant(
    "schedules.cosine",
    "a full wave in place of half of one: the rate is back at the base rate at the end",
    blind_spot="boundaries",
)
def cosine_swings_a_full_wave(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    return _cosine(2 * np.minimum(steps, decay_steps), base_rate, final_fraction, decay_steps)


@mutant(
    "schedules.cosine",
    "the wave without its shift by 1: rates below the final one, and negative",
    blind_spot="boundaries",
)
def cosine_becomes_negative(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    wave = np.cos(np.pi * np.minimum(steps, decay_steps) / decay_steps)
    return (base_rate * (final_fraction + (1 - final_fraction) * wave)).astype(base_rate.dtype)


@mutant(
    "schedules.cosine",
    "the place in the list taken for the step: right for a run that starts at 0 and never resumes",
    blind_spot="protocol",
)
def cosine_counts_its_calls(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    order = np.arange(steps.size).reshape(steps.shape)
    return _cosine(np.minimum(order, decay_steps), base_rate, final_fraction, decay_steps)


@mutant(
    "schedules.cosine",
    "the last rate multiplied by (1 + cos) / (1 + cos), as torch does, but without its branch at"
    " the end: 0 / 0",
    blind_spot="boundaries",
    on="torch",
)
def cosine_multiplies_by_zero_over_zero(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    import torch

    t = torch.arange(int(steps.max()) + 1, dtype=base_rate.dtype)
    wave = 1 + torch.cos(torch.pi * t / decay_steps)
    rates = torch.cumprod(torch.cat([torch.ones(1), wave[1:] / wave[:-1]]), 0)
    return base_rate * (final_fraction + (1 - final_fraction) * rates[steps.long()])


@mutant(
    "schedules.cosine",
    "a warm restart at the end (SGDR) where none was asked for",
    blind_spot="boundaries",
)
def cosine_restarts_at_its_end(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    return _cosine(steps % decay_steps, base_rate, final_fraction, decay_steps)


@mutant(
    "schedules.cosine",
    "the rate written into the base rate that was given",
    blind_spot="protocol",
)
def cosine_writes_into_its_base_rate(
    steps: Any, base_rate: Any, *, final_fraction: float, decay_steps: int, **_: Any
) -> Any:
    rates = _cosine(np.minimum(steps, decay_steps), base_rate, final_fraction, decay_steps)
    base_rate[...] = rates.reshape(-1)[-1]
    return rates


def _restarts(steps: Any, lengths: Any) -> tuple[Any, Any]:
    """Beginning and length of the cycle that each step is in."""
    ends = np.cumsum(lengths)
    at = np.searchsorted(ends, steps, side="right").clip(0, len(lengths) - 1)
    return (ends - lengths)[at], np.asarray(lengths)[at]


@wrong(
    "schedules.cosine_with_restarts",
    "T_mult is used once: the third cycle is as long as the second",
    blind_spot="time",
)
def restarts_grow_once(
    steps: Any, base_rate: Any, *, final_fraction: float, first_steps: int, growth: int,
    cycles: int,
) -> Any:  # fmt: skip
    count = cycles or 2 + int(np.max(steps)) // (first_steps * min(growth, 2))
    lengths = np.array([first_steps, *[first_steps * growth] * (count - 1)])
    begun, length = _restarts(steps, lengths)
    return _cosine(np.minimum(steps - begun, length), base_rate, final_fraction, length)


@wrong(
    "schedules.cosine_with_restarts",
    "restarts counted from 1: every cycle begins a step into its wave",
    blind_spot="boundaries",
)
def restarts_begin_a_step_in(
    steps: Any, base_rate: Any, *, final_fraction: float, first_steps: int, growth: int,
    cycles: int,
) -> Any:  # fmt: skip
    lengths = first_steps * growth ** np.arange(cycles or (40 if growth == 1 else 12))
    begun, length = _restarts(steps, lengths)
    return _cosine(np.minimum(steps - begun + 1, length), base_rate, final_fraction, length)


@wrong(
    "schedules.warmup_cosine",
    "the warm-up does not count in the total: the wave is longer by it",
    blind_spot="boundaries",
)
def wave_is_longer_by_the_warm_up(
    steps: Any, base_rate: Any, *, start_fraction: float, final_fraction: float,
    warm_up_steps: int, total_steps: int, past_the_end: str,
) -> Any:  # fmt: skip
    del past_the_end
    t = np.clip(steps - warm_up_steps, 0, total_steps)
    line = base_rate * (start_fraction + (1 - start_fraction) * steps / max(warm_up_steps, 1))
    wave = _cosine(t, base_rate, final_fraction, total_steps)
    return np.where(steps < warm_up_steps, line, wave).astype(base_rate.dtype)
