"""Gradient techniques: what is drawn for them, and the laws of clipping."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from properties.array_laws import leaves_inputs_unchanged  # noqa: F401 - a law of this family too
from properties.arrays import Arrays, Truth
from properties.finding import Finding
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from properties.tensors import SHAPES, drawn_tensors
from properties.trial import all_of
from reference import facts
from reference.numerics import Array, Format, rounded
from reference.technique import parameters
from reference.trees import mapped

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Fact, Technique

LAWS = (sys.modules[__name__],)


@dataclass(frozen=True)
class TreePlan:
    """A plan for a tree of gradients: near 2^middle, or three quarters of the way to an end.

    `end` is 1 towards overflow and -1 towards underflow. `spoiled` is one bad number among the
    others. With `pinned`, every gradient is that number but the first, which is `beside` where
    that is given: how a witness re-runs.
    """

    parameters: tuple[tuple[str, Any], ...]
    seed: int = 0
    middle: int = 0
    spread: int = 0
    end: int = 0
    spoiled: float = 0.0
    pinned: float | None = None
    beside: float | None = None

    def inputs(self, form: Format) -> tuple[list[Array]]:
        """Expand: one tree of gradients in the format."""
        source = np.random.default_rng(self.seed)
        middle = self.middle - self.end * 0.75 * form.min_exponent
        reach = (form.min_exponent, -form.min_exponent)
        grads = drawn_tensors(source, form, middle, self.spread, reach=reach)
        if self.spoiled:
            grads[2][1, 1] = self.spoiled
        if self.pinned is not None:
            grads = [np.full(shape, self.pinned) for shape in SHAPES]
            grads[0].fill(self.pinned if self.beside is None else self.beside)
        return (rounded(grads, form),)


@dataclass(frozen=True)
class Trees(Arrays):
    """A gradient technique on one tree of gradients."""

    plan: TreePlan

    def names(self) -> dict[str, Any]:
        """What deviations may name: besides the usual, the norm and size of the tree."""
        told = {"norm": float(length(self.given[0])), "n": sum(g.size for g in self.given[0])}
        return super(Arrays, self).names() | told

    @property
    def truth(self) -> list[Truth]:
        """The true results; around them, what a sum over the tree may be off by as well."""
        claim, u = self.subject.technique.accuracy, self.subject.form.unit_roundoff
        around = claim.roundings(self.given) * u
        return [replace(t, allowed=t.allowed + around * _size(t.high)) for t in super().truth]

    def at(self, **changed: Any) -> Trees:
        """A neighbouring trial: other fields of the plan."""
        return replace(self, plan=replace(self.plan, **changed), cache={})

    def clipped(self, grads: list[Array]) -> list[Array]:
        """The backend's gradients for other gradients."""
        new: list[Array] = self.on_backend((grads,)).outputs[0]
        return new

    def agreement(self, seen: list[Array], due: list[Array], slack: Any) -> Finding:
        """Compare gradients, excused where agreement with the reference is."""
        return all_of(
            self.compare(
                x, np.asarray(y, np.float64), s, inputs={"gradient": g}, floor=self.floor,
                about={"entry": "grads"}, like="agrees_with_reference",
            )
            for x, y, s, g in zip(seen, due, slack, self.given[0], strict=True)
        )  # fmt: skip


def length(tensors: list[Array]) -> Any:
    """Euclidean norm of a tree in extended precision."""
    return np.sqrt(sum(np.sum(np.square(g.astype(np.longdouble))) for g in tensors))


def _size(x: Array) -> Array:
    return np.nan_to_num(np.abs(x), posinf=0.0)


def agrees_with_reference(trial: Trees) -> Finding:
    """Every gradient, and the norm where it is told, is the reference's.

    Gradients are the plan's; near overflow; near underflow; one of them NaN; one infinite.
    """
    changes = ({"end": 1}, {"end": -1}, {"spoiled": np.nan}, {"spoiled": np.inf})
    others = [trial.at(**c) for c in changes if trial.plan.pinned is None]
    return all_of(_agreement(t) for t in (trial, *others))


def _agreement(trial: Trees) -> Finding:
    given = [*trial.given[0], np.zeros(())]
    return all_of(
        trial.compare(
            seen, t.high, t.allowed, low=t.low, inputs={"gradient": given[min(i, len(given) - 1)]},
            floor=trial.floor, scale=np.max(_size(t.high), initial=0.0),
            about={"output": t.path, "entry": "grads" if t.path.startswith("[0]") else "norm"},
        )
        for i, ((_, seen), t) in enumerate(zip(trial.observed(), trial.truth, strict=True))
    )  # fmt: skip


def bounds_the_norm(trial: Trees, fact: Fact) -> Finding:
    """Afterwards the norm is at most the bound; gradients that are shorter are left exactly alone.

    The latter are the same ones, scaled by a power of two to between 1/8 and 1/4 of the bound.
    """
    at_most = facts.at(fact.values["at_most"], trial.parameters)
    margin = facts.at(fact.values["margin"], trial.parameters)
    form, grads = trial.subject.form, trial.given[0]
    seen = length(trial.clipped(grads))
    n = trial.subject.technique.accuracy.roundings(trial.given)
    slack = at_most * (n + 4) * form.unit_roundoff + np.sqrt(n) * form.smallest
    finite = np.isfinite(np.asarray(seen, np.float64))
    short = trial.compare(
        np.asarray(seen, np.float64), np.asarray(np.minimum(seen, at_most), np.float64), slack,
        mask=finite, about={"entry": "grads"}, floor=trial.floor,
    )  # fmt: skip
    with np.errstate(all="ignore"):
        factor = 2.0 ** np.floor(np.log2((at_most - margin) / (4 * length(grads))))
    factor = factor if np.isfinite(factor) else np.longdouble(0)
    small = rounded([np.nan_to_num(g.astype(np.longdouble) * factor) for g in grads], form)
    kept = trial.clipped(small)
    told = {"entry": "left alone"}
    exactly = (
        trial.compare(
            x, y.astype(np.float64), 0.0, inputs={"gradient": y}, floor=trial.floor, about=told
        )
        for x, y in zip(kept, small, strict=True)
    )
    return all_of(iter([short, *exactly]))


def keeps_direction(trial: Trees, fact: Fact) -> Finding:
    """All gradients are multiplied by one number between 0 and 1: the one of the largest."""
    del fact
    grads = [g.astype(np.float64) for g in trial.given[0]]
    flat = np.concatenate([g.reshape(-1) for g in grads])
    seen = [np.asarray(y, np.float64) for y in trial.clipped(trial.given[0])]
    flat_seen = np.concatenate([y.reshape(-1) for y in seen])
    largest = int(np.argmax(np.where(np.isfinite(flat), abs(flat), 0)))
    share = np.clip(flat_seen[largest] / flat[largest], 0, 1) if flat[largest] else 1.0
    slack = [2 * t.allowed for t in trial.truth[:-1]]
    due = [np.where(np.isfinite(g), g * share, y) for g, y in zip(grads, seen, strict=True)]
    return trial.agreement(trial.clipped(trial.given[0]), due, slack)


def is_idempotent(trial: Trees, fact: Fact) -> Finding:
    """What was clipped once stays as it is when clipped again, within what the technique states."""
    within = facts.at(fact.values["within"], trial.parameters)
    once = trial.clipped(trial.given[0])
    slack = [2 * t.allowed + within * _size(t.high) for t in trial.truth[:-1]]
    return trial.agreement(trial.clipped(once), once, slack)


def keeps_zero_gradients(trial: Trees, fact: Fact) -> Finding:
    """A tree of zeros is a tree of zeros afterwards: no NaN from 0 / 0."""
    del fact
    zeros = mapped(np.zeros_like, trial.given[0])
    return trial.agreement(trial.clipped(zeros), zeros, [0.0] * len(zeros))


def trial_kind(technique: Technique) -> type[Trial]:
    """Every gradient technique is tried on trees."""
    del technique
    return Trees


def plans(subject: Subject, profile: Profile) -> SearchStrategy[TreePlan]:
    """Plans of this subject."""
    del profile
    wanted, offered = subject.technique.parameters, parameters(subject.binding)
    return st.builds(
        TreePlan,
        hyper_parameters(wanted, offered, scalars(subject.form)),
        st.integers(0, 2**16),
        st.integers(-12, 12).map(lambda k: 3 - k),
        st.sampled_from((1, 0, 8, 20)),
    )


def trial(subject: Subject, plan: TreePlan) -> Trees:
    """One drawn case."""
    return Trees(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> TreePlan:
    """The plan that re-runs a witness: one number for every gradient, one more for the first."""
    known = at_witness(subject, witness)
    return TreePlan(known, pinned=witness["gradient"], beside=witness.get("beside"))
