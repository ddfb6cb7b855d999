"""Recurrent cells: short sequences over small given weights, gates open and shut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties import array_laws, entry_laws, layer_laws
from properties.recurrent import (
    arrangement_laws,
    gate_laws,
    gradient_laws,
    laws,
    padding_laws,
)
from properties.recurrent.sequences import SHAPES, SequencePlan, Sequences
from properties.strategies import FULL, Profile, hyper_parameters, shapes_in
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (
    array_laws,
    layer_laws,
    laws,
    gate_laws,
    gradient_laws,
    arrangement_laws,
    padding_laws,
    entry_laws,
)


def trial_kind(technique: Technique) -> type[Trial]:
    """Sequences."""
    del technique
    return Sequences


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    technique = subject.technique
    return st.builds(
        SequencePlan,
        _conventions(subject),
        st.just(technique.id),
        st.integers(0, 2**16),
        shapes_in(subject.form, SHAPES),
        st.integers(-3, 2),
        st.integers(-3, 0),
        st.sampled_from((0.0, 3.0, 7.0)),
    )


def _conventions(subject: Subject) -> SearchStrategy[tuple[tuple[str, Any], ...]]:
    """Conventions that a binding takes; what one from outside does not, stays as it is."""
    known, offered = subject.technique.parameters, parameters(subject.binding)
    takes = set(getattr(subject.binding, "takes", known))
    takes -= set() if subject.form.name == FULL else {"cell"}
    drawn = hyper_parameters({n: p for n, p in known.items() if n in takes}, offered, subject.form)
    held = tuple((n, offered.get(n, p).default) for n, p in known.items() if n not in takes)
    return drawn.map(lambda found: (*found, *held))


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: all its inputs, at its hyper-parameters or the defaults."""
    technique = subject.technique
    offered = technique.parameters | parameters(subject.binding)
    known = tuple((n, witness.get(n, offered[n].default)) for n in technique.parameters)
    given = tuple((name, witness[name]) for name in technique.inputs)
    return SequencePlan(known, technique.id, given=given)
