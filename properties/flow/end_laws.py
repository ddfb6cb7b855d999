"""Laws about both ends of a stack: what arrives, where nothing does any more, what is kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from backends.backend import NotOfferedError
from properties.finding import NOTHING, Finding
from properties.flow.plans import SMALL
from properties.flow.trials import Flows
from properties.trial import all_of

if TYPE_CHECKING:
    from reference.numerics import Array, Format
    from reference.technique import Fact

_RARE = 6.0
"""Standard deviations that the logarithm of a gradient's size may be off by chance."""

_SIXTEEN = 16


def _smooth(trial: Flows, **changes: object) -> Flows:
    """With tanh, and nothing that keeps sums large."""
    plain = {"normalization": "none"} if "normalization" in trial.parameters else {}
    return trial.choosing(activation="tanh", **plain).changed(**changes)


def halvings(form: Format, depth: int) -> int:
    """By which power of 2 matrices are made so small that a gradient dies half way."""
    return max(6, math.ceil(-math.log2(form.smallest) / (depth / 2)))


def dies_where_theory_says(trial: Flows, fact: Fact) -> Finding:
    """A gradient that shrinks by a constant factor is exactly 0 from the layer on, counted from the
    end, at which theory has it fall below the smallest number of the format: not before it is below
    the normal numbers, and not after the sums of its absolute values are.

    From there on matrices multiply absolute values by their largest column at most, and a number
    below half the smallest rounds to 0, a larger one to its double at most.
    """
    del fact
    if trial.plan.shape == SMALL:
        return NOTHING
    form = trial.subject.form
    faint = _smooth(trial, halved=halvings(form, trial.plan.depth), gain=1.0, pull=0, size=0)
    seen = np.array([bool(np.any(g)) for g in faint.wide.gradients])
    depth = faint.plan.depth
    alive_until, dead_from = window(faint)
    last = int(depth - np.argmax(seen)) if seen.any() else -1  # layers passed by what is not 0
    told = {"of": "layers passed", "alive_until": alive_until, "dead_from": dead_from}
    within = float(np.clip(last, alive_until, dead_from - 1))
    right = faint.compare(np.array([float(last)]), np.array([within]), 0.0, about=told)
    finite = np.isfinite(faint.wide.gradients)
    return right.merged(faint.compare(finite.astype(float), np.ones(finite.shape), 0.0))


def window(trial: Flows) -> tuple[int, int]:
    """Layers that a gradient passes for certain, and how many it passes never, by theory."""
    form, by = trial.subject.form, trial.rounding
    theory, c = trial.plan.layers(), trial.given[2].astype(np.float64)
    least = form.tiny if by.lost >= form.tiny else form.smallest
    q, size = 1.0, math.log(math.sqrt(float(np.mean(c[:1] ** 2))))
    chis = []
    for layer in theory:
        chis.append(math.log(float(layer.chi(np.asarray(q)))) / 2)
        q = float(layer.forward(np.asarray(q)))
    spread = _RARE * math.sqrt(len(theory) / trial.plan.shape[1]) + 1
    passed = np.concatenate([[0.0], np.cumsum(chis[::-1])]) + size
    alive = int(np.argmax(passed - spread < math.log(4 * form.tiny)) - 1)
    if not np.any(passed - spread < math.log(4 * form.tiny)):
        alive = len(theory)
    bound = math.exp(passed[max(alive, 0)] + spread) * math.sqrt(2 * math.log(c.size) + 1)
    for passing in range(max(alive, 0), len(theory)):
        bound = _after(trial, len(theory) - 1 - passing, bound, least)
        if not bound:
            return alive, passing + 1
    return alive, len(theory) + 1


def _after(trial: Flows, layer: int, bound: float, least: float) -> float:
    """The largest absolute value a layer leaves of a gradient, where it may be subnormal."""
    given = trial.given_to(layer)
    w = given[2] if trial.plan.connection == "recurrent" else given[0]
    size = np.abs(w.astype(np.float64))
    column = float(np.max(size.sum(axis=0).sum(axis=-1) if w.ndim == 3 else size.sum(axis=0)))
    after = column * bound
    return 0.0 if after < least / 2 else 2 * after


def keeps_all_singular_values_alike(trial: Flows, fact: Fact) -> Finding:
    """A stack of matrices r Q, Q orthogonal, whose activation is linear where its signals are,
    multiplies every tangent and every gradient by r^L: inner products of any two by r^2L.
    """
    del fact
    if trial.plan.shape == SMALL:
        return NOTHING
    form = trial.subject.form
    if form.bits == _SIXTEEN:
        message = "in 16 bits the bound of so many sums leaves nothing to compare"
        raise NotOfferedError(message)
    turned = _smooth(trial, rotations=True, still=True, size=-30, pull=0)
    r = turned.plan.gain ** (2 * turned.plan.depth)
    t, g = turned.wide.tangents, turned.wide.gradients
    part = 4 * turned.plan.depth * (trial.width + 4) * math.sqrt(trial.width) * form.unit_roundoff
    return all_of(
        turned.compare(_gram(end), r * _gram(start), r * part * _sizes(start), about={"of": of})
        for start, end, of in ((t[0], t[-1], "tangents"), (g[-1], g[0], "gradients"))
    )


def _gram(x: Array) -> Array:
    flat = x.reshape(len(x), -1)
    return flat @ flat.T


def _sizes(x: Array) -> Array:
    norms = np.linalg.norm(x.reshape(len(x), -1), axis=1)
    return np.outer(norms, norms) + 2.0**-40


def keeps_a_lower_bound_on_the_gradient(trial: Flows, fact: Fact) -> Finding:
    """In front of every layer the gradient is at least as long as what its identity path carries
    less what its matrices can take away: (1 - |U| |W|) |g|, or |old features| - |W| |new ones|.
    """
    del fact
    weak = _smooth(trial, gain=0.25)
    columns, found = weak.alive(weak.wide.gradients), []
    for step in weak.steps():
        given = [p.astype(np.float64) for p in weak.given_to(step.layer)]
        behind, width = columns[step.layer + 1], columns[step.layer].shape[1]
        if trial.plan.connection == "dense":
            taken = np.linalg.norm(given[0][:, :width], 2) * _lengths(behind[:, width:])
        else:
            taken = np.linalg.norm(given[0], 2) * np.linalg.norm(given[2], 2) * _lengths(behind)
        least = _lengths(behind[:, :width]) - taken
        slack = _lengths(step.gradients[1].error)
        seen = _lengths(columns[step.layer])
        about = {"layer": step.layer + 1}
        found.append(weak.compare(np.minimum(seen, least), least, slack, about=about))
    return all_of(iter(found))


def _lengths(x: Array) -> Array:
    return np.linalg.norm(x.reshape(len(x), -1), axis=1)


def is_the_identity_where_gates_are_shut(trial: Flows, fact: Fact) -> Finding:
    """With gates at sigmoid(-10000) = 0 all states are x, all gradients c, all tangents v."""
    del fact
    shut = trial.changed(shut=True)
    pairs = (
        ("states", shut.given[0]), ("tangents", shut.given[1]), ("gradients", shut.given[2]),
    )  # fmt: skip
    return all_of(
        shut.compare(getattr(shut.wide, of), due.astype(np.float64)[None], 0.0, about={"of": of})
        for of, due in pairs
    )
