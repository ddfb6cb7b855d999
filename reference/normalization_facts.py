"""The facts that normalization states. Each names the law in `properties` that it entails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.groups import Grouping
    from reference.numerics import Array


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


def standardizing_weights(groups: Grouping) -> tuple[Fact, ...]:
    """What dividing groups of weights by their deviation entails, with no weights of their own."""
    told: dict[str, Any] = {"groups": groups, "lined_up": lambda values, x: values}
    laws = ["standardizes", "ignores_scale", "gradient_is_orthogonal", "ignores_shifts"]
    return tuple(Fact(law, told | {"centered": True}) for law in laws)


scale_free = Fact("ignores_scale")
"""Four times the first input, with 16 times eps, gives the same output."""

sized = Fact("has_its_lengths")
"""Every row is as long as its length says; its direction's gradient is orthogonal to it."""

keeps_zero_weights = Fact("keeps_zero_weights")
"""Weights of 0 stay 0: no NaN from 0 / 0."""

divides_by_the_largest = Fact("divides_by_the_largest_singular_value")
"""Given the singular vectors, the largest singular value of the result is 1."""

converges = Fact("comes_nearer_to_the_largest_singular_value")
"""Called again and again, with its state carried on, the largest singular value tends to 1."""

state_kept = Fact("keeps_its_vectors_in_eval")
"""In eval mode the state stays; in training it has length 1."""

neighbours = Fact("looks_at_its_neighbours")
"""Channels beyond the window change nothing, those within it do."""

odd_responses = Fact("turns_with_its_input")
"""f(-x) = -f(x), to the last bit."""


def unit_range(groups: Grouping) -> Fact:
    """Every group that varies reaches from 0 to 1, exactly; one that does not is 0."""
    return Fact("fills_the_unit_interval", {"groups": groups})


def range_free(groups: Grouping) -> Fact:
    """A group may be shifted."""
    return Fact("ignores_shifts", {"groups": groups})


idempotent_ranges = Fact("is_idempotent")
"""What was treated once stays as it is."""

leaves_large = Fact("leaves_large_numbers_alone")
"""What is not 0 afterwards is what it was."""

hard_proximal = Fact("minimizes_its_objective", {"price": lambda y, t: t * t / 2 * (y != 0)})
"""No number near y or at 0 has a lower (y - x)^2 / 2 + t^2 / 2 [y != 0]."""

soft_proximal = Fact("minimizes_its_objective", {"price": lambda y, t: t * abs(y)})
"""No number near y or at 0 has a lower (y - x)^2 / 2 + t |y|."""
