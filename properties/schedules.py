"""Schedules: the steps that are drawn for them, around every boundary, and their laws."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from properties.array_laws import leaves_inputs_unchanged  # noqa: F401 - a law of this family too
from properties.arrays import Arrays
from properties.finding import Finding
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from properties.trial import all_of
from reference import facts
from reference.numerics import Array, Format, rounded
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Fact, Technique

LAWS = (sys.modules[__name__],)

LENGTH = 64
AROUND = (-2, -1, 0, 1, 2)
_NAMED = ("decay_steps",)


@dataclass(frozen=True)
class RatesPlan:
    """A plan for a schedule: a base rate other than 1, and steps from 0 to thrice past the end.

    Around every boundary (an end, its half, its multiples) all steps are taken; the seed draws the
    rest. With `pinned`, every step is that one: how a witness re-runs.
    """

    parameters: tuple[tuple[str, Any], ...]
    base_rate: float = 0.7
    seed: int = 0
    pinned: int | None = None

    def inputs(self, form: Format) -> tuple[Array, Array]:
        """Expand: 64 steps in order, and the base rate in the format."""
        return self._steps(), rounded(np.asarray(self.base_rate), form)

    def _steps(self) -> Array:
        if self.pinned is not None:
            return np.full(LENGTH, self.pinned, np.int32)
        lengths = [v for k, v in self.parameters if k in _NAMED]
        marks = [0] + [m for n in lengths for m in (n // 2, n, 2 * n, 3 * n)]
        near = {max(0, m + d) for m in marks for d in AROUND}
        source = np.random.default_rng(self.seed)
        rest = source.integers(0, max(marks) + 3, LENGTH - len(near))
        return np.sort(np.concatenate([sorted(near), rest])).astype(np.int32)


@dataclass(frozen=True)
class Rates(Arrays):
    """A schedule at 64 steps."""

    plan: RatesPlan

    def names(self) -> dict[str, Any]:
        """What deviations may name: besides the usual, the base rate. Steps are a column."""
        return super(Arrays, self).names() | {"base_rate": float(self.given[1])}

    @property
    def rates(self) -> Array:
        """The backend's rates."""
        return np.asarray(self.observed()[0][1])

    @property
    def accepted(self) -> Array:
        """The accepted error of each rate."""
        return self.truth[0].allowed

    def at(self, steps: Array, base_rate: Array | None = None) -> Array:
        """The backend's rates at other steps, or from another base rate."""
        base = self.given[1] if base_rate is None else base_rate
        rates = np.asarray(self.on_backend((steps, base)).outputs)
        self.hold([("", np.zeros(steps.shape))], [("", rates)])
        return rates

    def told(self, seen: Array, due: Array, slack: Array, *, steps: Array | None = None) -> Finding:
        """Compare rates step by step, excused where agreement with the reference is."""
        steps = self.given[0] if steps is None else steps
        return self.compare(
            seen, np.asarray(due, np.float64), slack, inputs={"step": steps},
            floor=self.floor, scale=float(self.given[1]), like="agrees_with_reference",
        )  # fmt: skip


def agrees_with_reference(trial: Rates) -> Finding:
    """At every step from 0 to past the end, the rate is the reference's."""
    t = trial.truth[0]
    return trial.compare(
        trial.rates, t.high, t.allowed, low=t.low, inputs={"step": trial.given[0]},
        floor=trial.floor, scale=float(trial.given[1]),
    )  # fmt: skip


def depends_on_the_step_alone(trial: Rates, fact: Fact) -> Finding:
    """A rate is the same in reverse, alone, and in a run that was saved and restored halfway."""
    del fact
    steps, rates, slack = trial.given[0], trial.rates, 2 * trial.accepted
    backwards = trial.at(steps[::-1].copy())[::-1]
    legs = trial.at(steps.reshape(2, -1)).reshape(-1)
    alone = np.stack([trial.at(steps[i : i + 1].reshape(())) for i in (0, LENGTH // 2)])
    found = [trial.told(seen, rates, slack) for seen in (backwards, legs)]
    some = [0, LENGTH // 2]
    return all_of(iter([*found, trial.told(alone, rates[some], slack[some], steps=steps[some])]))


def is_proportional_to_its_base_rate(trial: Rates, fact: Fact) -> Finding:
    """A base rate eight times as large gives rates eight times as large."""
    del fact
    seen = trial.at(trial.given[0], trial.given[1] * trial.given[1].dtype.type(8))
    return trial.told(seen, 8 * trial.rates.astype(np.float64), 16 * trial.accepted)


def stays_between_its_ends(trial: Rates, fact: Fact) -> Finding:
    """No rate is above the highest or below the lowest, which is never negative."""
    low, high = (facts.at(fact.values[k], trial.parameters) for k in ("low", "high"))
    base, seen = float(trial.given[1]), trial.rates.astype(np.float64)
    nearest = np.clip(seen, max(low, 0.0) * base, high * base)
    return trial.told(seen, nearest, trial.accepted)


def falls_until_its_end(trial: Rates, fact: Fact) -> Finding:
    """Before the end no rate is above the one before it, but by the accepted errors."""
    until = facts.at(fact.values["until"], trial.parameters)
    steps, seen = trial.given[0], trial.rates.astype(np.float64)
    chosen = steps <= until
    steps, seen, slack = steps[chosen], seen[chosen], trial.accepted[chosen]
    lowest = np.minimum.accumulate(seen)
    return trial.told(seen, lowest, slack + slack, steps=steps)


def starts_and_ends_as_stated(trial: Rates, fact: Fact) -> Finding:
    """The first rate is the base rate (or what the technique starts at), the last the final one."""
    after, start, end = (
        facts.at(fact.values[k], trial.parameters) for k in ("after", "start", "end")
    )
    steps, base = trial.given[0], float(trial.given[1])
    marks = np.resize(np.array([0, after], np.int32), steps.shape)
    due = np.where(marks == 0, start, end) * base
    claim, form = trial.subject.technique.accuracy, trial.subject.form
    slack = 2 * (claim.ulps + claim.inputs) * form.unit_roundoff * due
    return trial.told(trial.at(marks), due, slack, steps=marks)


def trial_kind(technique: Technique) -> type[Trial]:
    """Every schedule is tried at steps."""
    del technique
    return Rates


def plans(subject: Subject, profile: Profile) -> SearchStrategy[RatesPlan]:
    """Plans of this subject. Hyper-parameters beside 16-bit rates are float32's."""
    del profile
    offered = parameters(subject.binding)
    return st.builds(
        RatesPlan,
        hyper_parameters(subject.technique.parameters, offered, scalars(subject.form)),
        st.sampled_from((0.7, 3e-4, 50.0, 1.0)),
        st.integers(0, 2**16),
    )


def trial(subject: Subject, plan: RatesPlan) -> Rates:
    """One drawn case."""
    return Rates(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> RatesPlan:
    """The plan that re-runs a witness: one step, at its hyper-parameters or the defaults."""
    base = witness.get("base_rate", 0.7)
    return RatesPlan(at_witness(subject, witness), base, pinned=witness["step"])
