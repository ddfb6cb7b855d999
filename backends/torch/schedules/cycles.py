"""Cycles of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from typing import Annotated, Any

from torch.optim import lr_scheduler

from backends.binding import Bound, deviates, offers
from backends.nonsense import accepts
from backends.torch.schedules import (
    NO_SIXTEEN_BITS,
    SINGLE_AND_DOUBLE,
    fills_its_rate,
    walked,
)
from reference.technique import OneOf

_AGREES = "agrees_with_reference"
_UNCHECKED = "torch does not check it"


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

    def build(optimizer: Any, last: int) -> Any:
        return lr_scheduler.CyclicLR(
            optimizer,
            base_rate.clone(),
            peak,
            up,
            down,
            cycle_momentum=False,
            last_epoch=last,
            **mode,
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
