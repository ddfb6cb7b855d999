"""Laws of layer-wise optimizers: how far a whole tensor moves, and how long it then is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.trial import all_of
from reference import facts
from reference.numerics import rounded
from reference.optimizer_states import beginning
from reference.trees import mapped

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.optimizers.steps import Steps
    from reference.numerics import Array
    from reference.technique import Fact


def moves_by_a_share_of_the_norm(trial: Steps, fact: Fact) -> Finding:
    """The first step of a tensor is as long as its share of the tensor's norm, without eps.

    Gradients are near 1 and weights are 1 or -1, so that no square leaves any range. Every new
    weight rounds once more, by at most u times itself.
    """
    free = {name: 0.0 for name in trial.parameters if name.startswith("eps")}
    near = trial.at(middle=1, spread=1, spoiled=False, taken=0, **free, **fact.values["chosen"])
    grads, _, params = near.given
    grads, params = mapped(_ones_for_zeros, grads), mapped(_signs, params)
    new, _ = near.step((grads, near.beginning, params))
    share = facts.at(fact.values["share"], near.parameters)
    claim, u = trial.subject.technique.accuracy, trial.subject.form.unit_roundoff
    roundings = 2 * claim.ulps + claim.roundings(near.given)

    def one(w: Array, v: Array) -> Finding:
        due = share * _length(w)
        slack = u * (roundings * due + _length(v))
        moved = np.array(_length(v.astype(np.float64) - w))
        return trial.compare(moved, np.array(due), slack, about={"shape": w.shape, "share": share})

    return all_of(one(w, v) for w, v in zip(params, new, strict=True) if w.size)


def moves_by_at_most_a_share(trial: Steps, fact: Fact) -> Finding:
    """Gradients 16 times as large as those before move a tensor by no more than its share.

    They are near 1, and weights are 1 or -1, as for the first step.
    """
    chosen = fact.values["chosen"]
    near = trial.at(middle=1, spread=1, past=-4, taken=20, spoiled=False, **chosen)
    grads, state, params = near.given
    grads, params = mapped(_ones_for_zeros, grads), mapped(_signs, params)
    new, _ = near.step((grads, state, params))
    share = facts.at(fact.values["share"], near.parameters)
    claim, u = trial.subject.technique.accuracy, trial.subject.form.unit_roundoff
    roundings = 2 * claim.ulps + claim.roundings(near.given)

    def one(w: Array, v: Array) -> Finding:
        longest = share * _length(w)
        slack = u * (roundings * longest + _length(v))
        beyond = np.maximum(_length(v.astype(np.float64) - w) - longest, 0.0)
        return trial.compare(np.array(beyond), np.array(0.0), slack, about={"shape": w.shape})

    return all_of(one(w, v) for w, v in zip(params, new, strict=True) if w.size)


def moves_the_tree_by_a_known_length(trial: Steps, fact: Fact) -> Finding:
    """The first step of all tensors together, from weights 0, is as long as stated.

    Gradients are near 1, so that no square leaves any range, and so is eps: where it is added
    shows.
    """
    near = trial.at(middle=1, spread=1, spoiled=False, taken=0, eps=1.0)
    grads, _, params = near.given
    grads, params = mapped(_ones_for_zeros, grads), mapped(np.zeros_like, params)
    state = beginning(trial.subject.technique, params, near.parameters)
    new, _ = near.step((grads, rounded(state, trial.subject.form), params))
    norm, moved = (float(np.hypot.reduce([_length(x) for x in tree])) for tree in (grads, new))
    due = facts.at(fact.values["length"], near.parameters | {"norm": norm})
    claim, u = trial.subject.technique.accuracy, trial.subject.form.unit_roundoff
    roundings = 2 * claim.ulps + claim.roundings(near.given)
    # what the length is a multiple of is rounded to the smallest number, and so are all elements
    smallest = trial.subject.form.smallest * (1 + np.sqrt(sum(w.size for w in new)))
    slack = u * roundings * due + smallest
    return trial.compare(np.array(moved), np.array(due), slack, about={"norm": norm})


def keeps_the_norm_at_right_angles(trial: Steps, fact: Fact) -> Finding:
    """Where weights are 1, -1 or 0 and gradients are 0 but at those 0, a tensor is only turned."""
    del fact
    near = trial.at(middle=1, spread=1, spoiled=False)
    grads, state, params = near.given
    params = [_signs(w) * _every_second(w, 0) for w in params]
    grads = [_ones_for_zeros(g) * _every_second(g, 1) for g in grads]
    new, _ = near.step((grads, state, params))
    claim, u = trial.subject.technique.accuracy, trial.subject.form.unit_roundoff
    roundings = 2 * claim.ulps + claim.roundings(near.given) + 1
    return all_of(
        trial.compare(
            np.array(_length(v)), np.array(_length(w)), u * roundings * _length(w),
            about={"shape": w.shape},
        )
        for w, v in zip(params, new, strict=True)
        if w.size > 1
    )  # fmt: skip


def _signs(w: Array) -> Array:
    return np.where(w < 0, -1, 1).astype(w.dtype)


def _ones_for_zeros(g: Array) -> Array:
    return np.where(g == 0, 1, g).astype(g.dtype)


def _every_second(x: Array, first: int) -> Array:
    return (np.arange(x.size).reshape(x.shape) % 2 == first).astype(x.dtype)


def _length(x: Array) -> float:
    return float(np.sqrt(np.sum(np.square(x.astype(np.float64)))))
