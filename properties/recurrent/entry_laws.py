"""The law of a library's other entry points: cells beside layers, one door beside another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import Entry, NotOfferedError, entries
from properties.arrays import Arrays
from properties.trial import KERNELS, all_of
from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from properties.finding import Finding

FORMATS = ("float32", "bfloat16")
"""Formats in which entry points are compared, and in the first gradients: programs cost time."""


def entries_agree(trial: Arrays) -> Finding:
    """Every other entry point of the library to this technique (a cell, stepped by hand; another
    module) gives the reference's outputs and, in float32, its gradients, within the bounds.
    """
    known = entries(trial.subject.binding)
    if not known:
        message = "the library has one entry point to this technique"
        raise NotOfferedError(message)
    if trial.subject.form.name not in FORMATS:
        message = f"entry points are compared in {' and '.join(FORMATS)}"
        raise NotOfferedError(message)
    return all_of(f for name, entry in known.items() for f in _judged(trial, name, entry))


def _judged(trial: Arrays, name: str, entry: Entry) -> Iterator[Finding]:
    s = trial.subject
    with KERNELS.running():
        outcome = s.backend.call(entry.call, trial.given, trial.parameters, device=s.device)
    about = {"entry": name, "of": "value"}
    yield _held(trial, list(leaves(outcome.outputs)), trial.truth, about, "agrees_with_reference")
    if s.form.name == FORMATS[0]:
        with KERNELS.running():
            gradients = s.backend.pullback(
                entry.call, trial.given, trial.parameters, trial.cotangents, device=s.device
            )
        about = {"entry": name, "of": "gradient"}
        yield _held(trial, list(leaves(gradients)), trial.true_gradients, about, "gradient_agrees")


def _held(trial: Arrays, seen: Any, truths: Any, about: dict[str, str], like: str) -> Finding:
    trial.hold([(t.path, t.high) for t in truths], seen)
    return all_of(
        trial.compare(
            np.asarray(y), t.high, t.allowed, low=t.low, floor=trial.floor, like=like,
            about=about | {"output": t.path},
        )
        for (_, y), t in zip(seen, truths, strict=True)
    )  # fmt: skip
