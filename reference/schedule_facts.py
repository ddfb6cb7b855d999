"""The facts that only schedules state. Each names the law in `properties` that it entails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable


def rises(until: int | Callable[..., int]) -> Fact:
    """s <= t <= until implies rate(s) <= rate(t)."""
    return Fact("rises_until_its_top", {"until": until})


def continuous(at_most: float | Callable[..., float]) -> Fact:
    """|rate(t + 1) - rate(t)| <= at_most * base rate: no jump hides between two steps."""
    return Fact("moves_by_small_steps", {"at_most": at_most})


def piecewise(
    at: Callable[..., tuple[int, ...]] = tuple, every: int | Callable[..., int] = 2**31 - 1
) -> Fact:
    """rate(t) = rate(t - 1) at every step t >= 1 not among `at`, nor a multiple of `every`."""
    return Fact("changes_at_its_milestones_only", {"at": at, "every": every})


def geometric(every: int | Callable[..., int], factor: float | Callable[..., float]) -> Fact:
    """rate(t + every) = factor * rate(t) at every step t."""
    return Fact("is_multiplied_by_its_factor", {"every": every, "factor": factor})


def periodic(length: int | Callable[..., int]) -> Fact:
    """rate(t + length) = rate(t) at every step t."""
    return Fact("repeats_itself", {"length": length})


def passes(*points: tuple[Any, Any]) -> Fact:
    """rate(step) = share * base rate at these pairs of step and share: corners, tops, milestones.

    Step and share are numbers or functions of the hyper-parameters.
    """
    return Fact("passes_through_its_corners", {"points": points})


def finite(after: int | Callable[..., int]) -> Fact:
    """Past the step `after` the last rate is held, or the step refused: by the convention."""
    return Fact("goes_no_further", {"after": after})


begins_anywhere = Fact("starts_at_any_step")
"""A run that is begun at step k has the rates of step k and what follows, not those of step 0."""

resumes = Fact("resumes_where_it_stopped")
"""A run that is saved and restored halfway goes on as one that was not."""

falls_with_metrics = Fact("never_raises_its_rate")
"""Whatever the metrics, no rate is above the one before it, or below the lowest."""

patient = Fact("waits_for_its_patience")
"""Metrics that stay as they are reduce the rate after patience + 1 of them, and every so often."""

unitless = Fact("ignores_the_unit_of_metrics")
"""Twice the metrics (a relative threshold), or metrics plus 1 (an absolute one): the same rates."""
