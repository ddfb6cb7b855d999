"""Laws of runs: what is applied step by step, what is skipped, and what recovers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.gradients.plans import STEPS
from properties.gradients.trials import Runs
from properties.laws import asked
from properties.schedules.laws import refusal
from properties.strategies import FULL
from properties.trial import all_of
from reference.gradients.non_finite import along, finite_steps

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.technique import Fact

_ONE_BAD = ((), (0,), (3,), (STEPS - 1,), (2, 3), (1, 2, 3), (0, 1, 2, 4, 5))
"""Steps that are bad: none, the first, one, the last, some in a row, more than are skipped."""

_LONG = 64.0
"""A number beyond every bound of a norm that is drawn; steps without it are well below."""


def agrees_with_reference(trial: Runs) -> Finding:
    """What is applied at each step, and what is counted, is the reference's.

    Bad steps are the plan's; none, the first, the last, some in a row; of infinities and of NaN;
    where a norm is bounded, of numbers that are too large for it.
    """
    if trial.plan.pinned is not None:
        return trial.agreement()
    long = (_LONG,) if "max_norm" in trial.parameters else ()
    kinds = [(bad, value) for bad in _ONE_BAD for value in (np.inf, np.nan, *long)]
    others = (trial.at(bad=bad, spoiled=value) for bad, value in kinds)
    return all_of(t.agreement() for t in (trial, *others))


def recovers_from_bad_steps(trial: Runs, fact: Fact) -> Finding:
    """After one bad step, of NaN or -inf, nothing that is applied is bad, and the next is whole."""
    del fact
    found = []
    for value in (np.nan, -np.inf):
        one = trial.at(bad=(3,), spoiled=value)
        lenient = {k: 2 for k in ("max_consecutive_errors",) if k in trial.parameters}
        updates = one.run(**lenient)["applied"]
        good = finite_steps(one.given[0])
        for g, y, t in zip(one.given[0], updates, one.truth, strict=False):
            due = np.where(along(good, g), np.nan_to_num(g.astype(np.float64)), 0.0)
            allowed = np.where(along(good, g), t.allowed, 0.0)
            told = {"entry": "grads"}
            found.append(trial.compare(y, due, allowed, like="agrees_with_reference", about=told))
    return all_of(iter(found))


def forgets_what_it_has_emitted(trial: Runs, fact: Fact) -> Finding:
    """After an update, other gradients before it change nothing: not even a NaN among them."""
    del fact
    every = trial.parameters["every"]
    one, other = trial.at(bad=()), trial.at(bad=(0,), spoiled=np.nan)
    if trial.plan.pinned is not None:
        one, other = trial, trial
    seen, due = other.run()["applied"], one.truth
    return all_of(
        other.compare(
            y[every:], t.high[every:], t.allowed[every:],
            inputs={k: v[every:] for k, v in other.columns(i, other.given[0], y.shape).items()},
            about={"entry": "grads"},
        )
        for i, (y, t) in enumerate(zip(seen, due, strict=True))
    )  # fmt: skip


def adapts_its_scale(trial: Runs, fact: Fact) -> Finding:
    """The scale falls with a bad step, and rises with the good step that completes the interval.

    Bad steps at 0 and 4 of eight; nothing else changes the scale, and counting begins anew.
    """
    del fact
    known = trial.parameters
    scales = np.asarray(trial.run(bad=(0, 4), spoiled=np.inf)["scales"], np.float64)
    before = np.concatenate([[known["init_scale"]], scales[:-1]])
    needed = known["growth_interval"] + known["extra_steps"]
    since = np.array([0, 1, 2, 3, 0, 1, 2, 3])  # good steps in a row
    grown = (since > 0) & (since % needed == 0)
    due = np.where(since == 0, known["backoff_factor"], np.where(grown, known["growth_factor"], 1))
    return trial.compare(scales / before, due.astype(np.float64), 0.0)


@asked(plans=1, formats=(FULL,))
def refuses_nonsense(trial: Runs, fact: Fact) -> Finding:
    """What must not be done (such as dividing by the scale twice) raises, in place of a result."""
    found: Finding = refusal(trial, fact, trial.given, (ValueError, RuntimeError))
    return found
