"""The facts of gradient techniques. Each names the law in `properties` that it entails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable


def clips(
    measure: Callable[..., list[object]],
    at_most: Callable[..., float],
    margin: Callable[..., float] = lambda: 0.0,
    columns: Callable[..., dict[str, list[object]]] = lambda *_: {},
) -> Fact:
    """Afterwards `measure` is at most `at_most`, and what is less by `margin` is left alone.

    `measure` takes the inputs, and hyper-parameters by name; for every tensor it returns the norm
    of the group that each of its numbers is in, as an array that broadcasts to the tensor.
    `columns` gives more of them, by name, for the equations of deviations.
    """
    values = {"measure": measure, "at_most": at_most, "margin": margin, "columns": columns}
    return Fact("bounds_the_norm", values)


shrinks_each = Fact("keeps_direction", {"groups": "tensors"})
"""Every tensor is multiplied by one number of its own, between 0 and 1."""

shrinks_units = Fact("keeps_signs")
"""Every number keeps its sign, or becomes 0, and does not grow."""

mixable = Fact("takes_mixed_dtypes")
"""float32 tensors may stand beside narrower ones: each keeps its dtype, none loses accuracy."""

takes_nothing = Fact("takes_an_empty_tree")
"""A tree of no tensors gives a tree of no tensors."""


def chosen(*names: str) -> Fact:
    """Choices (an order, a way of walking) that are all tried, whatever else is drawn."""
    return Fact("agrees_in_every_choice", {"names": names})


refuses = Fact("refuses_a_norm_that_is_no_number")
"""One NaN or infinity, and gradients come back as they are, with a 1; else with a 0."""

centred = Fact("has_zero_means")
"""The mean over every unit is 0 afterwards; tensors of one axis or none are left alone."""

full_batch = Fact("equals_the_full_batch")
"""However a batch is cut into micro-batches, the result is that of the whole batch."""

unordered = Fact("ignores_the_order_of_micro_batches")
"""Micro-batches may come in any order."""

resets = Fact("forgets_what_it_has_emitted")
"""What follows an emitted update depends on later gradients only."""

skips = Fact("recovers_from_bad_steps")
"""A step with a NaN or an infinity applies nothing, and the next good one is applied whole."""

scales_back = Fact("adapts_its_scale")
"""The scale falls after a bad step, rises after `growth_interval` good ones, and else stays."""
