"""Laws of optimizers: of many steps from the beginning, or from a given state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backends.backend import NotOfferedError
from properties.laws import asked
from properties.optimizers.incidents import LENGTH, SHORT
from properties.optimizers.live_runs import whole
from properties.optimizers.step_truths import alike
from properties.trial import all_of
from reference import facts
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.optimizers.steps import Steps
    from reference.technique import Fact

MEMORY = 32


def converges_on_a_quadratic(trial: Steps, fact: Fact) -> Finding:
    """On c w^2 / 2, whose gradient is c w, parameters from 1 fall by the factor that theory says.

    After n steps |w| is at most rate^n, and what n steps round.
    """
    form = trial.subject.form
    n, params = fact.values["steps"], mapped(np.ones_like, trial.given[2])
    rate = facts.at(fact.values["rate"], {"curvature": 1.0} | trial.parameters)
    state = trial.beginning
    for _ in range(n):
        params, state = trial.step((params, state, params))
    claim = trial.subject.technique.accuracy
    slack = n * (claim.ulps + claim.inputs) * form.unit_roundoff
    return all_of(
        trial.compare(
            np.maximum(np.abs(w.astype(np.float64)) - rate**n, 0), np.zeros(w.shape), slack,
            about={"entry": "params", "steps": n},
        )
        for w in params
    )  # fmt: skip


def forgets_at_its_decay(trial: Steps, fact: Fact) -> Finding:
    """At zero gradient every average falls to decay^n of itself in n steps.

    The decays are as slow as the format can follow: one part in sixteen roundings. Each step rounds
    three times. None of them is the first, in which some optimizers forget all.
    """
    trial = trial if trial.plan.taken else trial.at(taken=1)
    form = trial.subject.form
    grads, state, params = trial.given
    slowest = 1 - max(16 * form.unit_roundoff, 2.0**-13)
    chosen = {name: min(trial.parameters[name], slowest) for name in fact.values["decays"].values()}
    free = dict.fromkeys(fact.values["without"], 0.0)
    decaying = fact.values["decays"]
    kept = {k: mapped(np.ones_like, v) if k in decaying else v for k, v in state.items()}
    zero = mapped(np.zeros_like, grads)
    for _ in range(MEMORY):
        _, kept = trial.step((zero, kept, params), **chosen, **free)

    def one(entry: str, name: str) -> Finding:
        truth = np.longdouble(chosen[name]) ** MEMORY
        slack = truth * (np.expm1(3 * MEMORY * form.unit_roundoff)) + 3 * MEMORY * form.smallest
        told = {"entry": entry, "steps": MEMORY}
        return all_of(
            trial.compare(x, np.full(x.shape, truth), slack, floor=trial.floor, about=told)
            for x in kept[entry]
        )

    return all_of(one(entry, name) for entry, name in fact.values["decays"].items())


@asked(plans=2, patience=24)
def trajectories_agree(trial: Steps) -> Finding:
    """A run of twenty steps ends where the reference's does, its own state carried along.

    The accepted error grows with the run as the end depends on everything on the way. Of an
    optimizer whose state is its own, runs of 24 steps at four sizes of gradients are
    compared, and one of 300, with all that happens to it in `stays_in_step`.
    """
    run = trial.journey
    params, state = run.start
    try:
        params, state = trial.step((run.grads[0], state, params))
    except NotOfferedError:
        calm = all_of(whole(trial, SHORT, calm=middle) for middle in (0, -13, -27, 20))
        return calm.merged(whole(trial, LENGTH))
    for grads in run.grads[1:]:
        params, state = trial.step((grads, state, params))
    return all_of(
        trial.compare(
            seen, t.high, t.allowed, low=t.low, floor=trial.floor,
            scale=np.max(abs(t.high), initial=0.0),
            inputs={n: alike(x, t.high) for n, x in run.columns(k, c.index).items()},
            about={"output": t.path, "entry": c.entry},
        )
        for k, ((_, seen), t, c) in enumerate(
            zip(leaves((params, state)), run.end, trial.columns, strict=True)
        )
    )  # fmt: skip
