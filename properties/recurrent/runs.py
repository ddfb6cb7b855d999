"""Runs of a backend's layer with some of a trial's inputs changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.trial import KERNELS
from reference.numerics import rounded, widened
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.arrays import Arrays
    from reference.numerics import Array

STATES = ("h0", "c0")


def inputs(trial: Arrays) -> dict[str, Any]:
    """All inputs of a trial by name, in float64."""
    return dict(zip(trial.subject.technique.inputs, widened(trial.given), strict=True))


def given(trial: Arrays, changed: dict[str, Any]) -> tuple[Any, ...]:
    """The inputs of a trial in its format, with some of them changed."""
    known = dict(zip(trial.subject.technique.inputs, trial.given, strict=True))
    form = trial.subject.form
    return tuple(rounded(changed[n], form) if n in changed else x for n, x in known.items())


def run(trial: Arrays, **changed: Any) -> list[Array]:
    """What the backend returns when some inputs are changed: every leaf."""
    return [y for _, y in leaves(trial.on_backend(given(trial, changed)).outputs)]


def pulled(trial: Arrays, cotangents: Any = None, **changed: Any) -> list[Array]:
    """What it pulls back when some inputs are changed: one gradient for every floating input."""
    s = trial.subject
    c = trial.cotangents if cotangents is None else rounded(cotangents, s.form)
    with KERNELS.running():
        found = s.backend.pullback(
            s.binding, given(trial, changed), trial.parameters, c, device=s.device
        )
    return [g.astype(np.float64) for _, g in leaves(found)]


def states(trial: Arrays) -> tuple[Array, ...]:
    """The first states, in float64."""
    known = inputs(trial)
    return tuple(known[n] for n in STATES if n in known) or known["state"]


def with_state(trial: Arrays, state: tuple[Any, ...]) -> dict[str, Any]:
    """Other first states, as changes of the inputs."""
    if "state" in trial.subject.technique.inputs:
        return {"state": state}
    return dict(zip(STATES, state, strict=False))


def zero_weights(trial: Arrays) -> dict[str, Any]:
    """Weights and biases of zero, as changes of the inputs."""
    return {n: 0 * x for n, x in inputs(trial).items() if n.startswith(("w_", "b_"))}


def rows(trial: Arrays, name: str, *values: float | None) -> Array:
    """A bias by this name with one value for each gate; None leaves a gate's as it is."""
    bias = inputs(trial)[name]
    parts = np.split(bias, len(values))
    return np.concatenate(
        [
            part if v is None else np.full_like(part, v)
            for part, v in zip(parts, values, strict=True)
        ]
    )
