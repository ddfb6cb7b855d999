"""Laws of functions of several arrays."""

from __future__ import annotations

import numpy as np

from backends.backend import NotOfferedError
from properties.arrays import Arrays
from properties.finding import Finding
from properties.trial import all_of
from properties.truths import Truth
from reference.numerics import Array
from reference.trees import leaves


def agrees_with_reference(trial: Arrays) -> Finding:
    """Every output is the reference's, within the derived bound."""
    return _agreement(trial, trial.observed(), trial.truth)


def gradient_agrees(trial: Arrays) -> Finding:
    """The gradient of every floating point input is the reference's, within the derived bound.

    At the kinks of the first input it is another law's business.
    """
    if trial.subject.technique.kind != "Linearized":
        message = "the technique has no gradient"
        raise NotOfferedError(message)
    truths = trial.true_gradients
    masks = [trial.off_kinks(t.path) for t in truths]
    return _agreement(trial, trial.observed_gradients(), truths, masks)


def _agreement(
    trial: Arrays,
    seen: list[tuple[str, Array]],
    truths: list[Truth],
    masks: list[Array | None] | None = None,
) -> Finding:
    return all_of(
        trial.compare(
            observed, t.high, t.allowed, low=t.low, mask=mask,
            scale=np.max(np.abs(t.high), initial=0.0), floor=trial.floor,
            about={"output": t.path},
        )
        for (_, observed), t, mask in zip(seen, truths, masks or [None] * len(seen), strict=True)
    )  # fmt: skip


def leaves_inputs_unchanged(trial: Arrays) -> Finding:
    """Every input array holds the same values after the call as before."""
    outcome = trial.on_backend(trial.given)
    before, after = leaves(trial.given), leaves(outcome.inputs_after)
    return all_of(
        trial.compare(
            np.atleast_1d(_changed(x, np.asarray(y))).astype(float),
            np.zeros(1),
            0.0,
            about={"input": path},
        )
        for (path, x), (_, y) in zip(before, after, strict=True)
    )


def _changed(x: Array, y: Array) -> Array:
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return ~((x == y) | (np.isnan(x) & np.isnan(y)))
