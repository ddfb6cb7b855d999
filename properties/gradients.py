"""Gradient techniques: what is drawn for them, and how each kind of them is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties import batch_laws, gradient_laws, run_laws
from properties.gradient_plans import CUTS, STEPS, GradientPlan
from properties.gradient_trials import Examples, Gradients, MicroBatches, Runs, Trees
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (gradient_laws, batch_laws, run_laws)

_KINDS: dict[str, type[Gradients]] = {
    "grads": Trees,
    "params": Trees,
    "steps": Runs,
    "examples": Examples,
    "micro_batches": MicroBatches,
}


def trial_kind(technique: Technique) -> type[Trial]:
    """What a technique takes first says how it is tried."""
    return _KINDS[technique.inputs[0]]


def plans(subject: Subject, profile: Profile) -> SearchStrategy[GradientPlan]:
    """Plans of this subject."""
    del profile
    wanted, offered = subject.technique.parameters, parameters(subject.binding)
    return st.builds(
        GradientPlan,
        hyper_parameters(wanted, offered, scalars(subject.form)),
        st.just(subject.technique.inputs),
        st.integers(0, 2**16),
        st.integers(-12, 12).map(lambda k: 3 - k),
        st.sampled_from((1, 0, 8, 20)),
        cut=st.sampled_from(CUTS),
        bad=st.sampled_from(((2, 3), (0,), (3, 4, 5), (STEPS - 2,), ())),
    )


def trial(subject: Subject, plan: GradientPlan) -> Gradients:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)  # type: ignore[return-value]


def pinned(subject: Subject, witness: dict[str, Any]) -> GradientPlan:
    """The plan that re-runs a witness: one number for every gradient, one more for the first."""
    return GradientPlan(
        at_witness(subject, witness),
        subject.technique.inputs,
        pinned=witness.get("gradient"),
        beside=witness.get("beside"),
        parameter=witness.get("parameter"),
        bad=(witness["bad_step"],) if "bad_step" in witness else (),
    )
