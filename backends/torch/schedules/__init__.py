"""Schedules of torch.optim.lr_scheduler, walked from step 0 on a dummy optimizer."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch

from backends.binding import Bound, deviates

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


def walked(build: Callable[[Any, int], Any], steps: Any, base_rate: Any) -> Any:
    """Rates at these steps of a scheduler that `build` makes of an optimizer and a last epoch.

    Rows of steps are legs of the run. Between two legs, optimizer and scheduler are saved, built
    anew and restored. Legs in three or four axes are begun by the number of their step alone.
    """
    if steps.dim() > 2:
        return _begun(build, steps, base_rate)
    rates, saved = [], None
    for leg in steps.reshape(-1, steps.shape[-1]) if steps.dim() else steps.reshape(1, 1):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=base_rate)
        scheduler = build(optimizer, -1)
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


def _begun(build: Callable[[Any, int], Any], steps: Any, base_rate: Any) -> Any:
    """Rates of schedulers that are built with last_epoch, each beside a new optimizer.

    In three axes the run begins at step 0, and the optimizer of every leg is restored from the one
    before, which has been stepped to the leg's first rate. In four it begins at the lowest step,
    beside an optimizer for which the scheduler was built at step 0, and no more.
    """
    begin = int(steps.min()) if steps.dim() > 3 else 0
    rates: list[Any] = []
    before: Any = ()
    for leg in steps.reshape(-1, steps.shape[-1]):
        at = begin + len(rates)
        if int(leg.max()) < at:
            continue
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=base_rate.clone())
        for part in before:
            part.step()
        if before:
            optimizer.load_state_dict(deepcopy(before[0].state_dict()))
        elif at:
            build(optimizer, -1)
        scheduler = build(optimizer, at - 1)
        rates.append(scheduler.get_last_lr()[0])
        while begin + len(rates) <= int(leg.max()):
            optimizer.step()
            scheduler.step()
            rates.append(scheduler.get_last_lr()[0])
        before = (optimizer, scheduler)
    return torch.stack(rates)[(steps - begin).long()]


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
