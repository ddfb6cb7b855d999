"""Laws that compare layer by layer: each is judged from what the backend itself had around it.

So errors do not add up over the depth, the bound is that of one layer, and the first layer that
differs is the one that is wrong: the finding's witness names it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.finding import NOTHING, Finding
from properties.flow.trials import Flows, Step
from properties.trial import all_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from properties.flow.near import Near
    from reference.numerics import Array


def agrees_layer_by_layer(trial: Flows) -> Finding:
    """Every state is what the layer makes of the one before it, within the layer's own bound; the
    witness names the first that is not.
    """
    first = _same(trial, trial.flow.states[0], trial.given[0], "state")
    return first.merged(_in_turn(trial, trial.steps(), "outputs"))


def tangents_agree_layer_by_layer(trial: Flows) -> Finding:
    """Every tangent is the layer's Jacobian times the one before it; the witness names the first
    layer where it is not.
    """
    first = _same(trial, trial.flow.tangents[0], trial.given[1], "tangent")
    return first.merged(_in_turn(trial, trial.steps(), "tangents"))


def gradients_agree_layer_by_layer(trial: Flows) -> Finding:
    """Every gradient is the layer's transposed Jacobian times the one behind it; the witness names
    the first layer, from the end, where it is not.
    """
    last = _same(trial, trial.flow.gradients[-1], trial.given[2], "gradient")
    return last.merged(_in_turn(trial, reversed(trial.steps()), "gradients"))


def weights_gradients_agree(trial: Flows) -> Finding:
    """The gradient of every weight and bias is what its layer makes of the gradient behind it."""
    total, steps = NOTHING, trial.steps()
    for place, gradient in enumerate(trial.flow.parameters):
        seen = gradient.astype(np.float64)
        parts = [step.parameters[place] for step in steps]
        about = {"parameter": trial.subject.technique.inputs[3 + place]}
        if seen.shape == (trial.plan.depth, *parts[0].shape):
            total = total.merged(_all(trial, zip(steps, seen, parts, strict=True), about))
            continue
        due = parts[0]
        for part in parts[1:]:  # the same weights at all times
            due = due + part
        high, low = _split(due.value)
        found = trial.compare(seen, high, low=low, about=about, **_room(trial, due))
        total = total.merged(found)
    return total


def keeps_the_product_of_tangent_and_gradient(trial: Flows) -> Finding:
    """The inner product of tangent and gradient is the same in front of every layer and behind it:
    what is pushed on and what is pulled back are transposes of each other.
    """
    found = []
    states = zip(trial.alive(trial.wide.tangents), trial.alive(trial.wide.gradients), strict=True)
    products = [(float(np.sum(t * g)), np.abs(t), np.abs(g)) for t, g in states]
    for step, (here, t, _), (there, _, g) in zip(
        trial.steps(), products, products[1:], strict=False
    ):
        allowed = np.sum(step.gradients[1].error * t) + np.sum(step.tangents[1].error * g)
        about = {"layer": step.layer + 1}
        if np.isfinite([here, there, allowed]).all():  # what overflows has no inner product
            found.append(trial.compare(np.array([here]), np.array([there]), allowed, about=about))
    return all_of(iter(found))


def leaves_inputs_unchanged(trial: Flows) -> Finding:
    """Every input array holds the same values after the call as before."""
    assert trial.flow  # noqa: S101 - the call that is looked at
    same = np.array(trial.cache["unchanged"], float)
    return trial.compare(same, np.ones_like(same), 0.0)


def _same(trial: Flows, seen: Array, due: Array, of: str) -> Finding:
    """At the ends nothing is computed: there what was given stands, zeros beyond its features."""
    seen, due = (y.astype(np.float64) for y in (seen, due))
    wide = np.zeros_like(seen)
    wide[:, : due.shape[1]] = due
    return trial.compare(seen, wide, 0.0, about={"of": of, "layer": 0})


def _in_turn(trial: Flows, steps: Iterable[Step], column: str) -> Finding:
    rows = ((step, *getattr(step, column)) for step in steps)
    return _all(trial, rows, {"of": column})


def _all(trial: Flows, rows: Iterable[tuple[Step, Array, Near]], about: dict[str, str]) -> Finding:
    """All layers in turn. Where some are off, the witness is the first's, and says so."""
    total, first = NOTHING, None
    for step, seen, due in rows:
        told = about | {"layer": step.layer + 1}
        high, low = _split(due.value)
        found = trial.compare(seen, high, low=low, about=told, **_room(trial, due))
        if found.violations and first is None:
            first = (found.witness or {}) | {"first_layer_that_differs": step.layer + 1}
        total = total.merged(found)
    return total if first is None else replace(total, witness=first)


def _split(value: Array) -> tuple[Array, Array]:
    high = value.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return high, np.nan_to_num((value - high).astype(np.float64))


def _room(trial: Flows, due: Near) -> dict[str, Any]:
    """The bound, as results may round to the format once more; and where it is one.

    Behind a number that overflowed, or whose partial sums may have, nothing is known; nor is where
    the bound is beyond the format's largest number: parts of the way may overflow there.
    """
    u = trial.subject.form.unit_roundoff
    rounds = u * np.abs(due.value.astype(np.float64)) + trial.rounding.lost
    known = np.isfinite(due.value) & (due.error < trial.rounding.largest)
    return {"allowed": np.where(known, due.error + rounds, 0.0), "mask": known}
