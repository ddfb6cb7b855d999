"""Laws of optimizers that run for hundreds of steps, and of what happens to them on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.backend import NotOfferedError
from properties.finding import NOTHING, Finding
from properties.live_runs import LENGTH, advanced, begun, events, in_step, keeps, seen, whole
from properties.trial import KERNELS

if TYPE_CHECKING:
    from properties.steps import Steps

SHORT = 24


def stays_in_step(trial: Steps) -> Finding:
    """In a run of 300 steps, each looked at is the reference's from where the run then is.

    On the way signs flip, gradients spike, vanish, miss or are NaN, the rate falls, the optimizer
    is saved and restored, and a parameter group is added; every gradient is destroyed once the step
    is taken. As each step is compared from the state before it, what is accepted does not grow.
    """
    live, found = begun(trial), NOTHING
    for k, event in enumerate(events(trial, live)):
        held = seen(trial, live) if event.incident == "restore" else None
        live = advanced(live, event)
        if held is not None and (now := seen(trial, live)) is not None:
            found = found.merged(keeps(trial, held, now, k))
        before = seen(trial, live) if event.watched else None
        with KERNELS.running():
            live.step(event.grads, event.rate)
        if not event.watched:
            continue
        after = seen(trial, live)
        if before is None or after is None:
            message = "it keeps its state under names of its own: only whole runs can be compared"
            raise NotOfferedError(message)
        found = found.merged(in_step(trial, before, event, after, k))
    return found


def ends_where_the_reference_does(trial: Steps) -> Finding:
    """An optimizer whose state is its own: runs of 24 and of 300 steps end as the reference's.

    What is accepted grows with the run. One whose state can be read is held to `stays_in_step`,
    which is sharper.
    """
    live = begun(trial)
    with KERNELS.running():
        live.step(next(events(trial, live)).grads, 0.0)
    if live.states() is not None:
        message = "its state can be read: every step of a run is compared"
        raise NotOfferedError(message)
    return whole(trial, SHORT).merged(whole(trial, LENGTH))
