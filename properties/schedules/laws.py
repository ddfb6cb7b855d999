"""Laws of schedules that are functions of the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.array_laws import leaves_inputs_unchanged  # noqa: F401 - a law of this family too
from properties.finding import Finding
from properties.laws import asked
from properties.schedules.rates import LENGTH, Rates
from properties.strategies import FULL
from properties.trial import all_of
from reference import facts
from reference.numerics import Array
from reference.technique import OneOf, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Fact

_REFUSALS: tuple[type[Exception], ...] = (ValueError, TypeError, ZeroDivisionError)


def agrees_with_reference(trial: Rates) -> Finding:
    """At every step from 0 to past the end, the rate is the reference's."""
    t = trial.truth[0]
    return trial.compare(
        trial.rates, t.high, t.allowed, low=t.low, inputs={"step": trial.given[0]},
        floor=trial.floor, scale=float(trial.given[1]),
    )  # fmt: skip


def depends_on_the_step_alone(trial: Rates, fact: Fact) -> Finding:
    """A rate is the same in reverse, alone, and in a run that was saved and restored halfway (of a
    function of the step, there is no run).
    """
    del fact
    steps, rates, slack = trial.given[0], trial.rates, 2 * trial.accepted
    backwards = trial.at(steps[::-1].copy())[::-1]
    runs = [backwards]
    if trial.subject.backend.walks:
        runs.append(trial.at(steps.reshape(2, -1)).reshape(-1))
    some = [LENGTH // 4, LENGTH // 2]
    alone = np.stack([trial.at(steps[i : i + 1].reshape(())) for i in some])
    found = [trial.told(seen, rates, slack) for seen in runs]
    return all_of(iter([*found, trial.told(alone, rates[some], slack[some], steps=steps[some])]))


def starts_at_any_step(trial: Rates, fact: Fact) -> Finding:
    """A run that is begun anew, told the step alone, has the rates of that step and what follows.

    `restored`: before every step, beside an optimizer that holds the rate of that step (steps come
    with three axes, legs of one). `fresh`: at three steps, beside one that holds the rate of step 0
    (with four axes, one leg). Deviations may name which, as `begun`.
    """
    del fact
    if not trial.subject.backend.walks:
        message = f"a schedule of {trial.subject.backend.name} is a function: nothing is begun"
        raise NotOfferedError(message)
    steps = trial.given[0]
    legs = np.stack([np.maximum(steps - 1, 0), steps], axis=1)
    seen = trial.at(legs.reshape(-1, 1, 1)).reshape(legs.shape)[:, 1]
    found = [_begun(trial, "restored", seen, slice(None))]
    for first in (LENGTH // 4, LENGTH // 2, 3 * LENGTH // 4):
        part = slice(first, first + LENGTH // 4)
        seen = trial.at(steps[part].reshape(1, 1, 1, -1)).reshape(-1)
        found.append(_begun(trial, "fresh", seen, part))
    return all_of(iter(found))


def _begun(trial: Rates, how: str, seen: Array, part: slice) -> Finding:
    t = trial.truth[0]
    low = np.broadcast_to(t.low, t.high.shape)[part]
    return trial.compare(
        seen, t.high[part], t.allowed[part], low=low,
        inputs={"step": trial.given[0][part]}, floor=trial.floor, scale=float(trial.given[1]),
        about={"begun": how}, like="agrees_with_reference",
    )  # fmt: skip


def is_proportional_to_its_base_rate(trial: Rates, fact: Fact) -> Finding:
    """A base rate eight times as large gives rates eight times as large."""
    del fact
    seen = trial.at(trial.given[0], trial.given[1] * trial.given[1].dtype.type(8))
    return trial.told(seen, 8 * trial.rates.astype(np.float64), 16 * trial.accepted)


def stays_between_its_ends(trial: Rates, fact: Fact) -> Finding:
    """No rate is above the highest or below the lowest, which is never negative."""
    low, high = (facts.at(fact.values[k], trial.parameters) for k in ("low", "high"))
    base, seen = float(trial.given[1]), trial.rates.astype(np.float64)
    nearest = np.clip(seen, max(low, 0.0) * base, high * base)
    return trial.told(seen, nearest, trial.accepted)


def falls_until_its_end(trial: Rates, fact: Fact) -> Finding:
    """Before the end no rate is above the one before it, but by the accepted errors."""
    chosen = trial.given[0] <= facts.at(fact.values["until"], trial.parameters)
    return _ordered(trial, chosen, np.minimum.accumulate)


def rises_until_its_top(trial: Rates, fact: Fact) -> Finding:
    """Before the top no rate is below the one before it, but by the accepted errors."""
    chosen = trial.given[0] <= facts.at(fact.values["until"], trial.parameters)
    return _ordered(trial, chosen, np.maximum.accumulate)


def _ordered(trial: Rates, chosen: Array, extreme: Any) -> Finding:
    steps, seen = trial.given[0][chosen], trial.rates.astype(np.float64)[chosen]
    return trial.told(seen, extreme(seen), 2 * trial.accepted[chosen], steps=steps)


def starts_and_ends_as_stated(trial: Rates, fact: Fact) -> Finding:
    """The first rate is the base rate (or what the technique starts at), the last the final one."""
    after, start, end = (
        facts.at(fact.values[k], trial.parameters) for k in ("after", "start", "end")
    )
    return _at_marks(trial, [(0, end if after == 0 else start), (after, end)])


def passes_through_its_corners(trial: Rates, fact: Fact) -> Finding:
    """At its corners (tops, milestones, ends of warm-ups) the rate is the stated share."""
    known = trial.parameters
    points = fact.values["points"]
    return _at_marks(trial, [(facts.at(s, known), facts.at(share, known)) for s, share in points])


def _at_marks(trial: Rates, points: list[tuple[int, float]]) -> Finding:
    steps = trial.given[0]
    marks = np.resize(np.array([s for s, _ in points], np.int32), steps.shape)
    due = np.resize(np.array([share for _, share in points]), steps.shape) * float(trial.given[1])
    return trial.told(trial.at(marks), due, trial.claimed(due), steps=marks)


def moves_by_small_steps(trial: Rates, fact: Fact) -> Finding:
    """From one step to the next the rate moves by no more than the steepest slope."""
    reach = facts.at(fact.values["at_most"], trial.parameters) * float(trial.given[1])
    before = trial.moved(-1)
    seen, last = trial.rates.astype(np.float64), before.rates.astype(np.float64)
    due = np.clip(seen, last - reach, last + reach)
    return trial.told(seen, due, trial.accepted + before.accepted)


def changes_at_its_milestones_only(trial: Rates, fact: Fact) -> Finding:
    """Between milestones a rate is the one of the step before."""
    at = facts.at(fact.values["at"], trial.parameters) if fact.values["at"] is not tuple else ()
    every = facts.at(fact.values["every"], trial.parameters)
    steps, before = trial.given[0], trial.moved(-1)
    kept = (steps == 0) | (~np.isin(steps, at) & (steps % every != 0))
    seen, due = trial.rates[kept], before.rates[kept]
    return trial.told(seen, due, 2 * trial.accepted[kept], steps=steps[kept])


def is_multiplied_by_its_factor(trial: Rates, fact: Fact) -> Finding:
    """So many steps later the rate is the factor times as large."""
    every, factor = (facts.at(fact.values[k], trial.parameters) for k in ("every", "factor"))
    later = trial.moved(every)
    due = factor * trial.rates.astype(np.float64)
    slack = later.accepted + factor * trial.accepted
    return trial.told(later.rates, due, slack, steps=later.given[0])


def repeats_itself(trial: Rates, fact: Fact) -> Finding:
    """One period later the rate is the same."""
    later = trial.moved(facts.at(fact.values["length"], trial.parameters))
    slack = later.accepted + trial.accepted
    return trial.told(later.rates, trial.rates, slack, steps=later.given[0])


def goes_no_further(trial: Rates, fact: Fact) -> Finding:
    """One and two steps past the end the last rate is held; or, by convention, the step refused."""
    after = facts.at(fact.values["after"], trial.parameters)
    refuses = trial.parameters.get("past_the_end") == "raises"
    last = trial.at(np.full(LENGTH, after, np.int32))
    found = []
    for steps in (np.full(LENGTH, after + k, np.int32) for k in (1, 2)):
        try:
            seen = trial.at(steps)
        except ValueError:
            if not refuses:
                raise
            seen = last
        found.append(trial.told(seen, last, trial.claimed(last), steps=steps))
    return all_of(iter(found))


@asked(plans=1, formats=(FULL,))
def refuses_nonsense(trial: Rates, fact: Fact) -> Finding:
    """Hyper-parameters outside their domains raise, instead of giving rates."""
    return refusal(trial, fact, (np.arange(LENGTH, dtype=np.int32) % 8, trial.given[1]))


def refusal(
    trial: Any,
    fact: Fact,
    inputs: tuple[Any, ...],
    refusals: tuple[type[Exception], ...] = _REFUSALS,
    call: Callable[..., Any] | None = None,
) -> Any:
    """Call with every choice of nonsense (or the plan's one) that the binding can be given.

    It is refused by an error of these kinds. `call` stands in for a call on these inputs; it takes
    the hyper-parameters.
    """
    offered = parameters(trial.subject.binding) or trial.subject.technique.parameters
    wanted = getattr(trial.plan, "nonsense", "")
    tried = [
        bad for bad in fact.values["nonsense"]
        if wanted in ("", spelled(bad)) and all(_free(offered, name) for name in bad)
    ]  # fmt: skip
    if not tried:
        message = f"{trial.subject.backend.name} offers none of these hyper-parameters"
        raise NotOfferedError(message)
    return all_of(
        trial.compare(
            np.array([float(_accepts(trial, bad, inputs, refusals, call))]), np.zeros(1), 0.0,
            about={"nonsense": spelled(bad)},
        )
        for bad in tried
    )  # fmt: skip


def spelled(bad: dict[str, Any]) -> str:
    """A choice of hyper-parameters as text: `decay_rate=-0.5`."""
    return ", ".join(f"{name}={value}" for name, value in bad.items())


def _free(offered: dict[str, Any], name: str) -> bool:
    """Whether a binding passes this hyper-parameter on: it has it, and more than one value."""
    domain = offered[name].domain if name in offered else OneOf(())
    return not isinstance(domain, OneOf) or len(domain.values) > 1


def _accepts(
    trial: Any,
    bad: dict[str, Any],
    inputs: tuple[Any, ...],
    refusals: tuple[type[Exception], ...],
    call: Callable[..., Any] | None,
) -> bool:
    """Whether rates come out all the same. Hyper-parameters are numbers here, not traced."""
    s = trial.subject
    variant = "eager" if "eager" in s.backend.variants else ""
    try:
        if call is not None:
            call(trial.parameters | bad)
            return True
        s.backend.call(s.binding, inputs, trial.parameters | bad, device=s.device, variant=variant)
    except refusals:
        return False
    return True
