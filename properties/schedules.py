"""Schedules: which laws they are held to, and what is drawn for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties import schedule_laws
from properties.rates import Rates, RatesPlan
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (schedule_laws,)


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
    return RatesPlan(
        at_witness(subject, witness), witness.get("base_rate", 0.7),
        pinned=witness.get("step", 0), nonsense=witness.get("nonsense", ""),
    )  # fmt: skip
