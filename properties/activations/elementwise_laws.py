"""Laws of elementwise functions. Each measures one statement; none asserts.

A law asks a trial and returns a finding. One that takes a `fact` speaks where a technique states
that fact; the others speak of every technique.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.activations.elementwise import Elementwise
from properties.finding import NOTHING, Finding
from properties.trial import KERNELS
from reference import facts
from reference.numerics import rounded

if TYPE_CHECKING:
    from reference.numerics import Array
    from reference.technique import Fact


def agrees_with_reference(trial: Elementwise) -> Finding:
    """The value is the reference's, within the derived bound, at every finite input."""
    return _agreement(trial, 0)


def derivative_agrees(trial: Elementwise) -> Finding:
    """The first derivative is the reference's, within the derived bound, off the kinks."""
    return _agreement(trial, 1)


def second_derivative_agrees(trial: Elementwise) -> Finding:
    """The second derivative is the reference's, within the derived bound, off kinks and jumps."""
    return _agreement(trial, 2)


def _agreement(trial: Elementwise, order: int) -> Finding:
    high, low = trial.expected(order)
    defined = (np.isfinite(trial.wide), trial.off_kinks, trial.off_jumps)[order]
    return trial.compare(
        trial.observed(order), high, trial.allowed(order), low=low, mask=trial.mask(defined),
        inputs={"x": trial.x}, scale=trial.scale(order), floor=trial.flushed(order),
    )  # fmt: skip


def keeps_gradient_alive(trial: Elementwise) -> Finding:
    """Where the true derivative is a normal number, the backend's is not 0, NaN, inf or of the
    wrong sign. Near a root of f', where the accepted error reaches across zero, nothing is asked.
    """
    truth = trial.jet.first
    return trial.compare(
        np.where(trial.is_dead(), trial.observed(1), truth), truth, 0.0,
        mask=trial.must_live(), inputs={"x": trial.x},
    )  # fmt: skip


def is_odd(trial: Elementwise, fact: Fact) -> Finding:
    """f(-x) = -f(x), each side within the accepted error."""
    del fact
    return _parity(trial, -1.0)


def is_even(trial: Elementwise, fact: Fact) -> Finding:
    """f(-x) = f(x), each side within the accepted error."""
    del fact
    return _parity(trial, 1.0)


def _parity(trial: Elementwise, sign: float) -> Finding:
    mirrored = trial.on_backend(-trial.x, 0).astype(np.float64)
    return trial.compare(
        sign * trial.observed(0).astype(np.float64), mirrored, 2 * trial.allowed(0),
        mask=trial.mask(), inputs={"x": trial.x}, floor=2 * trial.flushed(0),
    )  # fmt: skip


def is_nondecreasing(trial: Elementwise, fact: Fact) -> Finding:
    """Sorted inputs give sorted outputs; a step back stays below the two accepted errors.

    A pinned number is compared with the one below it.
    """
    del fact
    domain = trial.mask(~np.isnan(trial.jet.value))
    order = np.argsort(np.where(domain, trial.wide, np.inf), kind="stable")
    order = order[: int(np.count_nonzero(domain))]
    order = order if trial.plan.pinned is None else np.array([1, 0])
    y, slack = trial.observed(0).astype(np.float64)[order], trial.allowed(0)[order]
    floor = trial.flushed(0)[order]
    stepped_back = np.where(y[:-1] <= y[1:], 0.0, y[:-1] - y[1:])
    return trial.compare(
        np.nan_to_num(stepped_back, nan=np.inf), np.zeros(len(y) - 1), slack[:-1] + slack[1:],
        inputs={"x": trial.x[order][1:], "before": trial.x[order][:-1]},
        floor=floor[:-1] + floor[1:],
    )  # fmt: skip


def stays_within_bounds(trial: Elementwise, fact: Fact) -> Finding:
    """low <= f(x) <= high for every finite x, with no allowance but the rounding of the bound.

    A bound that f attains may be missed by the accepted error of the value there.
    """
    y = trial.observed(0).astype(np.float64)
    low = facts.at(fact.values["low"], trial.parameters)
    high = facts.at(fact.values["high"], trial.parameters)
    nearest = np.clip(y, low, high)
    u = trial.subject.form.unit_roundoff
    slack = np.where(y > nearest, abs(high or 0.0), abs(low or 0.0)) * u
    if fact.values["attained"]:
        slack = np.maximum(slack, trial.allowed(0))
    return trial.compare(y, nearest, slack, mask=trial.mask(), inputs={"x": trial.x})


def is_lipschitz(trial: Elementwise, fact: Fact) -> Finding:
    """|f'(x)| <= L for every finite x, within the accepted error of f' at its largest."""
    steepest = facts.at(fact.values["constant"], trial.parameters)
    slope = trial.observed(1).astype(np.float64)
    nearest = np.clip(slope, -steepest, steepest)
    claim, form = trial.subject.technique.accuracy, trial.subject.form
    slack = np.maximum(
        trial.allowed(1) + trial.flushed(1), 2 * claim.ulps * 2 * form.unit_roundoff * steepest
    )
    return trial.compare(slope, nearest, slack, mask=trial.mask(), inputs={"x": trial.x})


def reaches_its_limits(trial: Elementwise, fact: Fact) -> Finding:
    """f(-inf) and f(+inf) are the limits of f."""
    infinite = np.array([-np.inf, np.inf] * 8).astype(trial.subject.form.dtype)
    x = np.resize(infinite, trial.x.shape)
    parameters = trial.parameters
    ends = [facts.at(fact.values[side], parameters) for side in ("low", "high")]
    truth = np.resize(np.array(ends), x.shape)
    u = trial.subject.form.unit_roundoff
    slack = np.abs(np.where(np.isfinite(truth), truth, 0.0)) * 2 * u
    mask = np.arange(len(x)) < len(infinite)
    return trial.compare(trial.on_backend(x, 0), truth, slack, mask=mask, inputs={"x": x})


def fixes_its_fixed_points(trial: Elementwise, fact: Fact) -> Finding:
    """f(p) = p exactly."""
    points = rounded(np.array(fact.values["points"], np.float64), trial.subject.form)
    x = np.resize(points, trial.x.shape)
    mask = np.arange(len(x)) < len(points)
    y = trial.on_backend(x, 0)
    return trial.compare(y, x.astype(np.float64), 0.0, mask=mask, inputs={"x": x})


def propagates_nan(trial: Elementwise, fact: Fact) -> Finding:
    """NaN in, NaN out: a poisoned activation must not be hidden."""
    del fact
    x = trial.x.copy()
    x[:16] = np.nan
    mask = np.isnan(x.astype(np.float64))
    lost = ~np.isnan(trial.on_backend(x, 0).astype(np.float64))
    return trial.compare(lost.astype(float), np.zeros(len(x)), 0.0, mask=mask, inputs={"x": x})


def keeps_signed_zero(trial: Elementwise, fact: Fact) -> Finding:
    """f(-0) = -0 and f(+0) = +0."""
    del fact
    x = np.resize(np.array([-0.0, 0.0]), trial.x.shape).astype(trial.subject.form.dtype)
    y = trial.on_backend(x, 0).astype(np.float64)
    lost = (y != 0) | (np.signbit(y) != np.signbit(x.astype(np.float64)))
    mask = np.arange(len(x)) < 2 * 8
    return trial.compare(lost.astype(float), np.zeros(len(x)), 0.0, mask=mask, inputs={"x": x})


def takes_a_subgradient_at_kinks(trial: Elementwise, fact: Fact) -> Finding:
    """At a kink the derivative lies between the one-sided ones, and is the one that the binding's
    convention names where it names one.
    """
    technique, form = trial.subject.technique, trial.subject.form
    points, left, right = _one_sided(trial, fact.values["points"], 1)
    low, high = np.minimum(left, right), np.maximum(left, right)
    chosen = {
        "left": left, "right": right, "lower": low, "upper": high, "middle": (low + high) / 2,
        "outer": np.where(points < 0, left, right),
    }  # fmt: skip
    x = np.resize(points, trial.x.shape).astype(form.dtype)
    seen = trial.on_backend(x, 1)[: len(points)]
    convention = getattr(trial.subject.binding, "subgradient", "")
    truth = chosen.get(convention, _nearest(seen, low, high))
    slack = (
        2 * technique.accuracy.ulps * form.unit_roundoff * 2 * np.maximum(np.abs(low), np.abs(high))
    )
    about = {"subgradient": convention} if convention else {}
    return trial.compare(seen, truth, slack, inputs={"x": x[: len(points)]}, about=about)


def _one_sided(
    trial: Elementwise, places: tuple[Any, ...], order: int
) -> tuple[Array, Array, Array]:
    """Points that a fact names, in the format, and the derivative of `order` on either side."""
    technique, parameters = trial.subject.technique, trial.parameters
    points = np.array([facts.at(p, parameters) for p in places], np.float64)
    points = rounded(points, trial.subject.form).astype(np.float64)
    with KERNELS.running(), np.errstate(all="ignore"):
        left = technique(np.nextafter(points, -np.inf), **parameters)[order]
        right = technique(np.nextafter(points, np.inf), **parameters)[order]
    return points, left, right


def _nearest(seen: Array, low: Array, high: Array) -> Array:
    """The number in [low, high] next to what is seen. NaN is next to none: it is held to `low`."""
    seen = seen.astype(np.float64)
    return np.where(np.isnan(seen), low, np.clip(seen, low, high))


def has_a_continuous_second_derivative(trial: Elementwise, fact: Fact) -> Finding:
    """Between neighbouring numbers the second derivative moves as little as the reference's does;
    where it jumps, it lies between its one-sided values.

    Where it is subnormal it may be rounded, or flushed by the device, on either side.
    """
    form = trial.subject.form
    near = np.array([-1.0, 0.0, 1.0, 3.0, -3.0, 20.0, -20.0])
    u = form.unit_roundoff
    below, above = (rounded(near * (1 + s * 4 * u) + s * 4 * u, form) for s in (-1, 1))
    x = np.resize(np.concatenate([below, above]), trial.x.shape)
    wide = x[: 2 * len(near)].astype(np.float64)
    with KERNELS.running():
        jet = trial.subject.technique(wide, **trial.parameters)
    seen = trial.on_backend(x, 2)[: 2 * len(near)].astype(np.float64)
    jump = seen[len(near) :] - seen[: len(near)]
    truth = jet.second[len(near) :] - jet.second[: len(near)]
    claim = trial.subject.technique.accuracy
    size = np.abs(jet.value) + np.abs(jet.first) + np.abs(jet.second)
    slack = 6 * (claim.ulps + claim.inputs) * u * size + claim.inputs * u * trial.third(wide)
    slack = slack[len(near) :] + slack[: len(near)]
    lost = form.tiny if trial.subject.flushing.outputs else max(3 * claim.ulps, 1) * form.smallest
    steady = trial.compare(jump, truth, slack + 2 * lost, inputs={"x": near})
    return steady.merged(_between_at_jumps(trial, fact))


def _between_at_jumps(trial: Elementwise, fact: Fact) -> Finding:
    form, claim = trial.subject.form, trial.subject.technique.accuracy
    points, left, right = _one_sided(trial, fact.values["jumps"], 2)
    if not len(points):
        return NOTHING
    low, high = np.minimum(left, right), np.maximum(left, right)
    x = np.resize(points, trial.x.shape).astype(form.dtype)
    seen = trial.on_backend(x, 2)[: len(points)]
    size = np.maximum(np.abs(low), np.abs(high))
    slack = 3 * (claim.ulps + claim.inputs) * 2 * form.unit_roundoff * size
    return trial.compare(seen, _nearest(seen, low, high), slack, inputs={"x": points})
