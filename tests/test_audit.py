"""The audit proves that every check can fail; here it is proved that the audit can fail."""

from __future__ import annotations

import json

import pytest

from properties import audit as autopsies
from properties.activations import elementwise_laws
from properties.mutants.mutant import mutants
from tests.conftest import Command


def test_every_mutant_is_caught_and_every_law_catches(gradproof: Command) -> None:
    """`gradproof audit` ends 0: no survivor, no law without a kill, at least 60 activations."""
    done = gradproof("audit", "--json")
    told = json.loads(done.stdout)
    survivors = [m["mutant"] for m in told["mutants"] if not m["caught_by"]]
    assert not survivors
    assert [law for law in told["laws"] if not law["kills"]] == []
    assert done.returncode == 0
    of_activations = [m for m in told["mutants"] if m["technique"].startswith("activations.")]
    assert len(of_activations) >= 60
    for family in ("initializers", "schedules", "gradients", "optimizers", "normalization",
                   "connections", "recurrent"):  # fmt: skip
        assert sum(m["technique"].startswith(f"{family}.") for m in told["mutants"]) >= 3


def test_a_law_without_a_body_finds_nothing_and_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a law's body away: it compares nothing, so it catches no mutant and is no finding."""

    def hollow(trial: object) -> None:
        """Claim something and check nothing."""
        del trial

    hollow.__annotations__.update({"trial": "Elementwise", "return": "Finding"})
    hollow.__name__ = "agrees_with_reference"
    monkeypatch.setattr(elementwise_laws, "agrees_with_reference", hollow)
    (mutant,) = [m for m in mutants() if m.name == "leaky_relu_flips_the_negative_branch"]
    caught = {v.law for v in autopsies.autopsy(mutant).caught}
    assert "agrees_with_reference" not in caught
    assert caught  # by the other laws
