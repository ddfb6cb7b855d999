"""Laws of recurrent cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.arrays import Arrays
from properties.trial import KERNELS, all_of
from reference.numerics import rounded
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array, Format
    from reference.technique import Fact

SHUT = 200.0
LARGE = 256.0
CANDIDATE = 2


def _run(trial: Arrays, **changed: Array) -> list[Array]:
    """What the backend returns when some inputs are changed: every leaf."""
    given = _given(trial, changed)
    return [y for _, y in leaves(trial.on_backend(given).outputs)]


def _pulled(trial: Arrays, **changed: Array) -> list[Array]:
    """What it pulls back, of the trial's cotangents, when some inputs are changed."""
    s = trial.subject
    with KERNELS.running():
        found = s.backend.pullback(
            s.binding, _given(trial, changed), trial.parameters, trial.cotangents, device=s.device
        )
    return [g for _, g in leaves(found)]


def _given(trial: Arrays, changed: dict[str, Array]) -> tuple[Array, ...]:
    known = dict(zip(trial.subject.technique.inputs, trial.given, strict=True))
    form = trial.subject.form
    return tuple(rounded(np.asarray(changed.get(n, x)), form) for n, x in known.items())


def _input(trial: Arrays, name: str) -> Array:
    """One input of a trial, in float64."""
    return trial.given[trial.subject.technique.inputs.index(name)].astype(np.float64)


def carries_its_state(trial: Arrays, fact: Fact) -> Finding:
    """A sequence cut in two, the state carried over, gives what the whole gives."""
    del fact
    x = _input(trial, "x")
    begun, h, *c = _run(trial, x=x[:1])
    state = {"h0": h} | ({"c0": c[0]} if c else {})
    rest, *last = _run(trial, x=x[1:], **state)
    parts = (np.concatenate([begun, rest]), *last)
    return all_of(
        trial.compare(y, whole.astype(np.float64), 2 * t.allowed, about={"output": t.path})
        for y, (_, whole), t in zip(parts, trial.observed(), trial.truth, strict=True)
    )


def looks_only_back(trial: Arrays, fact: Fact) -> Finding:
    """What comes last in the sequence changes nothing before it."""
    del fact
    x = _input(trial, "x")
    x[-1] = 1 - x[-1]
    due, seen = trial.observed()[0][1][:-1].astype(np.float64), _run(trial, x=x)[0][:-1]
    return trial.compare(seen, due, 2 * trial.truth[0].allowed[:-1])


def keeps_sequences_apart(trial: Arrays, fact: Fact) -> Finding:
    """A batch in the opposite order gives its outputs in the opposite order."""
    del fact
    states = {n: _input(trial, n)[::-1] for n in trial.subject.technique.inputs if n[1:] == "0"}
    seen = _run(trial, x=_input(trial, "x")[:, ::-1], **states)
    return all_of(
        trial.compare(
            np.flip(y, -2), due.astype(np.float64), 2 * t.allowed, about={"output": t.path}
        )
        for y, (_, due), t in zip(seen, trial.observed(), trial.truth, strict=True)
    )


def keeps_its_cell_between_shut_gates(trial: Arrays, fact: Fact) -> Finding:
    """Forget gate open, input and output gates shut: the cell stays as it is, and its gradient is
    the cotangent of the last cell, however long the sequence: the constant error carousel.
    """
    del fact
    hidden = _input(trial, "c0").shape[1]
    shut = np.repeat([-SHUT, SHUT, 0.0, -SHUT], hidden)
    cell, gradient = _run(trial, b_ih=shut)[2], _pulled(trial, b_ih=shut)[2]
    same = ((cell, trial.given[2], "cell"), (gradient, trial.cotangents[2], "gradient"))
    return all_of(
        trial.compare(seen, due.astype(np.float64), 0.0, about={"of": of}) for seen, due, of in same
    )


def halves_its_cell_at_zero_weights(trial: Arrays, fact: Fact) -> Finding:
    """With weights and biases of zero every gate is 1/2 and the candidate 0: the cell is halved at
    every step; and an empty cell gives zeros. All of it exactly.
    """
    del fact
    x, c0 = _input(trial, "x"), _input(trial, "c0")
    zero = {n: 0 * _input(trial, n) for n in ("w_ih", "w_hh", "b_ih", "b_hh")}
    cell, empty = _run(trial, **zero)[2], _run(trial, c0=0 * c0, **zero)
    halved = trial.compare(cell, c0 / 2 ** len(x), 0.0, about={"of": "cell"})
    return halved.merged(
        all_of(trial.compare(y, 0.0 * y.astype(float), 0.0, about={"of": "empty"}) for y in empty)
    )


def stays_within_its_gates(trial: Arrays, fact: Fact) -> Finding:
    """However large the inputs, |h| <= 1, |c| <= |c0| + T, and every gradient is finite."""
    del fact
    x, u = LARGE * _input(trial, "x"), trial.subject.form.unit_roundoff
    ys, h, c = (y.astype(np.float64) for y in _run(trial, x=x))
    most = np.abs(_input(trial, "c0")) + len(x)
    finite = [np.isfinite(g.astype(np.float64)).astype(float) for g in _pulled(trial, x=x)]
    within = [
        *((y, np.clip(y, -1, 1), 0 * y, "hidden state") for y in (ys, h)),
        (c, np.clip(c, -most, most), 2 * len(x) * u * most, "cell"),
        *((g, np.ones_like(g), 0 * g, "gradient: 1 if it is finite") for g in finite),
    ]
    return all_of(
        trial.compare(seen, np.nan_to_num(due), slack, about={"of": of})
        for seen, due, slack, of in within
    )


def _gates_open(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
    """Weights 0, and logistic gates where s(-a) = u / e: there s(a) rounds to 1."""
    *known, w_ih, w_hh, b_ih, b_hh = given
    far = 1 - np.log(form.unit_roundoff)
    b_ih = np.where(np.arange(4).repeat(len(b_ih) // 4) == CANDIDATE, b_ih, far)
    return (*known, 0 * w_ih, 0 * w_hh, rounded(b_ih, form), 0 * b_hh)


def keeps_gradient_alive(trial: Arrays, fact: Fact) -> Finding:
    """Of gates so open that they round to 1, no bias's gradient that is a normal number is 0."""
    del fact
    opened, form = trial.changed(_gates_open), trial.subject.form
    truth = opened.true_gradients[5]
    seen = opened.observed_gradients()[5][1].astype(np.float64)
    asked = (np.abs(truth.high) >= 2 * form.tiny) & (np.abs(truth.high) > truth.allowed)
    dead = ~np.isfinite(seen) | (np.sign(seen) != np.sign(truth.high))
    return opened.compare(np.where(dead, seen, truth.high), truth.high, 0.0, mask=asked)
