"""Laws of running statistics: how they move, and what is done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import unchanged
from properties.normalization.laws import same
from properties.normalization.layers import Layers, of_x
from properties.trial import all_of
from reference.groups import second
from reference.numerics import Array, rounded

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.technique import Fact


def _first(x: Array) -> tuple[Any, ...]:
    """Where the first number of each feature stands."""
    return (slice(0, 1), slice(None), *(slice(0, 1),) * (x.ndim - 2))


def _rest_moved(x: Array) -> Array:
    moved = 3 * x + 1
    moved[_first(x)] = x[_first(x)]
    return moved


BATCHES = (of_x(lambda x: x - x[_first(x)]), unchanged, of_x(lambda x: 1 - 2 * x))


def tracks_running_statistics(trial: Layers, fact: Fact) -> Finding:
    """After each of three batches the running statistics are what their convention makes them."""
    found, kept = [], list(trial.given[-2:])
    due: list[Array] = [np.asarray(k, np.longdouble) for k in kept]
    slack: list[Array] = [0.0 * d for d in due]
    for number, batch in enumerate(BATCHES):
        step = trial.training(batch)
        new, moments = _moments(step, fact.values["second"])
        _, *kept = step.called((*step.given[:-2], *kept), step.parameters, step.subject.binding)
        for k, (moment, off) in enumerate(moments):
            u = step.subject.form.unit_roundoff
            due_before, due[k] = due[k], (1 - new) * due[k] + new * moment
            rounding = 3 * u * (abs((1 - new) * due_before) + new * abs(moment))
            slack[k] = (1 - new) * slack[k] + new * off + rounding
            about = {"output": f"[{k + 1}]", "batch": number}
            found.append(step.compare(kept[k], due[k], slack[k], floor=step.floor, about=about))
    return all_of(iter(found))


def _moments(trial: Layers, which: str) -> tuple[Any, list[tuple[Array, Array]]]:
    """The share of the new; mean and variance (or deviation) as they are taken in, and how far each
    may be off: inputs rounded once, a sum of n numbers, six roundings more.
    """
    p, x, u = trial.parameters, trial.input("x"), trial.subject.form.unit_roundoff
    axes = (0, *range(2, x.ndim))
    mean, count = np.mean(x, axis=axes, keepdims=True), x.size // x.shape[1]
    var, size = np.var(x, axis=axes), np.mean(np.abs(x), axis=axes)
    moved = 2 * u * np.mean(np.abs(x * (x - mean)), axis=axes) + (count + 6) * u * var
    if which == "deviation":
        spread = np.sqrt(var + p["eps"])
        taken = (spread, moved / (2 * spread) + (count + 6) * u * spread)
    else:
        factor = count / (count - 1) if p["running_variance"] == "unbiased" else 1
        taken = (factor * var, factor * (moved + u * var))
    momentum = np.longdouble(p["momentum"])
    new = momentum if p.get("momentum_of", "new") == "new" else 1 - momentum
    return new, [(mean.ravel(), (count + 3) * u * size), taken]


def uses_running_statistics_in_eval(trial: Layers, fact: Fact) -> Finding:
    """In eval mode a number's output depends on no other number of x, and the state stays."""
    del fact
    here, there = (trial.changed(b, mode="eval") for b in (BATCHES[1], of_x(_rest_moved)))
    allowed, first = here.truth[0].allowed + there.truth[0].allowed, _first(here.given[0])
    found = same(here, there, allowed, first)
    names = here.subject.technique.inputs[-2:]
    for name, (path, state) in zip(names, here.observed()[1:], strict=True):
        found = found.merged(here.compare(state, here.input(name), 0.0, about={"output": path}))
    return found


def evaluates_as_it_trained(trial: Layers, fact: Fact) -> Finding:
    """Trained with a share of 1 for the new, then asked in eval mode, a batch is normalized by its
    own mean and by the variance that was taken in of it.
    """
    del fact
    p = trial.parameters
    whole = 1.0 if p["momentum_of"] == "new" else 0.0
    trained = trial.training(momentum=whole)
    x, form = trained.input("x"), trained.subject.form
    _, mean, var = (y for _, y in trained.observed())
    learned = trained.given[:3]
    seen = trained.called((*learned, mean, var), trained.parameters | {"mode": "eval"},
                          trained.subject.binding)[0]  # fmt: skip
    axes, count = (0, *range(2, x.ndim)), x.size // x.shape[1]
    factor = count / (count - 1) if p["running_variance"] == "unbiased" else 1
    spread = np.sqrt(factor * np.var(x, axis=axes) + p["eps"])
    off = second(trained.input("weight"), x) * (x - second(np.mean(x, axis=axes), x))
    due = off / second(spread, x) + second(trained.input("bias"), x)
    # What training may be off, the state's rounding to the format, and eval's own roundings.
    u, slope = form.unit_roundoff, np.abs(second(trained.input("weight") / spread, x))
    slack = 2 * trained.truth[0].allowed + 8 * u * slope * second(np.mean(abs(x), axis=axes), x)
    slack = slack + 8 * u * slope * np.abs(x) + 4 * u * np.abs(off / second(spread, x))
    return trained.compare(
        seen, np.asarray(due, np.float64), np.asarray(slack, np.float64), about={"output": "[0]"}
    )


def trains_as_it_evaluates(trial: Layers, fact: Fact) -> Finding:
    """With corrections that are never clipped, training gives what eval mode gives; with none,
    mean 0 and mean square var / (var + eps) before scale and shift.
    """
    del fact
    free = trial.training(r_max=2.0**20, d_max=2.0**20)
    stored = trial.changed(BATCHES[1], mode="eval")
    open_ = same(free, stored, free.truth[0].allowed + stored.truth[0].allowed)
    shut = trial.training(r_max=1.0, d_max=0.0)
    x, eps = shut.input("x"), shut.parameters["eps"]
    axes = (0, *range(2, x.ndim))
    spread = np.sqrt(np.var(x, axis=axes) + eps)
    off = (x - second(np.mean(x, axis=axes), x)) / second(spread, x)
    due = second(shut.input("weight"), x) * off + second(shut.input("bias"), x)
    return open_.merged(
        shut.compare(
            np.asarray(shut.y, np.float64), np.asarray(due, np.float64), shut.truth[0].allowed
        )
    )


def survives_a_batch_of_one(trial: Layers, fact: Fact) -> Finding:
    """One number for each feature is refused with an error; or y is the bias, and the running
    statistics are finite.
    """
    del fact
    here = trial.training()
    x = here.given[0]
    one = rounded(x[_first(x)].astype(np.float64), here.subject.form)
    try:
        y, *state = here.called((one, *here.given[1:]), here.parameters, here.subject.binding)
    except (ValueError, RuntimeError) as refused:
        said = np.array([float(bool(str(refused)))])
        return here.compare(said, np.ones(1), 0.0, about={"of": "refusal: 1 if it says why"})
    if "running_std" in here.subject.technique.inputs:
        bias = np.asarray(y, np.float64)  # corrected by d: anything finite
    else:
        bias = np.broadcast_to(np.asarray(second(here.input("bias"), y), np.float64), y.shape)
    finite = [np.isfinite(s.astype(np.float64)).astype(float) for s in (y, *state)]
    found = here.compare(y, bias, 0.0, about={"of": "y"})
    return found.merged(
        all_of(
            here.compare(f, np.ones_like(f), 0.0, about={"of": "1 where finite"}) for f in finite
        )
    )
