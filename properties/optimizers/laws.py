"""Laws of optimizers: of one step from a given state.

A step is compared where it is taken from the same state; half of all parameters are 0, so that the
new parameter shows the update and not its own rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.array_laws import leaves_inputs_unchanged as leaves_inputs_unchanged  # noqa: PLC0414 - a law of this family too
from properties.finding import NOTHING, Finding
from properties.laws import asked
from properties.schedules.laws import refusal
from properties.strategies import FULL
from properties.trial import all_of
from reference import facts
from reference.numerics import Array
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.optimizers.steps import Steps
    from reference.technique import Fact


def agrees_with_reference(trial: Steps) -> Finding:
    """From the same state, the same step: new parameters and every entry of the new state.

    The first step is taken as well as the plan's.
    """
    tried = (trial, trial.at(taken=0)) if trial.plan.taken else (trial,)
    return all_of(t.agreement(t.step(t.given), t.truth) for t in tried)


def moves_every_element_alone(trial: Steps, fact: Fact) -> Finding:
    """Elements know nothing of their neighbours.

    With those of every tensor in reverse order, the step is the same in reverse order; and with
    every second gradient four times as large and of the other sign, the other elements step as
    before, to the last bit.
    """
    del fact
    own = trial.step(trial.given)
    seen = trial.step(mapped(_reversed, trial.given))
    grads, state, params = trial.given
    stirred = trial.step((mapped(_every_second_other, grads), state, params))
    return trial.sameness(mapped(_reversed, seen), own).merged(
        trial.unmoved(stirred, own, lambda x, _: np.arange(x.size).reshape(x.shape) % 2 == 0)
    )


def moves_every_tensor_alone(trial: Steps, fact: Fact) -> Finding:
    """With every second tensor's gradient four times as large and of the other sign, the others
    step as before, to the last bit.
    """
    del fact
    grads, state, params = trial.given
    changed = [g if i % 2 == 0 else _other(g) for i, g in enumerate(grads)]
    seen = trial.step((changed, state, params))
    return trial.unmoved(
        seen, trial.step(trial.given), lambda x, index: np.full(x.shape, index % 2 == 0)
    )


def _other(x: Array) -> Array:
    return np.asarray(-4 * x.astype(np.float64)).astype(x.dtype)


def _every_second_other(x: Array) -> Array:
    second = np.arange(x.size).reshape(x.shape) % 2 == 1
    return np.asarray(np.where(second, _other(x), x))


def _reversed(x: Array) -> Array:
    return np.array(np.reshape(np.reshape(x, -1)[::-1], np.shape(x)))


def mirrors_its_gradients(trial: Steps, fact: Fact) -> Finding:
    """step(-g, -w) = -step(g, w), with the odd entries of the state of opposite sign as well."""
    grads, state, params = trial.given
    odd = fact.values["odd"]

    def mirrored(params: Any, state: Any) -> Any:
        turned = {k: mapped(np.negative, v) if k in odd else v for k, v in state.items()}
        return mapped(np.negative, params), turned

    params, state = mirrored(params, state)
    seen = mirrored(*trial.step((mapped(np.negative, grads), state, params)))
    return trial.sameness(seen, trial.step(trial.given))


def rests_at_zero_gradient(trial: Steps, fact: Fact) -> Finding:
    """From the beginning, a zero gradient leaves params but for decay, and every average."""
    trial = trial.at(**dict.fromkeys(fact.values["without"], 0.0))
    grads, _, params = trial.given
    state = trial.beginning
    keeps = facts.at(fact.values["keeps"], trial.parameters)
    given = (mapped(np.zeros_like, grads), state, params)
    after = trial.step(given)
    counts = {k: after[1][k] for k, v in state.items() if not isinstance(v, list)}
    due = (mapped(lambda w: keeps * w.astype(np.float64), params), state | counts)
    u = (4 * (keeps != 1) + fact.values["roundings"]) * trial.subject.form.unit_roundoff
    return all_of(
        trial.compare(
            seen, np.asarray(kept, np.float64), u * np.abs(np.asarray(kept, np.float64)),
            floor=trial.floor, inputs=c.numbers, about={"output": c.path, "entry": c.entry},
        )
        for (_, seen), (_, kept), c in zip(
            leaves(after), leaves(due), trial.columns_of(given), strict=True
        )
    )  # fmt: skip


def takes_a_first_step_of_known_length(trial: Steps, fact: Fact) -> Finding:
    """The first step from zero has the length that theory says, against the gradient's sign."""
    grads, _, params = trial.given
    given = (grads, trial.beginning, mapped(np.zeros_like, params))
    new, _ = trial.step(given)
    longest = facts.at(fact.values["longest"], trial.parameters)
    fades = facts.at(fact.values["fades"], trial.parameters)
    claim, form = trial.subject.technique.accuracy, trial.subject.form
    slack = 2 * claim.ulps * form.unit_roundoff * longest

    def one(g: Array, step: Array, into: dict[str, Array]) -> Finding:
        wide = g.astype(np.float64)
        length = -np.sign(wide) * step.astype(np.float64)
        nearest = np.clip(length, longest / (1 + fades / np.abs(wide)), longest)
        nearest = np.where(np.isfinite(nearest), nearest, longest)
        mask = np.isfinite(wide) & (wide != 0)
        return trial.compare(
            length, nearest, slack, mask=mask, inputs=into | {"update": nearest},
            about={"taken": 0, "entry": "params"},
        )  # fmt: skip

    return all_of(
        one(g, step, c.numbers)
        for g, step, c in zip(grads, new, trial.columns_of(given), strict=False)
    )


def never_moves_further_than_its_clip(trial: Steps, fact: Fact) -> Finding:
    """Whatever gradients are, no element of a parameter moves further than a step may be long."""
    (grads, state, params), u = trial.given, trial.subject.form.unit_roundoff
    new, _ = trial.step(trial.given)
    longest = facts.at(fact.values["longest"], trial.parameters)
    decays = facts.at(fact.values["decays"], trial.parameters)
    ulps = trial.subject.technique.accuracy.ulps

    def one(w: Array, seen: Array, g: Array, m: Array, into: dict[str, Array]) -> Finding:
        old = w.astype(np.float64)
        far = longest + decays * abs(old)
        nearest = np.clip(seen.astype(np.float64), old - far, old + far)
        mask = np.isfinite(g.astype(np.float64)) & np.isfinite(m.astype(np.float64))
        slack = 2 * ulps * u * far + 2 * u * abs(old)
        return trial.compare(
            seen, np.where(np.isnan(nearest), old, nearest), slack, mask=mask, floor=trial.floor,
            inputs=into,
            about={"entry": "params", "taken": trial.plan.taken},
        )  # fmt: skip

    columns = [c.numbers for c in trial.columns[: len(new)]]
    parts = zip(params, new, grads, state["first_moment"], columns, strict=True)
    return all_of(one(*each) for each in parts)


@asked(plans=1, formats=(FULL,))
def refuses_nonsense(trial: Steps, fact: Fact) -> Finding:
    """Hyper-parameters outside their domains raise: as an optimizer is built, or in its step."""
    s, given = trial.subject, trial.given

    def built(known: dict[str, Any]) -> None:
        if hasattr(s.binding, "built"):
            s.backend.live(s.binding, (given[2], given[1]), known, device=s.device)
        else:
            trial.step(given, **known)

    found: Finding = refusal(trial, fact, given, call=built)
    return found


@asked(plans=2)
def agrees_in_every_execution(trial: Steps) -> Finding:
    """Run in other ways (by groups, fused, under a schedule, masked ...), the step is the same.

    Where a library is known to disagree with the reference, it may here too. An execution that the
    device does not offer is left out.
    """
    s = trial.subject
    ways = s.backend.executions(s.binding, s.device)
    found, coarse = NOTHING, trial.coarse if ways else []
    for way, seen in trial.steps_in(ways).items():
        found = found.merged(
            trial.agreement(
                seen, trial.truth, like="agrees_with_reference", more=coarse, execution=way
            )
        )
    if not found.compared:
        message = "there is one way only to run it"
        raise NotOfferedError(message)
    return found


def ignores_the_unit_of_gradients(trial: Steps, fact: Fact) -> Finding:
    """Where eps is 0, gradients in another unit move the parameters as far.

    The unit is a power of two, and gradients are near 1, so that nothing but eps could tell.
    """
    powers = fact.values["powers"]
    narrow = trial.subject.form.min_exponent > -64
    unit = 4.0 if narrow else 1024.0
    real = {name for name, value in trial.parameters.items() if isinstance(value, float)}
    free = {name: 0.0 for name in real if name.startswith("eps") or name in fact.values["without"]}
    near = trial.at(middle=1, spread=1, past=0, spoiled=False, **free)

    def scaled(tree: Any, factor: float) -> Any:
        return mapped(lambda x: (x.astype(np.float64) * factor).astype(x.dtype), tree)

    grads, state, params = near.given
    units = {name: unit ** powers.get(name, 0) for name in state}
    other = {k: scaled(v, units[k]) if k in powers else v for k, v in state.items()}
    new, after = near.step((scaled(grads, unit), other, params))
    back = {k: scaled(v, 1 / units[k]) if k in powers else v for k, v in after.items()}
    return near.sameness((new, back), near.step(near.given))
