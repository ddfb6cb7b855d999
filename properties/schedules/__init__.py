"""Schedules: which laws they are held to, and what is drawn for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties.schedules import laws, plateau_laws
from properties.schedules.metrics import Metrics, MetricsPlan
from properties.schedules.rates import Rates, RatesPlan
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (laws, plateau_laws)


def trial_kind(technique: Technique) -> type[Trial]:
    """Every schedule is tried at steps, or, if it watches a metric, on metrics."""
    return Metrics if technique.inputs[0] == "metrics" else Rates


def plans(subject: Subject, profile: Profile) -> SearchStrategy[RatesPlan | MetricsPlan]:
    """Plans of this subject. Hyper-parameters beside 16-bit rates are float32's."""
    del profile
    offered = parameters(subject.binding)
    watches = trial_kind(subject.technique) is Metrics
    return st.builds(
        MetricsPlan if watches else RatesPlan,
        hyper_parameters(subject.technique.parameters, offered, scalars(subject.form)),
        st.sampled_from((0.7, 3e-4, 50.0, 1.0)),
        st.integers(0, 2**16),
    )


def trial(subject: Subject, plan: RatesPlan | MetricsPlan) -> Rates | Metrics:
    """One drawn case."""
    return Metrics(subject, plan) if isinstance(plan, MetricsPlan) else Rates(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> RatesPlan | MetricsPlan:
    """The plan that re-runs a witness: one step, at its hyper-parameters or the defaults."""
    known, base = at_witness(subject, witness), witness.get("base_rate", 0.7)
    nonsense = witness.get("nonsense", "")
    if trial_kind(subject.technique) is Metrics:
        return MetricsPlan(known, base, pinned=witness.get("metric", 1.0), nonsense=nonsense)
    return RatesPlan(known, base, pinned=witness.get("step", 0), nonsense=nonsense)
