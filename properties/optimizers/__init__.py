"""Optimizers: what is drawn for a step (gradients, a past, parameters)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties.optimizers import (
    adam_step_laws,
    adaptive_step_laws,
    beginning_laws,
    descent_step_laws,
    laws,
    layerwise_step_laws,
    live_run_laws,
    matrix_step_laws,
    path_laws,
    problem_laws,
    run_laws,
)
from properties.optimizers.matrix_steps import MatrixPlan, MatrixSteps
from properties.optimizers.paths import PathPlan, Paths
from properties.optimizers.problems import ProblemPlan, Problems
from properties.optimizers.step_plans import StepPlan
from properties.optimizers.steps import Steps
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from reference.technique import Technique, parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial

LAWS = (
    laws,
    run_laws,
    live_run_laws,
    beginning_laws,
    descent_step_laws,
    adaptive_step_laws,
    adam_step_laws,
    matrix_step_laws,
    problem_laws,
    path_laws,
    layerwise_step_laws,
)

TAKEN = (256, 0, 1, 2, 5, 6, 99, 255, 999, 65_535, 10**6, 2**24)
"""Steps taken before: where warm-ups end, and where counters in 8, 11 or 24 bits stop."""


def trial_kind(technique: Technique) -> type[Trial]:
    """What it takes says how it is tried: a regression, gradients of a run, matrices, tensors."""
    first = technique.inputs[0]
    if first != "grads":
        return {"features": Problems, "gradients": Paths}[first]
    return MatrixSteps if _of_matrices(technique) else Steps


def _of_matrices(technique: Technique) -> bool:
    return any(fact.law == "refuses_what_is_no_matrix" for fact in technique.facts)


def _plan_kind(technique: Technique) -> type[StepPlan]:
    return MatrixPlan if _of_matrices(technique) else StepPlan


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject: gradients of 1e-20 to 1e10, alike or not, larger or smaller before."""
    del profile
    technique = subject.technique
    offered = parameters(subject.binding)
    drawn = hyper_parameters(technique.parameters, offered, scalars(subject.form))
    chosen = _taken(subject, drawn)
    if trial_kind(technique) is Problems:
        return st.builds(
            ProblemPlan, chosen, st.integers(0, 2**16), st.integers(0, 3), st.integers(-2, 0)
        )
    if trial_kind(technique) is Paths:
        return st.builds(
            PathPlan, st.just(technique), chosen, st.integers(0, 2**16), st.integers(1, 4),
            st.booleans(),
        )  # fmt: skip
    return st.builds(
        _plan_kind(technique),
        st.just(technique),
        chosen,
        st.integers(0, 2**16),
        st.sampled_from(TAKEN),
        st.integers(-66, 33),
        st.sampled_from((40, 4, 0)),
        st.sampled_from((0, 0, -20, 20)),
        st.booleans(),
    )


def _taken(subject: Subject, drawn: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """What an optimizer from outside does not take stays at the technique's default."""
    taken, known = getattr(subject.binding, "takes", None), subject.technique.parameters
    if taken is None:
        return drawn
    return drawn.map(
        lambda chosen: tuple((k, v if k in taken else known[k].default) for k, v in chosen)
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: its numbers everywhere, 0 for every parameter else.

    `seed` chooses a run of many steps, or gradients; `spoiled` puts NaN and infinities among them.
    """
    known = at_witness(subject, witness)
    if trial_kind(subject.technique) is Problems:
        return ProblemPlan(known, witness.get("seed", 0))
    if trial_kind(subject.technique) is Paths:
        return PathPlan(subject.technique, known, witness.get("seed", 0))
    plain = {k: witness[k] for k in ("seed", "taken", "spread", "spoiled") if k in witness}
    told = (*plain, "nonsense", "execution")
    rest = {k: v for k, v in witness.items() if k not in (*dict(known), *told)}
    numbers = tuple(({"parameter": 0.0} | rest).items())
    kind = _plan_kind(subject.technique)
    return kind(subject.technique, known, **plain, pinned=numbers)
