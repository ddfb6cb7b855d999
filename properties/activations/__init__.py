"""Activations: what is drawn for them. Elementwise ones get lanes, those of rows get rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from properties import array_laws, call_laws
from properties.activations import elementwise_laws, row_laws
from properties.activations.elementwise import Elementwise
from properties.activations.rows import RowsPlan
from properties.arrays import Arrays
from properties.strategies import LanePlan, Profile, hyper_parameters, lane_plans
from reference.numerics import FORMATS
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (elementwise_laws, call_laws, array_laws, row_laws)

# Rows and their width: for float64, whose truth is many digits long, fewer and shorter ones, and
# the shortest for functions of two inputs.
ROWS, ROWS_FLOAT64, PAIRS_FLOAT64 = (24, 8), (10, 6), (16, 2)
# Channels lie on axis 1, and the last axis is as long: a slope along the wrong one would go unseen.
CHANNELS = (3, 8, 8)


def trial_kind(technique: Technique) -> type[Trial]:
    """Lanes for functions that return a jet, rows for the others."""
    return Elementwise if technique.kind == "Jet" else Arrays


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    wanted, offered = subject.technique.parameters, parameters(subject.binding)
    if trial_kind(subject.technique) is Elementwise:
        return lane_plans(wanted, offered, subject.form)
    factors = [name for name in subject.technique.inputs if name != "targets"]
    return st.builds(  # where two inputs are multiplied, their products are not to overflow
        RowsPlan,
        hyper_parameters(wanted, offered, subject.form),
        st.just(subject.technique.inputs),
        st.just(_shape(subject)),
        st.integers(0, 2**16),
        st.sampled_from((0.0, 3.0, -20.0)),
        st.integers(1, 5),
        st.just(1 / len(factors)),
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: its inputs, at its hyper-parameters or the defaults."""
    known = {n: witness.get(n, p.default) for n, p in subject.technique.parameters.items()}
    if trial_kind(subject.technique) is Elementwise:
        return LanePlan(tuple(known.items()), 0, witness["x"])
    names = subject.technique.inputs
    rows = tuple(tuple(np.atleast_1d(witness[name]).tolist()) for name in names)
    return RowsPlan(tuple(known.items()), names, _shape(subject), pinned=rows)


def _shape(subject: Subject) -> tuple[int, ...]:
    names = subject.technique.inputs
    if "weight" in names:
        return CHANNELS
    if subject.form.bits < FORMATS["float64"].bits:
        return ROWS
    return PAIRS_FLOAT64 if "b" in names else ROWS_FLOAT64
