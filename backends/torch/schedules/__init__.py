"""Schedules of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch

from backends.backend import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable

SINGLE_AND_DOUBLE = ("float64", "float32")
NO_SIXTEEN_BITS = (
    "a rate is a Python float, or a float32 tensor in captured loops: torch keeps no rate in 16"
    " bits."
)


def fills(step: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that the base rate, a tensor, is another one at this step."""
    return deviates(
        "leaves_inputs_unchanged",
        where=lambda input: input == "[1]",  # noqa: A006 - that is what an input is called
        at_most=Bound("1: the tensor is written to", lambda: 1.0),
        because="a rate given as a tensor is the optimizer's own: the scheduler fills it in place",
        witness={"step": step},
    )


fills_its_rate = fills(20)


def walked(build: Callable[[Any], Any], steps: Any, base_rate: Any) -> Any:
    """Rates of a scheduler at these steps. Rows of steps are legs of the run.

    Between two legs, optimizer and scheduler are saved, built anew and restored.
    """
    rates, saved = [], None
    for leg in steps.reshape(-1, steps.shape[-1]) if steps.dim() else steps.reshape(1, 1):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=base_rate)
        scheduler = build(optimizer)
        if saved is None:
            rates.append(scheduler.get_last_lr()[0])
        else:
            optimizer.load_state_dict(saved[0])
            scheduler.load_state_dict(saved[1])
        while len(rates) <= int(leg.max()):
            optimizer.step()
            scheduler.step()
            rates.append(scheduler.get_last_lr()[0])
        saved = deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    return torch.stack(rates)[steps.long()]


def shown(build: Callable[[Any], Any], metrics: Any, base_rate: Any) -> Any:
    """Rates of a scheduler after each of these metrics. Rows of metrics are legs of the run."""
    rates, saved = [], None
    for leg in metrics.reshape(-1, metrics.shape[-1]):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=base_rate)
        scheduler = build(optimizer)
        if saved is not None:
            optimizer.load_state_dict(saved[0])
            scheduler.load_state_dict(saved[1])
        for metric in leg:
            optimizer.step()
            scheduler.step(metric)
            rates.append(scheduler.get_last_lr()[0])
        saved = deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    return torch.stack(rates).reshape(metrics.shape)
