"""Laws of losses against labels that are not certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties import array_laws
from properties.finding import Finding
from properties.row_laws import (  # noqa: F401 - laws of this family too
    gradient_sums_to_zero,
    is_shift_invariant,
)
from properties.weights import Labels
from reference.numerics import Array, Format

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
    x, targets = trial.given
    given = {n: v for n, v in trial.parameters.items() if n in ("smoothing", "spread")}
    certain, wrong = fact.values["labels"](given["smoothing"], x.shape[-1], given["spread"])
    right = np.arange(x.shape[-1]) == targets[..., None]
    labels = np.log(np.where(right, certain, wrong))
    least = trial.changed(_Logits(labels))
    (truth,) = least.true_gradients
    seen = least.observed_gradients()[0][1]
    slack = truth.allowed + np.abs(truth.high)
    return least.compare(seen, np.zeros(seen.shape), slack, floor=trial.floor)


class _Logits:
    """Put other logits in the place of x."""

    def __init__(self, logits: Array) -> None:
        self.logits = logits

    def __call__(self, inputs: Inputs, form: Format) -> Inputs:
        _, *rest = inputs
        return (self.logits.astype(form.dtype), *rest)
