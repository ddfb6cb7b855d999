"""Laws of anything that runs over a sequence: what it carries, what it sees, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.arrays import Arrays
from properties.recurrent.runs import inputs, run, states, with_state
from properties.trial import all_of

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array
    from reference.technique import Fact


def carries_its_state(trial: Arrays, fact: Fact) -> Finding:
    """A sequence cut in two, the state carried over, gives what the whole gives."""
    del fact
    x = inputs(trial)["x"]
    begun, *state = run(trial, x=x[: len(x) // 2])
    rest, *last = run(trial, x=x[len(x) // 2 :], **with_state(trial, tuple(state)))
    parts = (np.concatenate([begun, rest]), *last)
    return all_of(
        trial.compare(y, whole.astype(np.float64), 2 * t.allowed, about={"output": t.path})
        for y, (_, whole), t in zip(parts, trial.observed(), trial.truth, strict=True)
    )


def looks_only_back(trial: Arrays, fact: Fact) -> Finding:
    """What comes last in the sequence changes nothing before it."""
    del fact
    x = inputs(trial)["x"]
    x[-1] = 1 - x[-1]
    due, seen = trial.observed()[0][1][:-1].astype(np.float64), run(trial, x=x)[0][:-1]
    return trial.compare(seen, due, 2 * trial.truth[0].allowed[:-1])


def keeps_sequences_apart(trial: Arrays, fact: Fact) -> Finding:
    """A batch in the opposite order gives its outputs in the opposite order."""
    del fact
    known = inputs(trial)
    turned = {"lengths": known["lengths"][::-1]} if "lengths" in known else {}
    turned |= with_state(trial, tuple(np.flip(s, -2) for s in states(trial)))
    seen = run(trial, x=known["x"][:, ::-1], **turned)
    return all_of(
        trial.compare(
            np.flip(y, -2), due.astype(np.float64), 2 * t.allowed, about={"output": t.path}
        )
        for y, (_, due), t in zip(seen, trial.observed(), trial.truth, strict=True)
    )


def ends_in_its_last_output(trial: Arrays, fact: Fact) -> Finding:
    """The last hidden state is the last output, to the last bit: of each sequence its own last, of
    the backward direction that at the first time, of a stack the upper layer's.
    """
    del fact
    (_, ys), (_, h), *_ = trial.observed()
    ends = _ends(trial, ys.astype(np.float64))
    seen = h.astype(np.float64) if len(ends) == len(h) else h[-1:].astype(np.float64)
    return trial.compare(seen.reshape(ends.shape), ends, 0.0)


def _ends(trial: Arrays, ys: Array) -> Array:
    """The outputs that hidden states are made of."""
    known = inputs(trial)
    steps = known.get("lengths", np.full(ys.shape[1], len(ys)))
    last = steps[None, :, None].astype(int) - 1
    if "backward" in known:
        ahead, behind = np.split(ys, 2, axis=-1)
        return np.stack([np.take_along_axis(ahead, last, 0)[0], behind[0]])
    if "lengths" in known:
        return np.take_along_axis(ys, last, 0)[0]
    return ys[-1:] if "second" in known else ys[-1]
