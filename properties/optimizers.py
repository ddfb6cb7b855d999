"""Optimizers: what is drawn for a step (gradients, a past, parameters)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties import layerwise_step_laws, live_run_laws, optimizer_laws
from properties.steps import StepPlan, Steps
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from reference.technique import Technique, parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial

LAWS = (optimizer_laws, live_run_laws, layerwise_step_laws)

TAKEN = (256, 0, 1, 2, 5, 6, 99, 255, 999, 65_535, 10**6, 2**24)
"""Steps taken before: where warm-ups end, and where counters in 8, 11 or 24 bits stop."""


def trial_kind(technique: Technique) -> type[Trial]:
    """Every optimizer is tried step by step."""
    del technique
    return Steps


def plans(subject: Subject, profile: Profile) -> SearchStrategy[StepPlan]:
    """Plans of this subject: gradients of 1e-20 to 1e10, alike or not, larger or smaller before."""
    del profile
    technique = subject.technique
    offered = parameters(subject.binding)
    return st.builds(
        StepPlan,
        st.just(technique),
        hyper_parameters(technique.parameters, offered, scalars(subject.form)),
        st.integers(0, 2**16),
        st.sampled_from(TAKEN),
        st.integers(-66, 33),
        st.sampled_from((40, 4, 0)),
        st.sampled_from((0, 0, -20, 20)),
        st.booleans(),
    )


def trial(subject: Subject, plan: StepPlan) -> Steps:
    """One drawn case."""
    return Steps(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> StepPlan:
    """The plan that re-runs a witness: its numbers everywhere, 0 for every parameter else.

    `seed` chooses a run of many steps, or gradients; `spoiled` puts NaN and infinities among them.
    """
    known = at_witness(subject, witness)
    plain = {k: witness[k] for k in ("seed", "taken", "spoiled") if k in witness}
    told = (*plain, "nonsense", "execution")
    rest = {k: v for k, v in witness.items() if k not in (*dict(known), *told)}
    numbers = tuple(({"parameter": 0.0} | rest).items())
    return StepPlan(subject.technique, known, **plain, pinned=numbers)
