"""More facts of optimizers that average gradients. Each names the law that it entails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable


def decays_apart(keeps: Callable[..., float]) -> Fact:
    """Whatever gradient and state are, params w end `keeps` w further than params 0 do.

    `keeps` takes hyper-parameters by name.
    """
    return Fact("decays_apart_from_the_gradient", {"keeps": keeps})


def stands_still(keeps: Callable[..., float] = lambda: 1.0) -> Fact:
    """From the beginning, a zero gradient multiplies params by `keeps`; the state may move."""
    return Fact("stands_still_at_zero_gradient", {"keeps": keeps})


def never_falls(*entries: str) -> Fact:
    """These entries of the state are at least what they were, element by element."""
    return Fact("remembers_the_largest", {"entries": entries})


moves_by_the_rate = Fact("moves_by_the_rate_or_not_at_all")
"""Params 0 step by exactly the learning rate, or not at all where the gradient and its past are."""


def creeps(**decays: str) -> Fact:
    """A state entry changes by at most (1 - decay) g^2 in a step, however far it is away."""
    return Fact("changes_no_faster_than_its_gradient", {"decays": decays})
