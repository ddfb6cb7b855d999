"""Regularization: what is drawn for penalties, decay, constraints, labels and masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from properties.activations.rows import RowsPlan
from properties.regularization import (
    chance_laws,
    constraint_laws,
    label_laws,
    mask_laws,
    penalty_laws,
)
from properties.regularization.masks import FEW, LINES, Masks, MasksPlan
from properties.regularization.weights import Labels, Penalties, Weights, WeightsPlan
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (penalty_laws, constraint_laws, label_laws, chance_laws, mask_laws)

LOGITS = (10, 6)

# By the axes that share a mask: x for the pool, and small ones. Each new shape is compiled.
SHAPES = {
    "numbers": (LINES, (FEW, (), (0,))),
    "channels": ((*LINES, 2), ((*FEW, 2), (2, 3, 2, 4), (2, 3, 2, 1, 2))),
    "times": ((LINES[0], 2, LINES[1]), ((FEW[0], 2, FEW[1]), (2, 0, 3))),
    "samples": ((LINES[0] * LINES[1], 2), ((FEW[0] * FEW[1], 2), (3, 2, 2, 2))),
}

_LAST_SEED = 2**31 - 2**16


def trial_kind(technique: Technique) -> type[Trial]:
    """By what goes in (a seed, logits, parameters), and whether there is a gradient."""
    if technique.inputs[0] == "seed":
        return Masks
    if "targets" in technique.inputs:
        return Labels
    return Penalties if technique.kind == "Linearized" else Weights


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    technique, kind = subject.technique, trial_kind(subject.technique)
    wanted = {n: p for n, p in technique.parameters.items() if n != "mode"}
    form = scalars(subject.form) if kind is Masks else subject.form
    chosen = hyper_parameters(wanted, parameters(subject.binding), form)
    seeds = st.integers(0, 2**16)
    if kind is Masks:
        shape, small = _shapes(subject)
        # Few, as each step that Hypothesis takes to a simpler one draws whole pools of masks.
        seeds, middles = st.sampled_from((0, 12345, _LAST_SEED)), st.sampled_from((0, 6, -6))
        return st.builds(MasksPlan, chosen, st.just(shape), st.just(small), seeds, middles)
    if kind is Labels:
        return st.builds(
            RowsPlan, chosen, st.just(technique.inputs), st.just(LOGITS), seeds,
            st.sampled_from((0.0, 3.0, -20.0)), st.integers(1, 5), st.just(0.5),
        )  # fmt: skip
    return st.builds(
        WeightsPlan, chosen, st.just(technique.inputs), seeds,
        st.integers(-3, 3), st.sampled_from((1, 0, 3)),
    )  # fmt: skip


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: what it names, at its hyper-parameters or the defaults."""
    known, kind = at_witness(subject, witness), trial_kind(subject.technique)
    names = subject.technique.inputs
    if kind is Masks:
        shape, small = _shapes(subject)
        known = tuple((n, v) for n, v in known if n != "mode")
        return MasksPlan(known, shape, small, witness["seed"])
    if kind is Labels:
        rows = tuple(tuple(np.atleast_1d(witness[n]).tolist()) for n in names)
        return RowsPlan(known, names, LOGITS, pinned=rows)
    given = tuple((name, witness[name]) for name in names)
    return WeightsPlan(known, names, given=given)


def _shapes(subject: Subject) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """The shapes of x, by what its units are."""
    (shared,) = (
        f.values["shared"]
        for f in subject.technique.facts
        if f.law == chance_laws.drops_at_its_rate.__name__
    )
    kinds = {(): "numbers", (2, 3): "channels", (1,): "times", (1, 2, 3): "samples"}
    return SHAPES[kinds[shared(4)]]
