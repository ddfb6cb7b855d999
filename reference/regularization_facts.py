"""The facts that regularization states. Each names the law in `properties` that it entails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

at_rest = Fact("keeps_zero_parameters_at_rest")
"""Parameters of 0 cost nothing and are not moved: the gradient there is 0, and no NaN."""


def kink(largest: Callable[..., float]) -> Fact:
    """At 0 the slope jumps from -largest to largest; any number between is a subgradient."""
    return Fact("takes_a_subgradient_at_zero", {"largest": largest})


mirrored = Fact("mirrors_its_parameters")
"""f(-w) = f(w), and the gradient changes its sign."""

additive = Fact("adds_over_its_tensors")
"""f of all tensors is the sum of f of each of them."""


def homogeneous(degree: int) -> Fact:
    """f(2 w) = 2^degree f(w), and <w, f'(w)> = degree f(w) (Euler)."""
    return Fact("is_homogeneous", {"degree": degree})


proportional_to_strength = Fact("is_proportional_to_its_strength")
"""Twice the strength is twice the penalty."""


mirrored_step = Fact("mirrors_parameters_and_gradients")
"""step(-w, -g) = -step(w, g)."""


def decays(share: Callable[..., float], steps: Callable[..., int]) -> Fact:
    """At zero gradients, steps multiply what decays by 1 - share each, and leave the rest."""
    return Fact("decays_by_its_share", {"share": share, "steps": steps})


def bounded_rows(at_most: Callable[..., float]) -> Fact:
    """Afterwards no row is longer than `at_most`; rows that were not are as before."""
    return Fact("bounds_every_row", {"at_most": at_most})


def bounded_tree(at_most: Callable[..., float]) -> Fact:
    """Afterwards the norm is at most `at_most`, and a tree that is not longer stays as it is."""
    return Fact("bounds_the_norm", {"at_most": at_most})


nonnegative = Fact("leaves_nothing_negative")
"""Afterwards no number is below 0; numbers that were not are exactly as before."""

unit_rows = Fact("gives_rows_of_length_one")
"""Afterwards every row that is longer than eps has the length 1."""

keeps_zero_rows = Fact("keeps_zero_rows")
"""A row of zeros stays one: no 0 / 0."""


def projects(within: Callable[..., float]) -> Fact:
    """What was projected once stays as it is, within a relative change (0 where it is exact)."""
    return Fact("is_idempotent", {"within": within})


rows_alone = Fact("treats_every_row_alone")
"""A row's result does not depend on the other rows."""


def least_at_its_labels(labels: Callable[..., tuple[Any, Any]]) -> Fact:
    """The loss is least where p = q: its gradient is 0 at x = log q.

    `labels(smoothing, classes, spread)` are the probabilities q of the right and of a wrong class.
    """
    return Fact("is_least_at_its_labels", {"labels": labels})


@dataclass(frozen=True)
class Affine:
    """What a mask does to x at one rate: keeps slope x + shift, or puts `dropped` in its place."""

    slope: float
    shift: float
    dropped: float


def masks(shared: Callable[[int], tuple[int, ...]], at: Callable[[float], Affine]) -> Fact:
    """Each unit of x is dropped with probability `rate`, independently of all others.

    `shared(rank)` names the axes along which numbers share their fate: a unit is a number, a whole
    channel, a whole sample. `at(rate)` says what becomes of kept and dropped numbers.
    """
    return Fact("drops_at_its_rate", {"shared": shared, "at": at})


whole_units = Fact("drops_units_as_a_whole")
"""All numbers of a unit (a channel, a sample) are kept, or all are dropped."""

unbiased = Fact("keeps_the_mean")
"""E y = x, and E y^2 = x^2 / (1 - rate)."""

standard_moments = Fact("keeps_standard_moments")
"""Of standard normal x, mean 0 and variance 1 are kept."""
