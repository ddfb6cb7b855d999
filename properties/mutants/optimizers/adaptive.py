"""Wrong optimizers that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.adaptive import adadelta, adagrad
from reference.optimizers.descent import decayed


@wrong(
    "optimizers.adagrad",
    "squares averaged with weights of a half, not summed (RMSprop's form): the rate does not fall",
    blind_spot="time",
)
def adagrad_averages_squares(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    halved = {"square_sum": [s / 2 for s in state["square_sum"]]}
    new, kept = adagrad([g / 2**0.5 for g in grads], halved, params, **p)
    return [w + 2**0.5 * (v - w) for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.adagrad",
    "the step takes the sum of before: the first one is divided by eps alone",
    blind_spot="boundaries",
)
def adagrad_divides_by_the_old_sum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adagrad(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    old = zip(params, slopes, state["square_sum"], strict=True)
    root = [(w, g, np.sqrt(s + p["eps"] * p["eps_in_root"])) for w, g, s in old]
    eps = p["eps"] * (not p["eps_in_root"])
    return [w - p["learning_rate"] * g / (s + eps) for w, g, s in root], kept


@wrong(
    "optimizers.adagrad",
    "eps on the other side of the root, as after a port between the libraries: seen at small sums",
    blind_spot="scale",
)
def adagrad_moves_eps_across_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adagrad(grads, state, params, **(p | {"eps_in_root": not p["eps_in_root"]}))


@wrong(
    "optimizers.adagrad",
    "the root is left out: the full gradient over its sum of squares has the inverse unit",
    blind_spot="scale",
)
def adagrad_leaves_out_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adagrad(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    found = zip(params, slopes, kept["square_sum"], strict=True)
    return [w - p["learning_rate"] * g / (s + p["eps"]) for w, g, s in found], kept


@wrong(
    "optimizers.adagrad",
    "squares of the gradient without its decay are summed: only the next steps are off",
    blind_spot="tolerance",
)
def adagrad_sums_before_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, _ = adagrad(grads, state, params, **p)
    sums = zip(grads, state["square_sum"], strict=True)
    return new, {"square_sum": [s + g * g for g, s in sums]}


@wrong(
    "optimizers.adagrad",
    "one sum for a whole tensor (AdaGrad-Norm) under Adagrad's name",
    blind_spot="structure",
)
def adagrad_shares_its_sum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    norms = [np.sqrt(np.mean(g * g)) if g.size else 0.0 for g in grads]
    new, kept = adagrad(grads, state, params, **p)
    moved = zip(new, params, grads, norms, strict=True)
    return [w + (v - w) * abs(g) / (abs(g) + n + 1e-30) for v, w, g, n in moved], kept


@wrong(
    "optimizers.adadelta",
    "the root of the new updates' average in the numerator: of the step that it is to make",
    blind_spot="dynamics",
)
def adadelta_looks_at_the_new_average(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adadelta(grads, state, params, **p)
    ahead = {**state, "update_average": kept["update_average"]}
    return adadelta(grads, ahead, params, **p)[0], kept


@wrong(
    "optimizers.adadelta",
    "the average of updates takes what parameters moved by, the rate in it: alike at rate 1",
    blind_spot="symmetry and defaults",
)
def adadelta_averages_scaled_updates(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adadelta(grads, state, params, **p)
    d = p["decay"]
    moved = zip(new, params, state["update_average"], strict=True)
    kept["update_average"] = [d * u + (1 - d) * (v - w) ** 2 for v, w, u in moved]
    return new, kept


@wrong(
    "optimizers.adadelta",
    "the average of updates never leaves 0: eps alone sets the pace",
    blind_spot="time",
)
def adadelta_forgets_its_updates(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    none = {**state, "update_average": [0 * u for u in state["update_average"]]}
    new, kept = adadelta(grads, none, params, **p)
    return new, {**kept, "update_average": none["update_average"]}


@wrong(
    "optimizers.adadelta",
    "eps added to the roots, as Adam does, where Adadelta has it under them",
    blind_spot="scale",
)
def adadelta_adds_eps_to_the_roots(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adadelta(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    averages = zip(kept["square_average"], state["update_average"], strict=True)
    found = zip(params, slopes, averages, strict=True)
    e, rate = p["eps"], p["learning_rate"]
    return [w - rate * g * (np.sqrt(u) + e) / (np.sqrt(v) + e) for w, g, (v, u) in found], kept


@wrong(
    "optimizers.adadelta",
    "the rate left out, since the paper has none: alike at rate 1",
    blind_spot="symmetry and defaults",
)
def adadelta_takes_no_rate(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adadelta(grads, state, params, **(p | {"learning_rate": 1.0}))
