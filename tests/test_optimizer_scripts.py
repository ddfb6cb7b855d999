"""Scripts that show what is wrong with an optimizer, with its framework alone."""

from __future__ import annotations

from typing import Any

import optax
import pytest

from backends.catalogue import backend
from backends.jax import JaxBackend
from backends.torch import TorchBackend
from gradproof.optimizer_scripts import scripts
from gradproof.reproduce import _problem
from properties import optimizers
from properties.laws import applicable, ask
from properties.trial import Subject
from reference.catalogue import techniques
from reference.numerics import FORMATS
from tests.test_outside_optimizers import EpsInside, KeepsOldRates, OpaqueEpsInside


def _shown(host: Any, name: str, law: str, witness: dict[str, Any], dtype: str = "float32") -> str:
    """The first script that shows the disagreement; it must import nothing of ours."""
    technique = techniques()[name]
    flushing = host.flushing(dtype, "cpu")
    subject = Subject(technique, host, host.binding(technique), FORMATS[dtype], "cpu", flushing)
    trial: Any = optimizers.trial(subject, optimizers.pinned(subject, witness))
    asked = applicable(technique, type(trial), optimizers)[law]
    finding = ask(asked, trial, strictly=True)
    assert not finding.holds
    for text, allowed in scripts(asked, trial, finding, f"{name}-{law}"):
        if not _problem(text, allowed):
            assert not any(ours in text for ours in ("backends", "reference.", "properties"))
            return text
    pytest.fail("no script shows it")


def _wrong(name: str, kind: Any) -> Any:
    return TorchBackend.replacing("mine", {name: kind})


def test_a_wrong_step_is_shown_from_its_state() -> None:
    """The class as it stands, its state loaded by load_state_dict."""
    host = _wrong("optimizers.adam", EpsInside)
    told = {"gradient": 1e-3, "first_moment": 0.0, "second_moment": 0.0, "eps": 1e-4}
    text = _shown(host, "optimizers.adam", "agrees_with_reference", told)
    assert "class EpsInside" in text
    assert "optimizer.load_state_dict" in text


def test_a_wrong_run_is_replayed() -> None:
    """What shows under a schedule only: gradients, rates, restores and groups, up to there."""
    host = _wrong("optimizers.momentum", KeepsOldRates)
    text = _shown(host, "optimizers.momentum", "stays_in_step", {"learning_rate": 0.5})
    assert 'group["lr"] = rate' in text


def test_an_opaque_run_is_replayed_to_its_end() -> None:
    """A state under names of its own: where the run ends is shown."""
    host = _wrong("optimizers.adam", OpaqueEpsInside)
    _shown(host, "optimizers.adam", "trajectories_agree", {"eps": 1e-4})


def test_what_torch_itself_does_is_shown() -> None:
    """torch's Rprop clips a step size that did not change."""
    told = {"gradient": 1.0, "previous": 0.0, "step_size": 1e-3, "smallest_step": 1e-2}
    text = _shown(backend("torch"), "optimizers.rprop", "agrees_with_reference", told)
    assert "torch.optim.Rprop(" in text


def test_what_optax_itself_does_is_shown() -> None:
    """optax's Rprop is a step late; a negative rate is accepted."""
    host = backend("jax")
    told = {"gradient": 1.0, "previous": 0.0, "step_size": 0.01}
    text = _shown(host, "optimizers.rprop", "agrees_with_reference", told)
    assert "optax.rprop(" in text
    _shown(host, "optimizers.adam", "refuses_nonsense", {})


def rate_inside(
    *, learning_rate: float = 1e-3, momentum: float = 0.9, weight_decay: float = 0.0
) -> optax.GradientTransformation:
    """Momentum without a look ahead, the rate in its buffer."""
    inside = optax.chain(optax.scale_by_learning_rate(learning_rate), optax.trace(momentum))
    return optax.chain(optax.add_decayed_weights(weight_decay), inside)


def test_a_builder_from_outside_is_shown() -> None:
    """A function that builds an optax transformation stands in the script as it is."""
    host = JaxBackend.replacing("mine", {"optimizers.nesterov": rate_inside})
    for law in ("agrees_with_reference", "stays_in_step"):
        text = _shown(host, "optimizers.nesterov", law, {"gradient": 1.0, "momentum_buffer": 1.0})
        assert "def rate_inside" in text
