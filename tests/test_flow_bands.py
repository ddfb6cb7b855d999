"""Bands of mean field theory: honest stacks lie within them, wrong variances do not."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from backends.numpy import NumpyBackend
from properties.flow.mean_field_laws import (
    correlations_follow_their_map,
    gradients_follow_chi,
    signals_follow_the_length_map,
    tangents_follow_chi,
)
from properties.flow.plans import DEEP, StackPlan
from properties.flow.trials import Flows
from properties.trial import Subject
from reference.catalogue import techniques
from reference.flow.drawn import STACKS
from reference.numerics import FORMATS
from reference.technique import Fact

LAWS = (
    signals_follow_the_length_map,
    tangents_follow_chi,
    gradients_follow_chi,
    correlations_follow_their_map,
)
SEEDS = int(os.environ.get("GRADPROOF_SEEDS", "40"))
KINDS = ("plain", "conv", "residual", "dense", "highway")
HALF = (12, 48)
FACT = Fact("theory")


def _trial(kind: str, phi: str, norm: str, seed: int, **rest: Any) -> Flows:
    technique, host = techniques()[STACKS[kind]], NumpyBackend()
    subject = Subject(
        technique, host, technique.reference, FORMATS["float32"], "cpu",
        host.flushing("float32", "cpu"),
    )  # fmt: skip
    chosen = (("activation", phi), ("normalization", norm))
    plan: dict[str, Any] = {"shape": HALF, "growth": 8} | rest
    return Flows(subject, StackPlan(chosen, kind, seed, **plan))


def _laws(kind: str) -> tuple[Any, ...]:
    return LAWS[:3] if kind == "highway" else LAWS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("phi", "norm"), [("relu", "none"), ("tanh", "layer"), ("sigmoid", "none")]
)
def test_honest_stacks_follow_theory(kind: str, phi: str, norm: str) -> None:
    """A few seeds of every kind of stack raise no alarm."""
    for seed in range(3):
        trial = _trial(kind, phi, norm, seed)
        for law in _laws(kind):
            assert law(trial, FACT).holds, (seed, law.__name__)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("phi", ["relu", "tanh", "sigmoid", "linear"])
@pytest.mark.parametrize("norm", ["none", "layer", "rms"])
def test_many_seeds_raise_no_alarm(kind: str, phi: str, norm: str) -> None:
    """Over GRADPROOF_SEEDS seeds none is beyond its band, nor beyond nine tenths of it."""
    for seed in range(SEEDS):
        trial = _trial(kind, phi, norm, seed)
        for law in _laws(kind):
            finding = law(trial, FACT)
            assert finding.holds, (seed, law.__name__)
            assert finding.excess < 0.9, (seed, law.__name__, finding.excess)


@pytest.mark.parametrize("kind", ["plain", "conv"])
def test_a_wrong_variance_is_found(kind: str) -> None:
    """Weights of half the standard deviation that theory is told leave every band but one."""
    trial = _trial(kind, "relu", "none", 0, shape=DEEP, still=True)
    x, v, c, w, b = trial.given
    wrong = trial.subject.backend.call(
        trial.subject.binding, (x, v, c, w / np.float32(2), b), trial.parameters
    )
    from reference.flow.layers import Flow

    states, tangents, gradients, own = wrong.outputs
    trial.cache["flow"] = Flow(states, tangents, gradients, own)
    for law in LAWS[:3]:
        with np.errstate(invalid="ignore"):  # one row is 0, without biases on all its way
            assert not law(trial, FACT).holds, law.__name__
