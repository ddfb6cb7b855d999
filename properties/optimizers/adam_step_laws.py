"""More laws of one step of optimizers that average gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.optimizers.step_truths import truth_of
from properties.optimizers.trajectories import NARROW
from properties.trial import all_of
from reference import facts
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.optimizers.steps import Steps
    from reference.technique import Fact


def decays_apart_from_the_gradient(trial: Steps, fact: Fact) -> Finding:
    """Params w end further than params 0 by the part of w that decay keeps, whatever the gradient.

    Each of the two ends may be off as much as a step may.
    """
    s, keeps = trial.subject, facts.at(fact.values["keeps"], trial.parameters)
    grads, state, params = trial.given
    at_zero = (grads, state, mapped(np.zeros_like, params))
    there, nowhere = trial.step(trial.given)[0], trial.step(at_zero)[0]
    truths = zip(trial.truth, truth_of(s.technique, trial.parameters, at_zero, s.form), strict=True)
    slacks = [a.allowed + b.allowed for a, b in truths]
    return all_of(
        trial.compare(
            a.astype(np.float64) - b.astype(np.float64), keeps * w.astype(np.float64), slack,
            mask=np.isfinite(a.astype(np.float64)), inputs=c.numbers, floor=trial.floor,
            like="agrees_with_reference", about={"entry": "params", "taken": trial.plan.taken},
        )
        for a, b, w, slack, c in zip(there, nowhere, params, slacks, trial.columns, strict=False)
    )  # fmt: skip


def stands_still_at_zero_gradient(trial: Steps, fact: Fact) -> Finding:
    """From the beginning, a zero gradient leaves params but for decay."""
    grads, _, params = trial.given
    keeps = facts.at(fact.values["keeps"], trial.parameters)
    given = (mapped(np.zeros_like, grads), trial.beginning, params)
    u = 4 * trial.subject.form.unit_roundoff * (keeps != 1)
    due = [keeps * w.astype(np.float64) for w in params]
    return all_of(
        trial.compare(
            seen, kept, u * np.abs(kept), floor=trial.floor, inputs=c.numbers,
            about={"output": c.path, "entry": c.entry},
        )
        for seen, kept, c in zip(
            trial.step(given)[0], due, trial.columns_of(given), strict=False
        )
    )  # fmt: skip


def waits_for_its_second_step(trial: Steps, fact: Fact) -> Finding:
    """The first step leaves params as they are, to the last bit, but where a gradient is none."""
    del fact
    grads, _, params = trial.given
    given = (grads, trial.beginning, params)
    return all_of(
        trial.compare(
            seen, w.astype(np.float64), 0.0, mask=np.isfinite(g.astype(np.float64)),
            inputs=c.numbers, about={"output": c.path, "entry": c.entry},
        )
        for seen, w, g, c in zip(
            trial.step(given)[0], params, grads, trial.columns_of(given), strict=False
        )
    )  # fmt: skip


def moves_in_proportion_to_its_gradient(trial: Steps, fact: Fact) -> Finding:
    """Params 0 move twice as far by gradients twice as large, to the last bit.

    A factor of 2 changes no rounding, but of what is subnormal or overflows: in float16, gradients
    are near 1, and the rate is.
    """
    del fact
    form = trial.subject.form
    if -form.min_exponent <= NARROW:
        trial = trial.at(middle=0, spread=1, past=0, spoiled=False, learning_rate=0.5)
    grads, state, params = trial.given
    nowhere, twice = mapped(np.zeros_like, params), mapped(lambda g: g + g, grads)
    once, further = (trial.step((g, state, nowhere))[0] for g in (grads, twice))
    return all_of(
        trial.compare(
            y, 2 * x.astype(np.float64), 0.0,
            mask=np.isfinite(y.astype(np.float64))
            & (np.minimum(abs(g.astype(np.float64)), abs(x.astype(np.float64))) >= form.tiny),
            inputs=c.numbers, about={"output": c.path, "entry": c.entry},
        )
        for y, x, g, c in zip(further, once, grads, trial.columns, strict=False)
    )  # fmt: skip


def remembers_the_largest(trial: Steps, fact: Fact) -> Finding:
    """An entry that remembers a maximum never falls, to the last bit."""
    _, state, _ = trial.given
    after = trial.step(trial.given)[1]
    return all_of(
        trial.compare(
            np.minimum(new.astype(np.float64), old), old.astype(np.float64), 0.0,
            mask=~np.isnan(new.astype(np.float64)), floor=trial.floor, about={"entry": name},
        )
        for name in fact.values["entries"]
        for (_, new), (_, old) in zip(leaves(after[name]), leaves(state[name]), strict=True)
    )  # fmt: skip


def moves_by_the_rate_or_not_at_all(trial: Steps, fact: Fact) -> Finding:
    """Params 0 step by exactly the learning rate, up or down, or stay where they are."""
    del fact
    grads, state, params = trial.given
    given = (grads, state, mapped(np.zeros_like, params))
    rate = trial.parameters["learning_rate"]
    slack = trial.subject.technique.accuracy.ulps * trial.subject.form.unit_roundoff * rate
    lengths = [np.abs(w.astype(np.float64)) for w in trial.step(given)[0]]
    return all_of(
        trial.compare(
            length, np.where(length == 0, 0.0, rate), slack, mask=~np.isnan(length),
            floor=trial.floor, inputs=c.numbers, about={"entry": "params"},
        )
        for length, c in zip(lengths, trial.columns_of(given), strict=False)
    )  # fmt: skip


def changes_no_faster_than_its_gradient(trial: Steps, fact: Fact) -> Finding:
    """A second moment that creeps changes by at most (1 - decay) g^2, and what it rounds."""
    grads, state, _ = trial.given
    form, after = trial.subject.form, trial.step(trial.given)[1]

    def one(name: str, decay: float, i: int) -> Finding:
        old, new = (np.asarray(x[name][i], np.float64) for x in (state, after))
        most = (1 - decay) * np.square(grads[i].astype(np.float64))
        slack = 4 * form.unit_roundoff * (most + np.abs(old)) + form.smallest
        return trial.compare(
            np.maximum(np.abs(new - old) - most, 0.0), np.zeros(old.shape), slack,
            mask=np.isfinite(new), floor=trial.floor, about={"entry": name},
        )  # fmt: skip

    return all_of(
        one(name, trial.parameters[decay], i)
        for name, decay in fact.values["decays"].items()
        for i in range(len(grads))
    )
