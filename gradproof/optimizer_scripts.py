"""Scripts that step an optimizer with its framework alone: once from a state, or in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradproof.optax_scripts import OptaxScripts
from gradproof.steps_behind import Step, asked_by, wrong_ones
from gradproof.torch_scripts import TorchScripts
from properties.grid import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from properties.finding import Finding
    from properties.optimizers.steps import Steps


def scripts(
    law: Callable[..., Any], trial: Steps, finding: Finding, title: str
) -> Iterator[tuple[str, float]]:
    """Scripts that may show what a law saw, each with the error that is allowed; plainest first."""
    library = trial.subject.backend.package.rpartition(".")[2]
    made: TorchScripts | OptaxScripts
    if library == "torch":
        made = TorchScripts(trial, title)
    elif library == "jax":
        made = OptaxScripts(trial, title)
    else:
        message = "only torch and JAX cells can be reproduced with the framework alone"
        raise UnknownNameError(message)
    told = finding.witness or {}
    if "nonsense" in told:
        yield made.nonsense(told["nonsense"]), 0.0
        return
    for one in wrong_ones(asked_by(law, trial), told):
        text = made.step(one) if isinstance(one, Step) else made.run(one)
        if text and one.wrong is not None:
            yield text, one.wrong.allowed
