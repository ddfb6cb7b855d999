"""One cycle of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from torch.optim import lr_scheduler

from backends.binding import Bound, deviates, offers
from backends.nonsense import accepts
from backends.torch.schedules import (
    NO_SIXTEEN_BITS,
    SINGLE_AND_DOUBLE,
    fills,
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

    def build(optimizer: Any, last: int) -> Any:
        return lr_scheduler.OneCycleLR(
            optimizer, base_rate, total + 1, pct_start=share, anneal_strategy=shape,
            cycle_momentum=False, div_factor=div, final_div_factor=final_div, three_phase=three,
            last_epoch=last,
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
