"""ReduceLROnPlateau of torch.optim.lr_scheduler, shown metric after metric."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.optim import lr_scheduler

from backends.binding import Bound, deviates, offers
from backends.nonsense import accepts
from backends.torch.schedules import NO_SIXTEEN_BITS, SINGLE_AND_DOUBLE, shown

_MODES = {"lower": "min", "higher": "max"}


@offers(*SINGLE_AND_DOUBLE, because=NO_SIXTEEN_BITS)
@deviates(
    "leaves_inputs_unchanged",
    where=lambda input: input == "[1]",  # noqa: A006 - that is what an input is called
    at_most=Bound("1: the tensor is written to", lambda: 1.0),
    because="a rate given as a tensor is the optimizer's own: the scheduler fills it in place",
    witness={"metric": 1.0},
)
@accepts("threshold=(-0.5, 0.0)", because="torch does not check it")
def reduce_on_plateau(
    metrics: Any,
    base_rate: Any,
    *,
    factor: tuple[int, int] = (1, 10),
    patience: int = 10,
    cooldown: int = 0,
    threshold: tuple[float, float] = (1e-4, 0.0),
    final_fraction: float = 0.0,
    eps: float = 1e-8,
    better: Literal["lower", "higher"] = "lower",
) -> Any:
    mode: Any = _MODES[better]
    kind: Any = "rel" if threshold[0] else "abs"
    lowest = final_fraction * base_rate.item()

    def build(optimizer: torch.optim.Optimizer) -> Any:
        return lr_scheduler.ReduceLROnPlateau(
            optimizer, mode, factor[0] / factor[1], patience, sum(threshold), kind,
            cooldown, lowest, eps,
        )  # fmt: skip

    return shown(build, metrics, base_rate)
