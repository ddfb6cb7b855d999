"""Laws of gates: what they keep when open, what they let pass when shut, where states stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays
from properties.recurrent.runs import inputs, pulled, rows, run, states, with_state, zero_weights
from properties.trial import all_of

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array, Format
    from reference.technique import Fact

SHUT = 200.0
LARGE = 256.0
VANISHED = 1e-60
"""More than exp(-200) times anything here."""


def keeps_its_cell_between_shut_gates(trial: Arrays, fact: Fact) -> Finding:
    """Forget gate open, input and output gates shut: the cell stays as it is, and its gradient is
    the cotangent of the last cell, however long the sequence: the constant error carousel.
    """
    del fact
    shut = rows(trial, "b_ih", -SHUT, SHUT, 0.0, -SHUT)
    cell, gradient = run(trial, b_ih=shut)[2], pulled(trial, b_ih=shut)[2]
    same = ((cell, trial.given[2], "cell"), (gradient, trial.cotangents[2], "gradient"))
    return all_of(
        trial.compare(seen, due.astype(np.float64), 0.0, about={"of": of}) for seen, due, of in same
    )


def keeps_its_state_behind_a_shut_gate(trial: Arrays, fact: Fact) -> Finding:
    """Where the update gate lets nothing new in, the state stays as it is for the whole sequence,
    and its gradient is the sum of all cotangents.

    n + z (h - n) rounds twice at every step; the sum of cotangents once for each of them.
    """
    keeps = SHUT if trial.parameters["update"] == "keep" else -SHUT
    gates = (None, keeps, None) if fact.values["gate"] else (keeps, None)
    shut = rows(trial, "b_ih", *gates)
    (h,), u = states(trial), trial.subject.form.unit_roundoff
    ys, last = run(trial, b_ih=shut)
    c_ys, c_h = (c.astype(np.float64) for c in trial.cotangents)
    times = len(ys)
    drift = 2 * times * u * (np.abs(h) + 1)
    sums, sizes = c_ys.sum(axis=0) + c_h, np.abs(c_ys).sum(axis=0) + np.abs(c_h)
    found = trial.compare(ys, np.broadcast_to(h, ys.shape), drift, about={"of": "outputs"})
    found = found.merged(trial.compare(last, h, drift, about={"of": "state"}))
    gradient = pulled(trial, b_ih=shut)[1]
    slack = (times + 1) * u * sizes + VANISHED
    return found.merged(trial.compare(gradient, sums, slack, about={"of": "gradient"}))


def forgets_when_it_resets(trial: Arrays, fact: Fact) -> Finding:
    """With the reset gate shut and the update gate letting everything in, what was in the state
    makes no difference, and receives no gradient.
    """
    del fact
    renews = -SHUT if trial.parameters["update"] == "keep" else SHUT
    shut = rows(trial, "b_ih", -SHUT, renews, None)
    (h,) = states(trial)
    seen, other = run(trial, b_ih=shut), run(trial, b_ih=shut, h0=1 - h)
    found = all_of(
        trial.compare(y, due.astype(np.float64), VANISHED, about={"of": "outputs"})
        for y, due in zip(other, seen, strict=True)
    )
    gradient = pulled(trial, b_ih=shut)[1]
    return found.merged(trial.compare(gradient, 0 * h, VANISHED, about={"of": "gradient"}))


def fades_at_zero_weights(trial: Arrays, fact: Fact) -> Finding:
    """With weights and biases of zero every gate is 1/2 and every candidate 0: a state is halved at
    every step (or, where nothing is kept, 0); and empty states give zeros. All of it exactly.
    """
    known, zero = inputs(trial), zero_weights(trial)
    kept = known[fact.values["state"]]
    place = 1 + ("h0", "c0").index(fact.values["state"])
    seen = run(trial, **zero)[place]
    faded = trial.compare(seen, kept * fact.values["factor"] ** len(known["x"]), 0.0)
    nothing = with_state(trial, tuple(0 * s for s in states(trial)))
    empty = run(trial, **nothing, **zero)
    return faded.merged(
        all_of(trial.compare(y, 0.0 * y.astype(float), 0.0, about={"of": "empty"}) for y in empty)
    )


def stays_within_its_gates(trial: Arrays, fact: Fact) -> Finding:
    """However large the inputs, |h| <= 1, |c| <= |c0| + T, and every gradient is finite.

    A state that is made of two parts is rounded twice.
    """
    trial = trial.changed(_as_it_is, **fact.values["chosen"])
    x, u = LARGE * inputs(trial)["x"], trial.subject.form.unit_roundoff
    ys, *last = (y.astype(np.float64) for y in run(trial, x=x))
    finite = [np.isfinite(g).astype(float) for g in pulled(trial, x=x)]
    within: list[tuple[Any, ...]] = [(ys, np.clip(ys, -1, 1), 2 * u, "hidden state")]
    for name, seen, first in zip(fact.values["states"], last, states(trial), strict=True):
        most = np.abs(first) + len(x) if name == "c0" else np.ones_like(first)
        within.append((seen, np.clip(seen, -most, most), 2 * len(x) * u * most, name))
    within += [(g, np.ones_like(g), 0 * g, "gradient: 1 if it is finite") for g in finite]
    return all_of(
        trial.compare(seen, np.nan_to_num(due), slack, about={"of": of})
        for seen, due, slack, of in within
    )


def _as_it_is(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
    del form
    return given
