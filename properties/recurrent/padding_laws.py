"""Laws of padded sequences: padding is no data."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.arrays import Arrays
from properties.recurrent.runs import inputs, pulled, run, states
from properties.trial import all_of

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array, Format
    from reference.technique import Fact


def _valid(trial: Arrays) -> Array:
    """Which steps are no padding, (T, B, 1)."""
    known = inputs(trial)
    return (np.arange(len(known["x"]))[:, None] < known["lengths"])[..., None]


def _spoiled(trial: Arrays) -> Array:
    """x with padding that is large; or, where it is never to be touched, NaN."""
    spoil = np.nan if trial.parameters["beyond"] == "zero" else 64.0
    return np.where(_valid(trial), inputs(trial)["x"], spoil)


def ignores_padding(trial: Arrays, fact: Fact) -> Finding:
    """Other padding changes neither outputs within the lengths nor last states; where outputs
    beyond are zeros, none at all, even if the padding is NaN.
    """
    del fact
    seen, valid = run(trial, x=_spoiled(trial)), _valid(trial)
    masks: list[Any] = [valid if trial.parameters["beyond"] == "run on" else None]
    masks += [None] * (len(seen) - 1)
    return all_of(
        trial.compare(y, due.astype(np.float64), 0.0, mask=mask, about={"output": path})
        for y, (path, due), mask in zip(seen, trial.observed(), masks, strict=True)
    )


def gives_padding_no_gradient(trial: Arrays, fact: Fact) -> Finding:
    """Where nothing is asked of outputs beyond the lengths, padding receives no gradient, and what
    it holds changes no other.
    """
    del fact
    c_ys, *c_state = trial.cotangents
    asked = (np.where(_valid(trial), c_ys.astype(np.float64), 0.0), *c_state)
    found, other = (pulled(trial, asked, x=x) for x in (inputs(trial)["x"], _spoiled(trial)))
    beyond = np.broadcast_to(~_valid(trial), found[0].shape)
    nothing = trial.compare(found[0], 0 * found[0], 0.0, mask=beyond, about={"output": "padding"})
    return nothing.merged(
        all_of(
            trial.compare(g, due, 0.0, about={"output": f"[{k}]"})
            for k, (g, due) in enumerate(zip(other, found, strict=True))
        )
    )


def stands_where_a_sequence_is_empty(trial: Arrays, fact: Fact) -> Finding:
    """A sequence of no steps ends in its first state, exactly.

    Where it does not, or is known not to, what a run through all steps ends in, and may be off by,
    stands beside.
    """
    del fact
    lengths = inputs(trial)["lengths"].copy()
    lengths[0] = 0
    try:
        _, *last = run(trial, lengths=lengths)
    except Exception as error:
        message = f"{trial.subject.backend.name} refuses sequences of no steps: {error}"
        raise NotOfferedError(message) from error
    first = states(trial)
    pairs = [(seen[..., :1, :], due[..., :1, :]) for seen, due in zip(last, first, strict=True)]
    beside: list[dict[str, Array]] = [{} for _ in pairs]
    if trial.excused or not all(np.array_equal(seen, due) for seen, due in pairs):
        through = trial.changed(functools.partial(_to_the_end, trial)).truth[1:]
        beside = [
            {"through": t.high[..., :1, :], "rounding": t.allowed[..., :1, :]} for t in through
        ]
    return all_of(
        trial.compare(seen, due, 0.0, about={"output": f"[{k}]"}, inputs=columns)
        for k, ((seen, due), columns) in enumerate(zip(pairs, beside, strict=True), 1)
    )


def _to_the_end(trial: Arrays, known: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
    """Sequences that have no padding."""
    del form
    place = trial.subject.technique.inputs.index("lengths")
    whole = np.full_like(known[place], len(known[0]))
    return (*known[:place], whole, *known[place + 1 :])
