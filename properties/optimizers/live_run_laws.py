"""Laws of optimizers that run for hundreds of steps, and of what happens to them on the way."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from backends.backend import NotOfferedError
from properties.finding import NOTHING, Finding
from properties.laws import asked
from properties.optimizers.incidents import events
from properties.optimizers.live_runs import advanced, begun, in_step, keeps, seen
from properties.trial import KERNELS

if TYPE_CHECKING:
    from properties.optimizers.steps import Steps


@asked(plans=2, patience=8)
def stays_in_step(trial: Steps) -> Finding:
    """In a run of 300 steps, each looked at is the reference's from where the run then is.

    On the way signs flip, gradients spike, vanish, miss or are NaN, the rate falls, the optimizer
    is saved and restored, and a parameter group is added; every gradient is destroyed once the step
    is taken. As each step is compared from the state before it, what is accepted does not grow.
    """
    live, found = begun(trial), NOTHING
    for k, event in enumerate(events(trial, live)):
        live = advanced(live, event)
        before = seen(trial, live, event.rate) if event.watched else None
        with KERNELS.running():
            live.step(event.grads, event.rate)
        if not event.watched:
            continue
        after = seen(trial, live, event.rate)
        if before is None or after is None:
            message = "it keeps its state under names of its own: only whole runs can be compared"
            raise NotOfferedError(message)
        found = found.merged(in_step(trial, before, event, after, k))
        if found.violations:
            break
    return found


def restores_what_it_saved(trial: Steps) -> Finding:
    """Saved after three steps and loaded into another, an optimizer holds what it did."""
    live, rate = begun(trial), float(trial.parameters["learning_rate"])
    for event in islice(events(trial, live), 3):
        with KERNELS.running():
            live.step(event.grads, event.rate)
    held = seen(trial, live, rate)
    with KERNELS.running():
        now = seen(trial, live.restored(), rate)
    if held is None or now is None:
        message = "it keeps its state under names of its own"
        raise NotOfferedError(message)
    return keeps(trial, held, now)
