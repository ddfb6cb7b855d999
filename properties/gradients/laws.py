"""Laws of gradient techniques on one tree: bounds, directions, zeros, dtypes, empty trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.array_laws import leaves_inputs_unchanged  # noqa: F401 - a law of this family too
from properties.finding import Finding
from properties.gradients.trials import Gradients, Trees, magnitude
from properties.trial import all_of
from reference import facts
from reference.numerics import FORMATS, Array, rounded, widened
from reference.technique import parameters
from reference.trees import mapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reference.technique import Fact

_MATRIX = 2


def agrees_with_reference(trial: Gradients) -> Finding:
    """Every gradient, and what else is told, is the reference's.

    Gradients are the plan's; near overflow; near underflow; one of them NaN; one infinite.
    """
    changes = ({"end": 1}, {"end": -1}, {"spoiled": np.nan}, {"spoiled": np.inf})
    others = [trial.at(**c) for c in changes if trial.plan.pinned is None]
    return all_of(t.agreement() for t in (trial, *others))


def bounds_the_norm(trial: Trees, fact: Fact) -> Finding:
    """Afterwards no norm exceeds its bound; gradients that are shorter are left exactly alone.

    The latter are the same ones, scaled by a power of two to between 1/8 and 1/4 of the bound. A
    norm of n numbers rounds n times and what it was clipped by a few times more; below the normal
    numbers, every number by the smallest one.
    """
    measure = fact.values["measure"]
    at_most = facts.at(fact.values["at_most"], trial.parameters)
    margin = facts.at(fact.values["margin"], trial.parameters)
    form, grads = trial.subject.form, trial.given[0]
    claim = trial.subject.technique.accuracy
    n = claim.roundings(trial.given) + claim.ulps
    unit = form.unit_roundoff
    seen = trial.measured(measure, widened(trial.treated(grads), np.longdouble))
    least = _of_subnormals(trial, measure)
    slack = [at_most * n * unit + x for x in least]
    before = trial.measured(measure, grads)
    short = (
        trial.compare(
            norm, np.minimum(norm, at_most), part, mask=np.isfinite(norm), floor=trial.floor,
            about={"entry": "grads"},
            inputs=trial.columns(i, list(grads), old.shape) | {"norm": old},
        )
        for i, (norm, part, old) in enumerate(zip(seen, slack, before, strict=True))
    )  # fmt: skip
    return all_of(iter([*short, *_left_alone(trial, before, at_most - margin)]))


def _of_subnormals(trial: Trees, measure: Any) -> list[Array]:
    """The norm of a tree of smallest numbers: what rounding below the normal ones may add."""
    form = trial.subject.form
    least = [np.full(g.shape, form.smallest, np.longdouble) for g in trial.given[0]]
    return [np.nan_to_num(x) for x in trial.measured(measure, least)]


def _left_alone(trial: Trees, norms: list[Array], at_most: float) -> Iterator[Finding]:
    form, grads = trial.subject.form, trial.given[0]
    largest = max(np.max(magnitude(x), initial=0.0) for x in norms)
    with np.errstate(all="ignore"):
        factor = np.exp2(np.floor(np.log2(np.longdouble(at_most) / 4) - np.log2(largest)))
    factor = factor if np.isfinite(factor) else np.longdouble(0)
    small = rounded([np.nan_to_num(g.astype(np.longdouble) * factor) for g in grads], form)
    told = {"entry": "left alone"}
    for i, (x, y) in enumerate(zip(trial.treated(small), small, strict=True)):
        wide, known = y.astype(np.float64), trial.columns(i, list(grads), y.shape)
        known |= {"gradient": y}
        yield trial.compare(x, wide, 0.0, inputs=known, floor=trial.floor, about=told)


def keeps_direction(trial: Trees, fact: Fact) -> Finding:
    """All gradients of a group are multiplied by one number between 0 and 1: its largest one's.

    The group is the tree or, where the fact says so, each tensor.
    """
    grads = [g.astype(np.float64) for g in trial.given[0]]
    seen = [np.asarray(y, np.float64) for y in trial.treated(trial.given[0])]
    one = [range(len(grads))]
    groups = [[i] for i in one[0]] if fact.values.get("groups") == "tensors" else one
    due = list(seen)
    for group in groups:
        share = _share([grads[i] for i in group], [seen[i] for i in group])
        for i in group:
            due[i] = np.where(np.isfinite(grads[i]), grads[i] * share, seen[i])
    slack = [2 * t.allowed for t in trial.truth[: len(grads)]]
    return trial.alike(trial.treated(trial.given[0]), due, slack)


def _share(grads: list[Array], seen: list[Array]) -> float:
    flat = np.concatenate([g.reshape(-1) for g in grads])
    flat_seen = np.concatenate([y.reshape(-1) for y in seen])
    if not np.any(flat):
        return 1.0
    largest = int(np.argmax(magnitude(flat)))
    return float(np.clip(flat_seen[largest] / flat[largest], 0, 1))


def keeps_signs(trial: Trees, fact: Fact) -> Finding:
    """No number changes its sign or grows."""
    del fact
    grads = [g.astype(np.float64) for g in trial.given[0]]
    seen = [np.asarray(y, np.float64) for y in trial.treated(trial.given[0])]
    due = [
        np.where(np.signbit(g), np.clip(y, g, 0.0), np.clip(y, 0.0, g))
        for g, y in zip(grads, seen, strict=True)
    ]
    slack = [t.allowed for t in trial.truth[: len(grads)]]
    return trial.alike(trial.treated(trial.given[0]), due, slack)


def is_idempotent(trial: Trees, fact: Fact) -> Finding:
    """What was treated once stays as it is when treated again, within what the technique states."""
    within = facts.at(fact.values["within"], trial.parameters)
    once = trial.treated(trial.given[0])
    slack = [2 * t.allowed + within * magnitude(t.high) for t in trial.truth[: len(once)]]
    return trial.alike(trial.treated(once), once, slack)


def keeps_zero_gradients(trial: Trees, fact: Fact) -> Finding:
    """A tree of zeros is a tree of zeros afterwards: no NaN from 0 / 0."""
    del fact
    zeros = mapped(np.zeros_like, trial.given[0])
    return trial.alike(trial.treated(zeros), zeros, [0.0] * len(zeros))


def takes_mixed_dtypes(trial: Trees, fact: Fact) -> Finding:
    """Every other tensor in another dtype (float32; beside it, bfloat16): dtypes stay.

    What is allowed is what two trees allow, one in each dtype: the wider one's results may be as
    coarse as the narrower dtype, for a norm of the whole tree may be rounded to it.
    """
    del fact
    form, near = trial.subject.form, trial.at(middle=0)
    other = FORMATS["bfloat16" if form.bits == 32 else "float32"]
    coarse, least = max(form.unit_roundoff, other.unit_roundoff), max(form.tiny, other.tiny)
    given = tuple(
        [x if i % 2 else rounded(x, other) for i, x in enumerate(tree)] for tree in near.given
    )
    seen = _tensors(trial.on_backend(given).outputs)
    due = _tensors(trial.subject.technique(*widened(given), **trial.parameters))
    claim = trial.subject.technique.accuracy
    part = 2 * (claim.ulps + claim.roundings(trial.given)) * coarse
    numbers = (
        near.compare(
            np.asarray(x, np.float64), y, part * magnitude(y) + least, like="agrees_with_reference",
            about={"output": str(i), "entry": near.entry(i)},
            inputs=near.columns(i, near.given[0], y.shape),
        )
        for i, (x, y) in enumerate(zip(seen, due, strict=True))
    )  # fmt: skip
    widths = np.array([x.dtype.itemsize for x in seen], float)
    kept = np.array([g.dtype.itemsize for g in given[0]], float)
    if len(seen) != len(kept):
        return all_of(numbers)
    return all_of(iter([trial.compare(widths, kept, 0.0, about={"entry": "bytes"}), *numbers]))


def _tensors(result: Any) -> list[Array]:
    """The tensors of a result, with or without a norm beside them; or the norm alone."""
    found = result[0] if isinstance(result, tuple) else result
    return [np.asarray(x) for x in found] if isinstance(found, list) else [np.asarray(found)]


def refuses_a_norm_that_is_no_number(trial: Trees, fact: Fact) -> Finding:
    """With one NaN or infinity every gradient keeps its bits and 1 is told; without, 0 is."""
    del fact
    near = trial.at(middle=0)
    found = [_refusal(near, near.on_backend(near.given).outputs[1], 0.0)]
    for bad in (np.nan, np.inf, -np.inf):
        one = trial.at(spoiled=bad, middle=0)
        kept, told = one.on_backend(one.given).outputs
        found.append(_refusal(one, told, 1.0))
        for y, g in zip(kept, one.given[0], strict=True):
            found.append(one.compare(y, g.astype(np.float64), 0.0, about={"entry": "untouched"}))
    return all_of(iter(found))


def _refusal(trial: Trees, told: Any, due: float) -> Finding:
    seen = np.array([float(np.asarray(told))])
    return trial.compare(seen, np.array([due]), 0.0, about={"entry": "refused"})


def takes_an_empty_tree(trial: Trees, fact: Fact) -> Finding:
    """Of no tensors, none comes back."""
    del fact
    outputs = trial.on_backend(tuple([] for _ in trial.given)).outputs
    found = outputs[0] if isinstance(outputs, tuple) else outputs
    return trial.compare(np.array([float(len(found))]), np.zeros(1), 0.0)


def agrees_in_every_choice(trial: Gradients, fact: Fact) -> Finding:
    """Every value that is offered of the choices named is tried: results agree with the reference.

    Such as the order of a norm; and how tensors are walked, on which results do not depend. Where a
    library is known to disagree with the reference, it may here too.
    """
    offered = parameters(trial.subject.binding)
    taken = getattr(trial.subject.binding, "takes", fact.values["names"])
    if not (names := [name for name in fact.values["names"] if name in taken]):
        message = "the function takes none of these choices"
        raise NotOfferedError(message)
    found = Finding(0)
    for name in names:
        domain = offered[name].domain if name in offered else None
        own = trial.subject.technique.parameters[name].domain
        for value in getattr(domain, "values", getattr(own, "values", ())):
            found = found.merged(trial.at(**{name: value}).agreement(like="agrees_with_reference"))
    return found


def has_zero_means(trial: Trees, fact: Fact) -> Finding:
    """The sum over every unit is 0, within what its terms are allowed; vectors are left alone."""
    del fact
    axis = trial.parameters["unit_axis"]
    finding = Finding(0)
    for y, g, t in zip(trial.treated(trial.given[0]), trial.given[0], trial.truth, strict=True):
        wide = np.asarray(y, np.float64)
        if g.ndim < _MATRIX:
            finding = finding.merged(trial.compare(y, g.astype(np.float64), 0.0))
            continue
        others = tuple(i for i in range(g.ndim) if i != axis % g.ndim)
        sums = np.sum(wide, axis=others)
        finding = finding.merged(
            trial.compare(sums, np.zeros(sums.shape), np.sum(t.allowed, axis=others))
        )
    return finding
