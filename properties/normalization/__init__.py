"""Normalization: layers over small batches and images, and what is done to weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties import array_laws, entry_laws, layer_laws
from properties.normalization import laws, range_laws, state_laws, weight_laws
from properties.normalization.layers import SECOND, SHAPES, LayerPlan, Layers, pinned_inputs
from properties.strategies import Profile, at_witness, hyper_parameters, scalars, shapes_in
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (array_laws, layer_laws, laws, state_laws, entry_laws, weight_laws, range_laws)


def trial_kind(technique: Technique) -> type[Trial]:
    """Layers."""
    del technique
    return Layers


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    technique = subject.technique
    form = subject.form if "threshold" in technique.parameters else scalars(subject.form)
    offered, taken = parameters(subject.binding), getattr(subject.binding, "takes", None)
    chosen = hyper_parameters(technique.parameters, offered, form)
    if taken is not None:  # what a plain function does not take stays at its default
        stated = technique.parameters | offered
        chosen = chosen.map(
            lambda known: tuple((k, v if k in taken else stated[k].default) for k, v in known)
        )
    shapes = SHAPES[technique.name]
    return st.builds(
        LayerPlan,
        chosen,
        st.just(technique.inputs),
        shapes_in(subject.form, shapes),
        st.just(int(shapes is SECOND)),
        st.integers(0, 2**16),
        st.sampled_from((1e4, 0.0, 3.0, -100.0) if _has_level(technique) else (0.0,)),
        st.integers(-4, 4),
    )


def _has_level(technique: Technique) -> bool:
    """Whether it takes one off: then means are drawn far from 0."""
    return "running_mean" in technique.inputs or any(
        f.law == laws.ignores_shifts.__name__ for f in technique.facts
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: its inputs, at its hyper-parameters or the defaults."""
    technique = subject.technique
    given = pinned_inputs(technique, witness)
    return LayerPlan(at_witness(subject, witness), technique.inputs, given=given)
