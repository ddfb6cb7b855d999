"""Laws of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.arrays import Arrays
from properties.trial import all_of
from reference.numerics import rounded

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array, Format
    from reference.technique import Fact

    Inputs = tuple[Array, ...]


def _last_layer_zero(given: Inputs, form: Format) -> Inputs:
    del form
    x, w1, b1, w2, b2, *rest = given
    return (x, w1, b1, np.zeros_like(w2), np.zeros_like(b2), *rest)


def _last_layer_doubled(given: Inputs, form: Format) -> Inputs:
    x, w1, b1, w2, b2, *rest = given
    doubled = (rounded(2 * w.astype(np.float64), form) for w in (w2, b2))
    return (x, w1, b1, *doubled, *rest)


def _contracting(given: Inputs, form: Format) -> Inputs:
    """Both layers with the spectral norm 1/2."""
    x, w1, b1, w2, b2, *rest = given
    half = []
    for w in (w1, w2):
        norm = np.linalg.norm(w.astype(np.float64), 2)
        half.append(rounded(w.astype(np.float64) / (2 * (norm or 1)), form))
    return (x, half[0], b1, half[1], b2, *rest)


def is_the_identity_at_zero_weights(trial: Arrays, fact: Fact) -> Finding:
    """A last layer of zeros leaves x, and the cotangent as its gradient: exactly."""
    del fact
    still = trial.changed(_last_layer_zero)
    y, gradient = still.observed()[0][1], still.observed_gradients()[0][1]
    same = ((y, still.given[0], "y"), (gradient, still.cotangents, "gradient"))
    return all_of(
        still.compare(seen, np.asarray(due, np.float64), 0.0, about={"of": of})
        for seen, due, of in same
    )


def keeps_a_lower_bound_on_the_gradient(trial: Arrays, fact: Fact) -> Finding:
    """|dL/dx| >= (1 - |w1| |w2|) |dL/dy| for every row, in spectral norms (here 1/2 each)."""
    del fact
    small = trial.changed(_contracting)
    w1, w2 = (np.linalg.norm(small.given[i].astype(np.float64), 2) for i in (1, 3))
    least = (1 - w1 * w2) * np.linalg.norm(small.cotangents.astype(np.float64), axis=1)
    seen = np.linalg.norm(small.observed_gradients()[0][1].astype(np.float64), axis=1)
    slack = np.linalg.norm(small.true_gradients[0].allowed, axis=1)
    return small.compare(np.minimum(seen, least), least, slack)


def superposes_its_paths(trial: Arrays, fact: Fact) -> Finding:
    """Twice the last layer adds F once more, to the output and to the gradient: 2 (x + F) - x."""
    del fact
    twice = trial.changed(_last_layer_doubled)
    sides = (
        ("y", "observed", "truth", trial.given[0]),
        ("gradient", "observed_gradients", "true_gradients", trial.cotangents),
    )
    found = []
    for of, observed, true, skipped in sides:
        once, double = (getattr(t, observed)()[0][1].astype(np.float64) for t in (trial, twice))
        slack = 2 * getattr(trial, true)[0].allowed + getattr(twice, true)[0].allowed
        due = 2 * once - np.asarray(skipped, np.float64)
        found.append(trial.compare(double, due, slack, about={"of": of}))
    return all_of(iter(found))
