"""The facts that normalization states. Each names the law in `properties` that it entails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.groups import Grouping
    from reference.numerics import Array

LinedUp = "Callable[[Any, Array], Array]"


def standardizing(
    groups: Grouping, lined_up: Callable[[Any, Array], Array], *, centered: bool = True
) -> tuple[Fact, ...]:
    """What dividing groups by their deviation (or root mean square) entails.

    `lined_up` says where the weights apply.
    """
    told: dict[str, Any] = {"groups": groups, "lined_up": lined_up, "centered": centered}
    laws = ["standardizes", "ignores_scale", "gradient_is_orthogonal", "works_where_squares_fit"]
    laws += ["ignores_shifts", "keeps_constants_at_bias"] if centered else ["keeps_zeros_at_bias"]
    return tuple(Fact(law, told) for law in laws)


samples_apart = Fact("keeps_samples_apart")
"""A sample's result is the same in a batch of one."""

one_sample = Fact("survives_a_batch_of_one")
"""One number for each feature is refused, or comes out as the bias; no NaN, no infinity."""

evaluates = Fact("uses_running_statistics_in_eval")
"""In eval mode a number's output depends on no other number, and the state stays as it is."""


def tracks(second: str) -> Fact:
    """Running mean, and running `variance` or `deviation`, move as momentum says."""
    return Fact("tracks_running_statistics", {"second": second})


remembers = Fact("evaluates_as_it_trained")
"""With a share of 1 for the new, eval normalizes a batch by the statistics training took of it."""

corrects = Fact("trains_as_it_evaluates")
"""Where corrections are not clipped, training gives what eval mode gives; where they are clipped
to nothing, batch normalization.
"""
