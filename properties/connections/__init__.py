"""Connections: blocks over small given weights, away from the kinks of relu."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties import array_laws, layer_laws
from properties.connections import (
    call_laws,
    dense_laws,
    gate_laws,
    path_laws,
    random_laws,
    scale_laws,
    size_laws,
)
from properties.connections.blocks import SHAPES, BlockPlan, Blocks
from properties.strategies import Profile, hyper_parameters, shapes_in
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (
    array_laws, layer_laws, call_laws, path_laws, size_laws, scale_laws, gate_laws, dense_laws,
    random_laws,
)  # fmt: skip


def trial_kind(technique: Technique) -> type[Trial]:
    """Blocks, always."""
    del technique
    return Blocks


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    technique = subject.technique
    return st.builds(
        BlockPlan,
        hyper_parameters(technique.parameters, parameters(subject.binding), subject.form),
        st.just(technique.name),
        st.just(technique.inputs),
        st.integers(0, 2**16),
        shapes_in(subject.form, SHAPES),
        st.integers(-3, 3),
        st.integers(-3, 1),
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: all its inputs, at its hyper-parameters or the defaults."""
    technique = subject.technique
    offered = technique.parameters | parameters(subject.binding)
    known = tuple((n, witness.get(n, offered[n].default)) for n in technique.parameters)
    signature = inspect.signature(technique.reference).parameters
    lists = tuple(n for n in technique.inputs if str(signature[n].annotation) == "list[Array]")
    given = tuple((name, witness[name]) for name in technique.inputs)
    return BlockPlan(known, technique.name, technique.inputs, given=given, lists=lists)
