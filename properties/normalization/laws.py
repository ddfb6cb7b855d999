"""Laws of normalization layers: level and size of what comes out, and of its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.layer_laws import reordered
from properties.normalization.layers import Change, Layers, of_x
from properties.trial import all_of
from reference.conditioning import conditioning
from reference.numerics import Array, Format, rounded, widened

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.technique import Fact


def standardizes(trial: Layers, fact: Fact) -> Finding:
    """With weight 1 and bias 0 a group has mean 0 and mean square var / (var + eps); one that is
    not centered, mean square m / (m + eps) for the mean square m of x.
    """
    plain = trial.training(_plain(trial.subject.technique.inputs))
    x, truth = plain.rows(fact, plain.first), plain.truth[0]
    y, eps = plain.rows(fact, plain.y), plain.parameters["eps"]
    high, slack = plain.rows(fact, truth.high), plain.rows(fact, truth.allowed)
    square = np.var(x, axis=1) if fact.values["centered"] else np.mean(x * x, axis=1)
    moved = 2 * np.abs(high) * slack + slack**2
    found = [(2, np.mean(y * y, axis=1), square / (square + eps), np.mean(moved, axis=1))]
    if fact.values["centered"]:
        found.append((1, np.mean(y, axis=1), 0 * square, np.mean(slack, axis=1)))
    return all_of(
        plain.compare(seen, due, allowed, about={"output": "[0]", "moment": moment})
        for moment, seen, due, allowed in found
    )


def _plain(names: tuple[str, ...]) -> Change:
    """Weight 1, bias 0, where there are such."""
    plain = {"weight": np.ones_like, "bias": np.zeros_like}

    def changed(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
        del form
        return tuple(plain[n](x) if n in plain else x for n, x in zip(names, given, strict=True))

    return changed


def ignores_shifts(trial: Layers, fact: Fact) -> Finding:
    """Subtracting its first number from each group changes no output (but for rounding)."""

    def shifted(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
        x = given[0].astype(np.float64)
        first = trial.rows(fact, np.arange(x.size).reshape(x.shape))
        moved = np.empty(x.size)
        moved[first] = x.reshape(-1)[first] - x.reshape(-1)[first[:, :1]]
        return (rounded(moved.reshape(x.shape), form), *given[1:])

    here, there = trial.training(), trial.training(shifted)
    moved = _rounding_of_inputs(there)
    return same(here, there, here.truth[0].allowed + 2 * there.truth[0].allowed + moved)


def _rounding_of_inputs(trial: Layers) -> Array | float:
    """How far y moves as its inputs were rounded to the format: nothing more, where that is allowed
    for already.
    """
    technique, form = trial.subject.technique, trial.subject.form
    if technique.accuracy.inputs:
        return 0.0
    known, given = trial.parameters, widened(trial.given)
    moved = conditioning(lambda inputs: technique(*inputs, **known).outputs, given)[0]
    return np.asarray(form.unit_roundoff * moved)


def ignores_scale(trial: Layers, fact: Fact) -> Finding:
    """Four times x, with 16 times eps, gives the same output."""
    del fact
    here = trial.training()
    eps = {n: 16 * e for n, e in trial.parameters.items() if n == "eps"}
    there = trial.training(of_x(lambda x: 4 * x), **eps)
    return same(here, there, here.truth[0].allowed + there.truth[0].allowed)


def same(here: Layers, there: Layers, allowed: Array, at: Any = ...) -> Finding:
    """The first outputs of two trials are the same, at these places."""
    seen, due = (np.asarray(t.y, np.float64) for t in (here, there))
    mask = np.zeros(seen.shape, bool)
    mask[at] = True
    return here.compare(seen, due, allowed, mask=mask, about={"output": "[0]"})


def keeps_constants_at_bias(trial: Layers, fact: Fact) -> Finding:
    """A group that does not vary comes out as its bias."""

    def constant(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
        x = given[0].astype(np.float64)
        rows = trial.rows(fact, np.arange(x.size).reshape(x.shape))
        level = np.empty(x.size)
        level[rows] = np.resize((0.1, -3.3, 1.7), (len(rows), 1))
        return (rounded(level.reshape(x.shape), form), *given[1:])

    return _at_bias(trial.training(constant), fact)


def keeps_zeros_at_bias(trial: Layers, fact: Fact) -> Finding:
    """A group of zeros comes out as its bias (0, where there is none): no NaN from 0 / 0."""
    return _at_bias(trial.training(of_x(lambda x: 0 * x)), fact)


def _at_bias(flat: Layers, fact: Fact) -> Finding:
    y = np.asarray(flat.y, np.float64)
    has_bias = "bias" in flat.subject.technique.inputs
    bias = fact.values["lined_up"](flat.input("bias"), y) if has_bias else 0.0
    due = np.broadcast_to(np.asarray(bias, np.float64), y.shape)
    return flat.compare(y, due, flat.truth[0].allowed, about={"output": "[0]"})


def gradient_is_orthogonal(trial: Layers, fact: Fact) -> Finding:
    """The gradient of x has no part along ones, and along x^ only what eps leaves:
    sum(x^ dx) = sum(c w x^) eps / (var + eps)^(3/2), for c pulled back. Not centered, the latter.
    """
    moving = trial.training()
    x, eps = moving.first, moving.parameters["eps"]
    rows = moving.rows(fact, x)
    level = np.mean(rows, axis=1, keepdims=True) if fact.values["centered"] else 0 * rows
    var = np.mean((rows - level) ** 2, axis=1, keepdims=True)
    normalized = (rows - level) / np.sqrt(var + eps)
    c = moving.cotangents
    pulled = (c[0] if isinstance(c, tuple) else c).astype(np.longdouble)
    has_weight = "weight" in moving.subject.technique.inputs
    weight = fact.values["lined_up"](moving.input("weight"), x) if has_weight else 1
    weighed = moving.rows(fact, weight * pulled)
    left = np.sum(weighed * normalized * eps * (var + eps) ** -1.5, axis=1)
    seen = moving.rows(fact, moving.observed_gradients()[0][1].astype(np.longdouble))
    slack = moving.rows(fact, moving.true_gradients[0].allowed)
    directions = [("x^", normalized, left)]
    if fact.values["centered"]:
        directions.append(("ones", np.ones_like(rows), 0 * left))
    return all_of(
        moving.compare(
            np.sum(seen * direction, axis=1), due,
            np.sum(slack * np.abs(direction), axis=1), about={"output": "[0]", "along": name},
        )
        for name, direction, due in directions
    )  # fmt: skip


def keeps_samples_apart(trial: Layers, fact: Fact) -> Finding:
    """The last sample's result is the same whatever the others are; and in a batch of one."""
    del fact

    def others_moved(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
        x = given[0].astype(np.float64)
        x[:-1] = 1 - 2 * x[:-1]
        return (rounded(x, form), *given[1:])

    here = trial.training()
    x, *rest = here.given
    last = np.broadcast_to(
        np.arange(len(x)).reshape(-1, *(1,) * (x.ndim - 1)) == len(x) - 1, x.shape
    )
    moved = np.asarray(trial.training(others_moved).y, np.float64)
    found = _like_first(here, moved, last)
    if not here.simplest:
        return found
    alone = here.called((x[-1:], *rest), here.parameters, here.subject.binding)[0]
    seen = np.concatenate([x[:-1].astype(np.float64), alone.astype(np.float64)])
    return found.merged(_like_first(here, seen, last))


def _like_first(here: Layers, seen: Array, at: Array) -> Finding:
    """Agreement with the first output of a trial, at these places."""
    return here.compare(
        seen, np.asarray(here.y, np.float64), 2 * here.truth[0].allowed, mask=at,
        about={"output": "[0]"}, like="agrees_with_reference",
    )  # fmt: skip


def works_where_squares_fit(trial: Layers, fact: Fact) -> Finding:
    """Numbers near the largest whose squares float32 (or float64) can add up are normalized as
    others are: in float16 next to overflow, where sums and squares leave the format.
    """
    del fact
    large = trial.training(_large)
    truth = large.truth[0]
    return large.compare(
        np.asarray(large.y, np.float64), truth.high, truth.allowed, low=truth.low,
        about={"output": truth.path or "[0]"}, like="agrees_with_reference",
    )  # fmt: skip


def _large(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
    x = given[0].astype(np.float64)
    most = form.largest / 2 if form.name == "float16" else form.largest**0.5 / 32
    return (rounded(x * (most / np.max(np.abs(x))), form), *given[1:])


def gradient_ignores_memory_layout(trial: Layers) -> Finding:
    """Transposed matrices, and images stored channels last, pull back what contiguous ones do."""
    if trial.subject.technique.kind != "Linearized":
        message = "the technique has no gradient"
        raise NotOfferedError(message)
    laid = tuple(reordered(x) for x in trial.given)
    seen = trial.gradients_of(trial.subject.binding, trial.parameters, laid)
    return all_of(
        trial.compare(
            g, t.high, t.allowed, low=t.low, floor=trial.floor, about={"output": t.path},
            like="gradient_agrees",
        )
        for g, t in zip(seen, trial.true_gradients, strict=True)
    )  # fmt: skip
