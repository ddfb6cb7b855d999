"""Statistical laws keep their word: no alarm over many seeds, and one percent is found.

`pytest -m slow tests/test_false_alarms.py` takes minutes. GRADPROOF_SEEDS says how many seeds each
cell is judged with (1000 unless told). At a false-alarm rate of 1e-9 a cell, one alarm in a million
of them would be news: an alarm here is an error in a law or a bound, not bad luck.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from backends.backend import Backend, NotOfferedError
from backends.binding import Absent, withheld
from backends.catalogue import backend
from backends.numpy import NumpyBackend
from properties.initializers.samples import Numbers
from properties.laws import applicable, ask, family
from properties.trial import Subject
from reference.catalogue import techniques
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from reference.technique import Technique

SEEDS = int(os.environ.get("GRADPROOF_SEEDS", "1000"))

# One technique for each kind of random result; JAX, which is slow here, sees every tenth seed.
KINDS = (
    "initializers.normal",
    "initializers.glorot_uniform",
    "initializers.truncated_normal",
    "initializers.orthogonal",
    "initializers.sparse",
    "initializers.dense_kernel",
    "gradients.add_noise",
    "regularization.dropout",
    "regularization.spatial_dropout",
    "regularization.alpha_dropout",
)
SHAPES = {"orthogonal": (24, 5, 3), "sparse": (509, 257)}
SHARE = {"numpy": 1.0, "torch": 1.0, "jax": 0.1}
_FIRST_SEED, _APART = 1_000_003, 1009


def _subject(technique: Technique, host: Backend, binding: Any, dtype: str) -> Subject:
    return Subject(
        technique, host, binding, FORMATS[dtype], "cpu", host.flushing(dtype, "cpu"), host.variants
    )


def _alarms(subject: Subject, seeds: int) -> tuple[int, list[str]]:
    """How many findings there were, and which laws failed, over so many seeds."""
    module = family(subject.technique)
    laws = applicable(subject.technique, module.trial_kind(subject.technique), module)
    laws.pop("keeps_shape_and_dtype", None)  # no chance enters
    asked, failed = 0, []
    for number in range(seeds):
        plan = module.pinned(
            subject,
            {
                "shape": SHAPES.get(subject.technique.name, (29, 3, 5, 61)),
                "seed": _FIRST_SEED + _APART * number,
            },
        )
        case = module.trial(subject, plan)
        for name, law in laws.items():
            try:
                found = ask(law, case)
            except NotOfferedError:  # a start of another nature, say
                continue
            asked += 1
            if not found.holds:
                failed.append(f"{name} at seed {plan.seed}: {found.witness}")
    return asked, failed


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("library", SHARE)
def test_honest_backends_raise_no_alarm(library: str, name: str) -> None:
    """Every statistical law, over all seeds, in float32: not one failure."""
    host, technique = backend(library), techniques()[name]
    assert isinstance(host, Backend), host
    binding = host.binding(technique)
    if isinstance(binding, Absent) or withheld(binding, "float32"):
        pytest.skip("not offered")
    asked, failed = _alarms(
        _subject(technique, host, binding, "float32"), max(1, int(SEEDS * SHARE[library]))
    )
    assert asked
    assert not failed, "\n".join(failed)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1.01, 0.99])
@pytest.mark.parametrize("name", ["normal", "glorot_uniform", "truncated_normal"])
def test_one_percent_is_always_found(name: str, factor: float) -> None:
    """A standard deviation 1 % off fails the law of the variance, but for one time in 1e9."""
    technique = techniques()[f"initializers.{name}"]
    module = family(technique)

    def off(seed: Any, weight: Any, **parameters: Any) -> Any:
        right = technique(seed, weight.astype(np.float64), **parameters)
        return (factor * right.values).astype(weight.dtype)

    host = NumpyBackend.offering("off", {technique.id: off})
    subject = _subject(technique, host, host.binding(technique), "float32")
    laws = applicable(technique, module.trial_kind(technique), module)
    law = laws["has_the_stated_variance"]
    missed = []
    for number in range(SEEDS):
        seed = _FIRST_SEED + _APART * number
        plan = module.pinned(subject, {"shape": (29, 3, 5, 61), "seed": seed})
        case = module.trial(subject, plan)
        assert isinstance(case, Numbers)
        if ask(law, case).holds:
            missed.append(plan.seed)
    assert not missed
