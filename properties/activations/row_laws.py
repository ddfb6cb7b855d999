"""Laws of functions of rows: what softmax, its kin and the gated units owe to their mathematics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.activations.row_changes import (
    STEP,
    Doubled,
    Filled,
    in_two_batches,
    last_alone,
    masked_rows,
    moved_rows,
    none_at_all,
    poisoned_rows,
    resting_rows,
    reversed_rows,
)
from properties.arrays import Arrays
from properties.finding import Finding
from properties.trial import KERNELS, all_of
from properties.truths import Truth
from reference import facts
from reference.numerics import Array, ulp
from reference.trees import leaves

if TYPE_CHECKING:
    from reference.technique import Fact


def sums_to_one(trial: Arrays, fact: Fact) -> Finding:
    """Every row of the result sums to 1, within its roundings, and no number is negative."""
    del fact
    truth, y = trial.truth[0], trial.observed()[0][1].astype(np.float64)
    total = np.where(np.any(y < 0, axis=-1), np.nan, np.sum(y, axis=-1))
    slack = _excused(trial, truth, _roundings(trial, truth))
    return trial.compare(
        total, np.ones_like(total), np.sum(slack, axis=-1), floor=y.shape[-1] * trial.floor
    )


def is_shift_invariant(trial: Arrays, fact: Fact) -> Finding:
    """f(x + s) = f(x), or f(x) + s for a shift-equivariant f, in rows where x + s is exact."""
    rest, moved = trial.changed(resting_rows), trial.changed(moved_rows)
    wide = [np.asarray(t.given[0]).astype(np.longdouble) for t in (rest, moved)]
    exact = np.all(wide[0] + STEP == wide[1], axis=-1)
    before, after = (t.observed()[0][1].astype(np.float64) for t in (rest, moved))
    slack = _slack(rest, rest.truth[0]) + _slack(moved, moved.truth[0])
    return moved.compare(
        after, before + fact.values["rate"] * STEP, slack, mask=_over(exact, after),
        inputs=_rows_of(moved, after), floor=2 * trial.floor,
    )  # fmt: skip


def is_permutation_equivariant(trial: Arrays, fact: Fact) -> Finding:
    """Reversed rows give reversed rows, or the same number where a row gives one."""
    del fact
    turned = trial.changed(reversed_rows)
    (_, y), truth = trial.observed()[0], trial.truth[0]
    seen = list(leaves(turned.on_backend(turned.given).outputs))
    trial.hold([(truth.path, truth.high)], seen)
    back = seen[0][1][..., ::-1] if y.ndim == trial.given[0].ndim else seen[0][1]
    return trial.compare(
        back.astype(np.float64), y.astype(np.float64), 2 * _slack(trial, truth),
        inputs=_rows_of(trial, y), floor=2 * trial.floor,
    )  # fmt: skip


def gradient_sums_to_zero(trial: Arrays, fact: Fact) -> Finding:
    """The gradient of every row sums to 0, within what is allowed for its numbers together."""
    del fact
    truth, g = trial.true_gradients[0], trial.observed_gradients()[0][1].astype(np.float64)
    slack = _excused(trial, truth, truth.allowed, law="gradient_agrees")
    total = np.sum(g, axis=-1)
    return trial.compare(
        total, np.zeros_like(total), np.sum(slack, axis=-1), floor=g.shape[-1] * trial.floor
    )


def ignores_masked_entries(trial: Arrays, fact: Fact) -> Finding:
    """With entries of -inf, result and gradient are still the reference's, and no NaN appears."""
    del fact
    masked = trial.changed(masked_rows)
    pairs = (
        (masked.observed(), masked.truth, "agrees_with_reference"),
        (masked.observed_gradients(), masked.true_gradients, "gradient_agrees"),
    )
    return all_of(
        masked.compare(
            y, t.high, t.allowed, low=t.low, inputs=_rows_of(masked, y), floor=trial.floor,
            about={"output": t.path}, like=like,
        )
        for seen, truths, like in pairs
        for (_, y), t in zip(seen, truths, strict=True)
    )  # fmt: skip


def keeps_rows_apart(trial: Arrays, fact: Fact) -> Finding:
    """More leading axes, a single row or none: every row gives what it gave in the batch."""
    del fact
    truth = trial.truth[0]
    slack = _slack(trial, truth)
    found = []
    for lead, part in ((in_two_batches, slice(None)), (last_alone, -1), (none_at_all, slice(0))):
        inputs = tuple(lead(x) for x in trial.given)
        due = lead(truth.high)
        seen = list(leaves(trial.on_backend(inputs).outputs))
        trial.hold([(truth.path, due)], seen)
        high, allowed = (np.reshape(a[part], due.shape) for a in (truth.high, slack))
        low = np.reshape(np.broadcast_to(truth.low, truth.high.shape)[part], due.shape)
        shape = {"shape": list(np.shape(inputs[0]))}
        y = seen[0][1]
        if y.size:
            # The deviations are in `slack` already: they name the inputs in their own shape.
            asked = trial.excusing("", none=True)
            found.append(asked.compare(y, high, allowed, low=low, floor=trial.floor, about=shape))
    return all_of(iter(found))


def propagates_nan(trial: Arrays, fact: Fact) -> Finding:
    """NaN in an input shows wherever the result depends on it, and nowhere else.

    What is NaN without it (an overflow, say) is another law's business.
    """
    del fact
    poisoned = trial.changed(poisoned_rows)
    technique, parameters = trial.subject.technique, trial.parameters
    with KERNELS.running():
        wide = [np.asarray(x, np.float64) if x.dtype.kind != "i" else x for x in poisoned.given]
        due = np.isnan(technique(*wide, **parameters).outputs)
    seen = next(leaves(poisoned.on_backend(poisoned.given).outputs))[1]
    lost = np.isnan(seen.astype(np.float64)) != due
    before = np.isnan(trial.observed()[0][1].astype(np.float64))
    return trial.compare(lost.astype(float), np.zeros(lost.shape), 0.0, mask=due | ~before)


def is_homogeneous(trial: Arrays, fact: Fact) -> Finding:
    """f(2 x) = 2 f(x) to the last bit, in rows that neither overflow nor hold subnormal numbers."""
    which = trial.subject.technique.inputs.index(fact.values["input"])
    doubled = trial.changed(Doubled(which))
    before = trial.observed()[0][1].astype(np.float64)
    after = next(leaves(doubled.on_backend(doubled.given).outputs))[1].astype(np.float64)
    form = trial.subject.form
    x = np.abs(np.asarray(trial.given[which], np.float64))
    plain = np.all((x == 0) | (x >= form.tiny) & (2 * x <= form.largest), axis=-1)
    kept = (trial.truth[0].high == 0) | (np.abs(before) >= form.tiny) & (
        2 * np.abs(before) <= form.largest
    )
    return trial.compare(
        after, 2 * before, 0.0, mask=_over(plain, before) & kept, inputs=_rows_of(trial, before)
    )


def takes_a_subgradient_at_kinks(trial: Arrays, fact: Fact) -> Finding:
    """At a kink of the first input its gradient lies between the one-sided ones, and is the one
    that the binding's convention names where it names one.
    """
    return all_of(
        _subgradient(trial, float(facts.at(point, trial.parameters)))
        for point in fact.values["points"]
    )


def _subgradient(trial: Arrays, point: float) -> Finding:
    technique, parameters = trial.subject.technique, trial.parameters
    there = trial.changed(Filled(point))
    c = np.asarray(there.cotangents, np.float64)
    rest = [np.asarray(x, np.float64) for x in there.given[1:]]
    with KERNELS.running():
        left, right = (
            technique(
                np.full(np.shape(there.given[0]), np.nextafter(point, side)), *rest, **parameters
            ).pullback(c)[0]
            for side in (-np.inf, np.inf)
        )
    seen = there.observed_gradients()[0][1]
    low, high = np.minimum(left, right), np.maximum(left, right)
    chosen = {"left": left, "right": right, "middle": (left + right) / 2}
    convention = getattr(trial.subject.binding, "subgradient", "")
    nearest = np.where(np.isnan(seen.astype(np.float64)), low, np.clip(seen, low, high))
    u = trial.subject.form.unit_roundoff
    slack = 4 * (technique.accuracy.ulps + 1) * u * np.maximum(np.abs(low), np.abs(high))
    return there.compare(
        seen, chosen.get(convention, nearest), slack, inputs=_rows_of(there, seen),
        about={"subgradient": convention} if convention else {}, floor=trial.floor,
    )  # fmt: skip


def _slack(trial: Arrays, truth: Truth) -> Any:
    """What is allowed around a result, with what is registered for it."""
    return _excused(trial, truth, truth.allowed)


def _excused(
    trial: Arrays, truth: Truth, allowed: Array, law: str = "agrees_with_reference"
) -> Array:
    """What is allowed around each number of a result, with what is registered for that law."""
    asked = trial.excusing(law)
    slack = asked.slack(truth.high, allowed, about={"output": truth.path})
    return np.broadcast_to(slack, truth.high.shape)


def _roundings(trial: Arrays, truth: Truth) -> Array:
    """What the roundings on the way out may do, without those on the way in."""
    return trial.subject.technique.accuracy.ulps * ulp(truth.high, trial.subject.form)


def _over(rows: Array, y: Array) -> Array:
    """A mask of rows, for results of one number a row or of many."""
    return np.broadcast_to(rows if rows.ndim == y.ndim else rows[..., None], y.shape)


def _rows_of(trial: Arrays, y: Array) -> dict[str, Array]:
    """The first input, as a column to print, where it lies beside the result number for number."""
    x = trial.given[0]
    return {trial.subject.technique.inputs[0]: x} if x.shape == y.shape else {}
