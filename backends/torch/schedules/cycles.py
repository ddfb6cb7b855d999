"""Cycles of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from torch.optim import lr_scheduler

from backends.backend import Bound, deviates, offers
from backends.nonsense import accepts
from backends.torch.schedules import (
    NO_SIXTEEN_BITS,
    SINGLE_AND_DOUBLE,
    fills,
    fills_its_rate,
    walked,
)
from reference.technique import OneOf

_AGREES = "agrees_with_reference"
_UNCHECKED = "torch does not check it"


def _one_cycle(
    steps: Any, base_rate: Any, shape: Any, warm_up: int, total: int, phases: int, div: int,
    final_div: int,
) -> Any:  # fmt: skip
    share, three = (warm_up + 1) / (total + 1), phases > 2

    def build(optimizer: Any) -> Any:
        return lr_scheduler.OneCycleLR(
            optimizer, base_rate, total + 1, pct_start=share, anneal_strategy=shape,
            cycle_momentum=False, div_factor=div, final_div_factor=final_div, three_phase=three,
        )  # fmt: skip

    return walked(build, steps, base_rate)


# Corners are doubles, off by 4 2^-53 T steps; the rate there moves by r_0 pi / 2 over W steps at
# most. 1 + cos is a double, too, and the rates of the corners cancel: 6 u r_0.
_ONE_CYCLE = Bound(
    "|error| <= r_0 (6 u + 2^-53 (12 + 8 T)) + accepted: ends - t cancels, and 1 + cos",
    lambda total_steps, base_rate, u, allowed: (
        base_rate * (6 * u + 2.0**-53 * (12 + 8 * total_steps)) + allowed
    ),
)


def _last_phase(warm_up_steps: int, total_steps: int, phases: int) -> int:
    return total_steps - (phases - 1) * warm_up_steps


_ABOVE = Bound(
    "the wave is past its lowest point: rates up to r_0 (1 - cos(pi / n)), n steps of the phase",
    lambda warm_up_steps, total_steps, phases, base_rate, allowed: (
        base_rate * (1 - np.cos(np.pi / _last_phase(warm_up_steps, total_steps, phases))) + allowed
    ),
)
_BELOW = Bound(
    "the line goes on: a step of r_0 / n below the final rate, n steps of the phase",
    lambda warm_up_steps, total_steps, phases, base_rate, allowed: (
        base_rate / _last_phase(warm_up_steps, total_steps, phases) * (1 + 2.0**-10) + allowed
    ),
)


def _goes_too_far(size: Bound) -> Any:
    return deviates(
        "goes_no_further",
        where=lambda step, total_steps: step == total_steps + 1,
        at_most=size,
        because="torch raises at total_steps + 1 only: one step past its end it extrapolates the"
        " last phase",
        witness={"step": 0},
    )


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_ONE_CYCLE,
    because="torch forms end + (start - end) (1 + cos) / 2 with corners that are no whole numbers",
    witness={"step": 96, "total_steps": 97, "div_factor": 25, "final_div_factor": 10_000},
    dtypes=("float64",),
)
@_goes_too_far(_ABOVE)
@fills(5)
@accepts("div_factor=0", because=_UNCHECKED)
def one_cycle_cosine(
    steps: Any,
    base_rate: Any,
    *,
    warm_up_steps: int = 3,
    total_steps: Annotated[int, OneOf((10, 29, 97))] = 10,
    phases: int = 2,
    div_factor: int = 25,
    final_div_factor: int = 10_000,
    past_the_end: Literal["raises"] = "raises",
) -> Any:
    del past_the_end  # torch raises
    return _one_cycle(
        steps, base_rate, "cos", warm_up_steps, total_steps, phases, div_factor, final_div_factor
    )


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    _AGREES,
    where=lambda step: step > 0,
    at_most=_ONE_CYCLE,
    because="torch forms (end - start) share + start, with corners that are no whole numbers",
    witness={"step": 96, "total_steps": 97, "div_factor": 25, "final_div_factor": 10_000},
)
@_goes_too_far(_BELOW)
@fills(5)
@accepts("div_factor=0", because=_UNCHECKED)
def one_cycle_linear(
    steps: Any,
    base_rate: Any,
    *,
    warm_up_steps: int = 3,
    total_steps: Annotated[int, OneOf((10, 29, 97))] = 10,
    phases: int = 3,
    div_factor: int = 25,
    final_div_factor: int = 10_000,
    past_the_end: Literal["raises"] = "raises",
) -> Any:
    del past_the_end  # torch raises
    return _one_cycle(
        steps, base_rate, "linear", warm_up_steps, total_steps, phases, div_factor,
        final_div_factor,
    )  # fmt: skip


# 1 + t / (U + D) is off by 2^-53 times itself (and t / (U + D) before); x is that over its side.
_CYCLE_CANCELS = Bound(
    "|error| <= 4 2^-53 (1 + t / (U + D)) (U + D) / min(U, D) (q - 1) r_0 + accepted",
    lambda step, up_steps, down_steps, peak_ratio, base_rate, allowed: (
        4 * 2.0**-53 * (up_steps + down_steps + step) / min(up_steps, down_steps)
        * (peak_ratio - 1) * base_rate + allowed
    ),
)  # fmt: skip


def _cyclic(steps: Any, base_rate: Any, top: float, up: int, down: int, **mode: Any) -> Any:
    peak = top * base_rate

    def build(optimizer: Any) -> Any:
        return lr_scheduler.CyclicLR(
            optimizer, base_rate.clone(), peak, up, down, cycle_momentum=False, **mode
        )

    return walked(build, steps, base_rate)


def _cycle_cancels(step: int) -> Any:
    return deviates(
        _AGREES,
        where=lambda step: step > 0,
        at_most=_CYCLE_CANCELS,
        because="torch takes the place in the cycle from 1 + t / (U + D), whose whole part grows",
        witness={"step": step, "up_steps": 50, "down_steps": 7, "peak_ratio": 64.0},
        dtypes=("float64",),
    )


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@_cycle_cancels(3999)
@fills_its_rate
@accepts("down_steps=-1", because=_UNCHECKED)
def triangular(
    steps: Any,
    base_rate: Any,
    *,
    peak_ratio: float = 4.0,
    up_steps: int = 4,
    down_steps: Annotated[int, OneOf((4, 1, 7))] = 4,
) -> Any:
    return _cyclic(steps, base_rate, peak_ratio, up_steps, down_steps, mode="triangular")


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@_cycle_cancels(227)
@fills_its_rate
@accepts("down_steps=-1", because=_UNCHECKED)
def triangular2(
    steps: Any,
    base_rate: Any,
    *,
    peak_ratio: float = 4.0,
    up_steps: int = 4,
    down_steps: Annotated[int, OneOf((4, 1, 7))] = 4,
) -> Any:
    return _cyclic(steps, base_rate, peak_ratio, up_steps, down_steps, mode="triangular2")


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@_cycle_cancels(227)
@fills_its_rate
@accepts("down_steps=-1", "decay_rate=-0.5", because=_UNCHECKED)
def exp_range(
    steps: Any,
    base_rate: Any,
    *,
    peak_ratio: float = 4.0,
    decay_rate: float = 0.99,
    up_steps: int = 4,
    down_steps: Annotated[int, OneOf((4, 1, 7))] = 4,
) -> Any:
    mode = {"mode": "exp_range", "gamma": decay_rate}
    return _cyclic(steps, base_rate, peak_ratio, up_steps, down_steps, **mode)
