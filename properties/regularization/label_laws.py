"""Laws of losses against labels that are not certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties import array_laws
from properties.activations.row_laws import (  # noqa: F401 - laws of this family too
    gradient_sums_to_zero,
    is_shift_invariant,
)
from properties.finding import Finding
from properties.regularization.weights import Labels
from reference.numerics import Format

if TYPE_CHECKING:
    from reference.technique import Fact

Inputs = tuple[Any, ...]


def gradient_agrees(trial: Labels) -> Finding:
    """The gradient of the logits is the reference's, within the derived bound."""
    return array_laws.gradient_agrees(trial)


def is_least_at_its_labels(trial: Labels, fact: Fact) -> Finding:
    """Where the softmax is the smoothed label, the gradient is 0, within its bound.

    The logits are logarithms of the labels, rounded: what the reference's gradient is there for
    that reason alone is allowed too.
    """
    labels = fact.values["labels"]
    smoothing, spread = (trial.parameters[name] for name in ("smoothing", "spread"))
    least = trial.changed(_Logarithms(*labels(smoothing, trial.given[0].shape[-1], spread)))
    (truth,) = least.true_gradients
    seen = least.observed_gradients()[0][1]
    slack = truth.allowed + np.abs(truth.high)
    return least.compare(seen, np.zeros(seen.shape), slack, floor=trial.floor)


@dataclass(frozen=True)
class _Logarithms:
    """Put logarithms of smoothed labels in the place of the logits."""

    certain: float
    wrong: float

    def __call__(self, inputs: Inputs, form: Format) -> Inputs:
        x, targets = inputs
        right = np.arange(x.shape[-1]) == targets[..., None]
        logits = np.log(np.where(right, self.certain, self.wrong))
        return logits.astype(form.dtype), targets
