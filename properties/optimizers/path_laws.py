"""Laws of quasi-Newton runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.finding import Finding
from properties.laws import asked
from properties.schedules.laws import refusal
from properties.strategies import FULL

if TYPE_CHECKING:
    from properties.optimizers.paths import Paths
    from reference.numerics import Array, Format
    from reference.technique import Fact


def agrees_with_reference(trial: Paths) -> Finding:
    """After every step weights are the reference's, within what the run makes of roundings."""
    (truth,) = trial.truth
    return trial.compare(
        trial.path, truth.high, truth.allowed, low=truth.low, floor=trial.floor,
        scale=np.max(np.abs(truth.high)), inputs=trial.columns, about={"output": "path"},
    )  # fmt: skip


def repeats_a_step_that_halved_the_gradient(trial: Paths, fact: Fact) -> Finding:
    """Where the second gradient is half of the first, the second full step is the first again."""
    del fact

    def halved(given: tuple[Any, ...], form: Format) -> tuple[Array, ...]:
        del form
        gradients, start = given
        other = gradients.copy()
        other[1] = gradients[0] / gradients.dtype.type(2)
        return other, start

    run = trial.changed(halved, learning_rate=1.0)
    start = run.given[1].astype(np.float64)
    first, second = run.path.astype(np.float64)[:2]
    (truth,) = run.truth
    slack = truth.allowed[1] + 2 * truth.allowed[0]
    return trial.compare(second - first, first - start, slack, floor=3 * trial.floor)


def rests_where_gradients_vanish(trial: Paths, fact: Fact) -> Finding:
    """Where every gradient is 0, every point of the path is the start."""
    del fact

    def still(given: tuple[Any, ...], form: Format) -> tuple[Array, ...]:
        del form
        return 0 * given[0], given[1]

    run = trial.changed(still)
    return trial.compare(run.path, run.given[1].astype(np.float64), 0.0)


@asked(plans=1, formats=(FULL,))
def refuses_nonsense(trial: Paths, fact: Fact) -> Finding:
    """Hyper-parameters outside their domains raise, instead of giving a result."""
    found: Finding = refusal(trial, fact, trial.given)
    return found
