"""Laws of normalization layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays
from properties.trial import all_of
from reference.numerics import rounded, ulp
from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.finding import Finding
    from reference.numerics import Array, Format
    from reference.technique import Fact

    Change = Callable[[tuple[Array, ...], Format], tuple[Array, ...]]

CONSTANTS = (0.1, -3.3, 1.7)


def features(values: Any, rank: int) -> Array:
    """One number for each feature, lined up with the second axis of x."""
    return np.reshape(values, (1, -1, *(1,) * (rank - 2)))


def _first(x: Array) -> tuple[Any, ...]:
    """Where the first number of each feature stands."""
    return (slice(0, 1), slice(None), *(slice(0, 1),) * (x.ndim - 2))


def _of_x(function: Callable[[Array], Array]) -> Change:
    """Change x and nothing else."""
    return lambda given, form: (rounded(function(given[0].astype(np.float64)), form), *given[1:])


def _rest_moved(x: Array) -> Array:
    moved = 3 * x + 1
    moved[_first(x)] = x[_first(x)]
    return moved


UNCHANGED = _of_x(lambda x: x)
SHIFTED = _of_x(lambda x: x - x[_first(x)])
SCALED = _of_x(lambda x: 4 * x)
ANOTHER = _of_x(lambda x: 1 - 2 * x)
CONSTANT = _of_x(lambda x: 0 * x + features(CONSTANTS, x.ndim))
REST_MOVED = _of_x(_rest_moved)


def _plain(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
    """Weight 1, bias 0."""
    del form
    x, *learned = given
    return (x, *(np.full_like(v, k) for v, k in zip(learned, (1, 0), strict=False)), *given[3:])


def _input(trial: Arrays, name: str) -> Array:
    """One input of a trial, in extended precision where there is one."""
    given = trial.given[trial.subject.technique.inputs.index(name)]
    return np.asarray(given).astype(np.longdouble)


def standardizes(trial: Arrays, fact: Fact) -> Finding:
    """With weight 1 and bias 0 a group has mean 0 and mean square var / (var + eps)."""
    plain = trial.changed(_plain, mode="train")
    x, truth = _input(plain, "x"), plain.truth[0]
    axes, eps = fact.values["axes"](x), plain.parameters["eps"]
    y, var = plain.observed()[0][1].astype(np.longdouble), np.var(x, axis=axes)
    moved = 2 * np.abs(truth.high) * truth.allowed + truth.allowed**2
    return all_of(
        plain.compare(seen, due, allowed, about={"output": "[0]", "moment": moment})
        for moment, seen, due, allowed in (
            (1, np.mean(y, axis=axes), 0 * var, np.mean(truth.allowed, axis=axes)),
            (2, np.mean(y * y, axis=axes), var / (var + eps), np.mean(moved, axis=axes)),
        )
    )


def ignores_shifts(trial: Arrays, fact: Fact) -> Finding:
    """Subtracting the first number of each feature changes no output (but for rounding)."""
    del fact
    here, there = trial.changed(UNCHANGED, mode="train"), trial.changed(SHIFTED, mode="train")
    return _same(here, there, here.truth[0].allowed + 2 * there.truth[0].allowed)


def ignores_scale(trial: Arrays, fact: Fact) -> Finding:
    """Four times x, with 16 times eps, gives the same output."""
    del fact
    here = trial.changed(UNCHANGED, mode="train")
    there = trial.changed(SCALED, mode="train", eps=16 * trial.parameters["eps"])
    return _same(here, there, here.truth[0].allowed + there.truth[0].allowed)


def _same(here: Arrays, there: Arrays, allowed: Array, at: Any = ...) -> Finding:
    """The first outputs of two trials are the same, at these places."""
    seen, due = (t.observed()[0][1].astype(np.float64) for t in (here, there))
    mask = np.zeros(seen.shape, bool)
    mask[at] = True
    return here.compare(seen, due, allowed, mask=mask, about={"output": "[0]"})


def keeps_constants_at_bias(trial: Arrays, fact: Fact) -> Finding:
    """A feature that does not vary over its group comes out as its bias."""
    del fact
    flat = trial.changed(CONSTANT, mode="train")
    y = flat.observed()[0][1]
    due = np.broadcast_to(features(_input(flat, "bias"), y.ndim), y.shape)
    return flat.compare(y, due, flat.truth[0].allowed, about={"output": "[0]"})


def gradient_is_orthogonal(trial: Arrays, fact: Fact) -> Finding:
    """The gradient of x has no part along ones, and along x^ only what eps leaves:
    sum(x^ dx) = sum(c w x^) eps / (var + eps)^(3/2), for c pulled back.
    """
    moving = trial.changed(UNCHANGED, mode="train")
    x, eps = _input(moving, "x"), moving.parameters["eps"]
    axes = fact.values["axes"](x)
    var = np.var(x, axis=axes, keepdims=True)
    normalized = (x - np.mean(x, axis=axes, keepdims=True)) / np.sqrt(var + eps)
    pulled = moving.cotangents[0].astype(np.longdouble)
    weighed = features(_input(moving, "weight"), x.ndim) * pulled * normalized
    left = np.sum(weighed * eps * (var + eps) ** -1.5, axis=axes)
    seen = moving.observed_gradients()[0][1].astype(np.longdouble)
    slack = moving.true_gradients[0].allowed
    return all_of(
        moving.compare(
            np.sum(seen * direction, axis=axes), due,
            np.sum(slack * np.abs(direction), axis=axes), about={"output": "[0]", "along": name},
        )
        for name, direction, due in (("ones", np.ones_like(x), 0 * left), ("x^", normalized, left))
    )  # fmt: skip


def tracks_running_statistics(trial: Arrays, fact: Fact) -> Finding:
    """After each of three batches the running statistics are what their convention makes them."""
    del fact
    found, kept = [], list(trial.given[-2:])
    due: list[Array] = [np.asarray(k, np.longdouble) for k in kept]
    slack: list[Array] = [0.0 * d for d in due]
    for number, batch in enumerate((SHIFTED, UNCHANGED, ANOTHER)):
        step = trial.changed(batch, mode="train")
        new, moments = _moments(step)
        _, *kept = (y for _, y in leaves(step.on_backend((*step.given[:-2], *kept)).outputs))
        for k, (moment, sensitive) in enumerate(moments):
            size = np.abs((1 - new) * due[k]) + new * sensitive
            due[k] = (1 - new) * due[k] + new * moment
            slack[k] = (1 - new) * slack[k] + _accepted(step, due[k], size)
            about = {"output": f"[{k + 1}]", "batch": number}
            found.append(step.compare(kept[k], due[k], slack[k], about=about))
    return all_of(iter(found))


def _moments(trial: Arrays) -> tuple[float, list[tuple[Array, Array]]]:
    """The share of the new, and mean and variance as they are taken in, with |x dF/dx| summed."""
    p, x = trial.parameters, _input(trial, "x")
    axes = (0, *range(2, x.ndim))
    mean, count = np.mean(x, axis=axes, keepdims=True), x.size // x.shape[1]
    factor = np.longdouble(count) / (count - 1) if p["running_variance"] == "unbiased" else 1
    moved = 2 * np.mean(np.abs(x * (x - mean)), axis=axes)
    return p["momentum"] if p["momentum_of"] == "new" else 1 - p["momentum"], [
        (mean.ravel(), np.mean(np.abs(x), axis=axes)),
        (factor * np.var(x, axis=axes), factor * moved),
    ]


def _accepted(trial: Arrays, y: Array, moved: Array) -> Array:
    """a ulp(y) + b u sum_i |x_i dy/dx_i|."""
    claim, form = trial.subject.technique.accuracy, trial.subject.form
    return claim.ulps * ulp(y, form) + claim.roundings(trial.given) * form.unit_roundoff * moved


def uses_running_statistics_in_eval(trial: Arrays, fact: Fact) -> Finding:
    """In eval mode a number's output depends on no other number of x, and the state stays."""
    del fact
    here, there = trial.changed(UNCHANGED, mode="eval"), trial.changed(REST_MOVED, mode="eval")
    allowed, first = here.truth[0].allowed + there.truth[0].allowed, _first(here.given[0])
    found = _same(here, there, allowed, first)
    names = ("running_mean", "running_var")
    for name, (path, state) in zip(names, here.observed()[1:], strict=True):
        found = found.merged(here.compare(state, _input(here, name), 0.0, about={"output": path}))
    return found
