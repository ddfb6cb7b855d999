"""The flow of signals and gradients: stacks of layers, judged layer by layer and by theory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties.flow import end_laws, layer_by_layer_laws, mean_field_laws, training_laws
from properties.flow.plans import DEEP, SMALL, StackPlan
from properties.flow.training import BATCHES, Training, TrainingPlan
from properties.flow.trials import Flows
from properties.strategies import Profile, hyper_parameters
from reference.flow.drawn import STACKS
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

TRAINED = "classifier_training"
_CONNECTIONS = {stack: connection for connection, stack in STACKS.items()}
LAWS = (layer_by_layer_laws, mean_field_laws, end_laws, training_laws)


def trial_kind(technique: Technique) -> type[Trial]:
    """Stacks, but for the worked example."""
    return Training if technique.name == TRAINED else Flows


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    technique = subject.technique
    if technique.name == TRAINED:
        known = hyper_parameters(technique.parameters, parameters(subject.binding), subject.form)
        return st.builds(TrainingPlan, known, st.integers(0, 2**16), st.sampled_from(BATCHES))
    return st.builds(
        StackPlan,
        hyper_parameters(technique.parameters, parameters(subject.binding), subject.form),
        st.just(_CONNECTIONS[technique.id]),
        st.integers(0, 2**16),
        st.sampled_from((DEEP, SMALL)),
        st.sampled_from((1.0, 1.25, 0.75)),
        st.integers(-3, 3),
        st.integers(-3, 3),
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: its conventions and seed, the rest as it comes first."""
    known = tuple((n, witness.get(n, p.default)) for n, p in subject.technique.parameters.items())
    if subject.technique.name == TRAINED:
        return TrainingPlan(known, witness.get("seed", 0))
    return StackPlan(known, _CONNECTIONS[subject.technique.id], witness.get("seed", 0))
