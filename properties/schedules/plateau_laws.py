"""Laws of schedules that watch a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.finding import Finding
from properties.laws import asked
from properties.schedules.laws import refusal
from properties.schedules.metrics import LENGTH, Metrics
from properties.strategies import FULL

if TYPE_CHECKING:
    from reference.technique import Fact


def agrees_with_reference(trial: Metrics) -> Finding:
    """After every metric, the rate is the reference's."""
    t = trial.truth[0]
    return trial.compare(
        trial.rates, t.high, t.allowed, low=t.low, inputs={"metric": trial.given[0]},
        floor=trial.floor, scale=float(trial.given[1]),
    )  # fmt: skip


def resumes_where_it_stopped(trial: Metrics, fact: Fact) -> Finding:
    """A run that was saved and restored halfway has the rates of one that was not."""
    del fact
    legs = trial.at(trial.given[0].reshape(2, -1)).reshape(-1)
    return trial.told(legs, trial.rates, 2 * trial.truth[0].allowed)


def never_raises_its_rate(trial: Metrics, fact: Fact) -> Finding:
    """No rate is above the one before it, nor below the lowest."""
    del fact
    seen, base = trial.rates.astype(np.float64), float(trial.given[1])
    highest = np.minimum.accumulate(np.concatenate([[base], seen]))[:-1]
    low = trial.parameters["final_fraction"] * base
    return trial.told(seen, np.clip(seen, low, highest), trial.truth[0].allowed)


def waits_for_its_patience(trial: Metrics, fact: Fact) -> Finding:
    """Metrics of 1 reduce the rate at number P + 1 after the first, then every C + P + 1."""
    del fact
    known, base = trial.parameters, float(trial.given[1])
    part, whole = known["factor"]
    wait = known["patience"] + 1
    after = np.arange(LENGTH) - wait
    due, reductions = np.empty(LENGTH), after // (wait + known["cooldown"]) + 1
    rate, done = base, 0
    for i, wanted in enumerate(np.maximum(reductions, 0)):
        for _ in range(int(wanted) - done):
            lower = max(rate * part / whole, known["final_fraction"] * base)
            rate = lower if rate - lower > known["eps"] else rate
        done, due[i] = max(done, int(wanted)), rate
    level = trial.other(pinned=1.0, factor=1.0, shift=0.0)
    return level.told(level.rates, due, 2 * level.truth[0].allowed)


def ignores_the_unit_of_metrics(trial: Metrics, fact: Fact) -> Finding:
    """Metrics twice as large, or, with an absolute threshold, larger by 1, give the same rates."""
    del fact
    relative, _ = trial.parameters["threshold"]
    other = trial.other(factor=2.0) if relative else trial.other(shift=1.0)
    return other.told(other.rates, trial.rates, 2 * trial.truth[0].allowed)


@asked(plans=1, formats=(FULL,))
def refuses_nonsense(trial: Metrics, fact: Fact) -> Finding:
    """Hyper-parameters outside their domains raise, instead of giving rates."""
    return refusal(trial, fact, trial.given)
