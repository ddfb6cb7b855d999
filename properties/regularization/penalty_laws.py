"""Laws of penalties: what a charge for large parameters owes to its mathematics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.array_laws import (  # noqa: F401 - laws of this family too
    agrees_with_reference,
    leaves_inputs_unchanged,
)
from properties.finding import Finding
from properties.regularization.weights import Penalties, Weights, flat
from properties.trial import all_of
from reference import facts
from reference.numerics import Format
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.arrays import Arrays
    from properties.truths import Truth
    from reference.numerics import Array
    from reference.technique import Fact

Inputs = tuple[Any, ...]


def gradient_agrees(trial: Penalties) -> Finding:
    """The gradient of every parameter is the reference's, within the derived bound.

    At the kinks of a penalty it is another law's business.
    """
    return _slopes(trial)


def agrees_at_extreme_sizes(trial: Weights) -> Finding:
    """The same next to overflow and underflow, and with one number NaN or infinite."""
    return all_of(_agreement(t, t.observed(), t.truth) for t in trial.extremes())


def gradient_agrees_at_extreme_sizes(trial: Penalties) -> Finding:
    """So does the gradient, next to overflow and underflow."""
    return all_of(_slopes(t) for t in trial.extremes() if not t.plan.spoiled)


def _slopes(trial: Weights) -> Finding:
    masks = [_off_kink(trial, w) for _, w in leaves(trial.given)]
    return _agreement(trial, trial.observed_gradients(), trial.true_gradients, masks)


def _off_kink(trial: Weights, w: Array) -> Array | None:
    """Where a penalty with a kink at 0 has a gradient: a device may read subnormals as 0."""
    if not any(f.law == "takes_a_subgradient_at_zero" for f in trial.subject.technique.facts):
        return None
    reach = trial.subject.form.tiny if trial.subject.flushing.inputs else 0.0
    return ~(np.abs(w.astype(np.float64)) <= reach)


def takes_a_subgradient_at_zero(trial: Penalties, fact: Fact) -> Finding:
    """At a parameter of 0 the slope is one between -k and k: the one that the binding names.

    The convention is middle (0) or right (k); a binding that names none may take any.
    """
    k = facts.at(fact.values["largest"], trial.parameters) * np.float64(trial.cotangents)
    convention = getattr(trial.subject.binding, "subgradient", "")
    rest = trial.changed(_zeroed)
    slack = 4 * trial.subject.form.unit_roundoff * abs(k)
    found = []
    for path, seen in rest.observed_gradients():
        between = np.clip(np.nan_to_num(seen.astype(np.float64), nan=np.inf), -abs(k), abs(k))
        due = {"middle": 0 * between, "right": 0 * between + k}.get(convention, between)
        about = {"output": path, "subgradient": convention}
        found.append(rest.compare(seen, due, slack, about=about, floor=trial.floor))
    return all_of(iter(found))


def _agreement(
    trial: Weights,
    seen: list[tuple[str, Array]],
    truths: list[Truth],
    masks: list[Array | None] | None = None,
) -> Finding:
    given = [w for _, w in leaves(trial.given)] + [np.empty(0)] * len(seen)
    return all_of(
        trial.compare(
            observed, t.high, t.allowed, low=t.low, floor=trial.floor, mask=mask,
            scale=np.max(np.nan_to_num(np.abs(t.high), posinf=0.0), initial=0.0),
            inputs={"param": w} if w.shape == t.high.shape else {}, about={"output": t.path},
        )
        for w, (_, observed), t, mask in zip(
            given[: len(seen)], seen, truths, masks or [None] * len(seen), strict=True
        )
    )  # fmt: skip


def keeps_zero_parameters_at_rest(trial: Penalties, fact: Fact) -> Finding:
    """Parameters of 0 cost 0, and their gradient is 0: no NaN, no force to either side."""
    del fact
    rest = trial.changed(_zeroed)
    seen = [*rest.observed(), *rest.observed_gradients()]
    return all_of(_exactly(rest, x, np.zeros(np.shape(x)), path) for path, x in seen)


def mirrors_its_parameters(trial: Penalties, fact: Fact) -> Finding:
    """Parameters of the other sign cost as much, and their gradients have the other sign."""
    del fact
    turned = trial.changed(_negated)
    costs = _close(trial, turned.observed(), trial.observed(), trial.truth, 1)
    slopes = turned.observed_gradients(), trial.observed_gradients()
    return all_of(iter([costs, _close(trial, *slopes, trial.true_gradients, -1, off_zero=True)]))


def adds_over_its_tensors(trial: Penalties, fact: Fact) -> Finding:
    """The penalty of a tree is the sum of the penalties of its tensors, the others being 0."""
    del fact
    parts = [trial.changed(_only(i)) for i in range(len(trial.given[0]))]
    total = sum(_cost(t) for t in parts)
    slack = sum(np.sum(t.truth[0].allowed) for t in (trial, *parts))
    return trial.compare(
        np.asarray(_cost(trial), np.float64), np.asarray(total, np.float64), slack,
        floor=trial.floor, like="agrees_with_reference",
    )  # fmt: skip


def is_homogeneous(trial: Penalties, fact: Fact) -> Finding:
    """Parameters twice as large cost 2^d times as much; and <w, R'> = d R (Euler's identity)."""
    degree = fact.values["degree"]
    twice = trial.changed(_doubled)
    slack = 2.0**degree * trial.truth[0].allowed + twice.truth[0].allowed
    grown = twice.compare(
        np.asarray(_cost(twice), np.float64), 2.0**degree * np.asarray(_cost(trial), np.float64),
        slack, floor=trial.floor, like="agrees_with_reference", about={"twice": "params"},
    )  # fmt: skip
    w, c = flat(trial.given), np.float64(trial.cotangents)
    slopes = flat([g for _, g in trial.observed_gradients()])
    off = np.sum(np.abs(w) * flat([t.allowed for t in trial.true_gradients]))
    along, due = np.sum(np.where(w == 0, 0, w * slopes)), degree * c * _cost(trial)
    slack = np.float64(off) + degree * np.abs(c) * trial.truth[0].allowed
    euler = trial.compare(
        np.asarray(along, np.float64), np.asarray(due, np.float64), slack, floor=trial.floor,
        like="agrees_with_reference", about={"sum": "w R'"},
    )  # fmt: skip
    return grown.merged(euler)


def is_proportional_to_its_strength(trial: Penalties, fact: Fact) -> Finding:
    """Twice the strength is twice the penalty, and twice its gradient."""
    del fact
    twice = trial.changed(_same, strength=2 * trial.parameters["strength"])
    costs = _close(trial, twice.observed(), trial.observed(), trial.truth, 2)
    slopes = twice.observed_gradients(), trial.observed_gradients()
    return all_of(iter([costs, _close(trial, *slopes, trial.true_gradients, 2)]))


def _close(
    trial: Penalties,
    seen: list[tuple[str, Array]],
    before: list[tuple[str, Array]],
    truths: list[Truth],
    factor: float,
    *,
    off_zero: bool = False,
) -> Finding:
    """`factor` times what was seen before, where each may be off by what is allowed.

    `off_zero`: gradients of parameters other than 0 only.
    """
    masks = [w != 0 if off_zero else None for _, w in leaves(trial.given)]
    masks = masks if len(masks) == len(seen) else [None] * len(seen)
    return all_of(
        trial.compare(
            y, factor * np.asarray(x, np.float64), 2 * abs(factor) * t.allowed, mask=mask,
            floor=(1 + abs(factor)) * trial.floor, about={"output": t.path},
            like="gradient_agrees" if mask is not None else "agrees_with_reference",
        )
        for (_, y), (_, x), t, mask in zip(seen, before, truths, masks, strict=True)
    )  # fmt: skip


def _exactly(trial: Arrays, seen: Any, due: Any, path: str) -> Finding:
    return trial.compare(
        np.atleast_1d(seen), np.atleast_1d(due), 0.0, floor=trial.floor, about={"output": path}
    )


def _cost(trial: Arrays) -> Any:
    return np.longdouble(np.float64(trial.observed()[0][1]))


def _same(inputs: Inputs, form: Format) -> Inputs:
    del form
    return inputs


def _zeroed(inputs: Inputs, form: Format) -> Inputs:
    del form
    return tuple(mapped(np.zeros_like, inputs))


def _negated(inputs: Inputs, form: Format) -> Inputs:
    del form
    return tuple(mapped(np.negative, inputs))


def _doubled(inputs: Inputs, form: Format) -> Inputs:
    return tuple(mapped(lambda x: (x + x).astype(form.dtype), inputs))


def _only(index: int) -> Any:
    """Put zeros in the place of all tensors but one."""

    def change(inputs: Inputs, form: Format) -> Inputs:
        del form
        (params,) = inputs
        return ([w if i == index else np.zeros_like(w) for i, w in enumerate(params)],)

    return change
