"""Wrong schedule-free optimizers."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.schedule_free import schedule_free_adamw, schedule_free_sgd

SGD, ADAMW = "optimizers.schedule_free_sgd", "optimizers.schedule_free_adamw"


def _between(
    state: Any, params: Any, kept: Any, share: float, p: dict[str, Any], near: float | None = None
) -> Any:
    """Params for the next gradient, where the newest iterate has this share of the average.

    They are as `near` to the average as beta1 says, unless told.
    """
    b, moved = p["beta1"], []
    near = b if near is None else near
    for y, z, new in zip(params, state["iterate"], kept["iterate"], strict=True):
        x = (1 - share) * (y - (1 - b) * z) / b + share * new
        moved.append(near * x + (1 - near) * new)
    return moved


def _share(kept: Any, p: dict[str, Any]) -> float:
    weight = float(kept["largest_rate"]) ** p["power"]
    return float(weight / kept["weight_sum"]) if kept["weight_sum"] else 0.0


@wrong(SGD, "the params are the average: gradients come from x, not from y", blind_spot="dynamics")
def schedule_free_sgd_answers_with_its_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = schedule_free_sgd(grads, state, params, **p)
    return _between(state, params, kept, _share(kept, p), p, 1.0), kept


@wrong(SGD, "beta1 and its complement swapped", blind_spot="symmetry and defaults")
def schedule_free_sgd_swaps_its_beta(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = schedule_free_sgd(grads, state, params, **p)
    return _between(state, params, kept, _share(kept, p), p, 1 - p["beta1"]), kept


@wrong(SGD, "an exponential average: the share never falls below 0.4", blind_spot="time")
def schedule_free_sgd_forgets(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = schedule_free_sgd(grads, state, params, **p)
    return _between(state, params, kept, max(_share(kept, p), 0.4), p), kept


@wrong(SGD, "the sum of weights is used before this one is in it", blind_spot="time")
def schedule_free_sgd_adds_its_weight_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = schedule_free_sgd(grads, state, params, **p)
    if not state["weight_sum"]:
        return schedule_free_sgd(grads, state, params, **p)
    late = min(float(kept["largest_rate"]) ** p["power"] / float(state["weight_sum"]), 1.0)
    return _between(state, params, kept, late, p), kept


@wrong(SGD, "weights are of the rate now, not of the largest so far", blind_spot="time")
def schedule_free_sgd_weighs_by_the_rate_now(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    fresh = state | {"largest_rate": np.zeros_like(state["largest_rate"])}
    return schedule_free_sgd(grads, fresh, params, **p)


@wrong(SGD, "weights are rates, whatever the power", blind_spot="symmetry and defaults")
def schedule_free_sgd_ignores_its_power(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return schedule_free_sgd(grads, state, params, **(p | {"power": 1.0}))


@wrong(SGD, "the iterate descends from the params", blind_spot="dynamics")
def schedule_free_sgd_descends_from_its_params(
    grads: Any, state: Any, params: Any, **p: Any
) -> Any:
    moved, _ = schedule_free_sgd(grads, state, params, **p)
    _, kept = schedule_free_sgd(grads, state | {"iterate": params}, params, **p)
    return moved, kept


@wrong(SGD, "weight decay is taken at the iterate, not at the params", blind_spot="protocol")
def schedule_free_sgd_decays_its_iterate(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    d, rows = p["weight_decay"], zip(grads, state["iterate"], params, strict=True)
    return schedule_free_sgd([g + d * (z - y) for g, z, y in rows], state, params, **p)


@wrong(ADAMW, "the mean square is not corrected at all", blind_spot="time")
def schedule_free_adamw_corrects_nothing(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    late = state | {"step": np.array(2**30, np.int32)}
    known = p | {"correction": "moment"}
    moved, kept = schedule_free_adamw(grads, late, params, **known)
    return moved, kept | {"step": state["step"] + np.int32(1)}


@wrong(ADAMW, "the correction of the step before", blind_spot="time")
def schedule_free_adamw_corrects_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    if not state["step"]:
        return schedule_free_adamw(grads, state, params, **p)
    late = state | {"step": state["step"] - np.int32(1)}
    moved, kept = schedule_free_adamw(grads, late, params, **p)
    return moved, kept | {"step": state["step"] + np.int32(1)}


@wrong(ADAMW, "beta1 averages gradients as well: momentum twice", blind_spot="dynamics")
def schedule_free_adamw_keeps_its_momentum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    slower = [g * (1 - p["beta1"]) for g in grads]
    moved, _ = schedule_free_adamw(slower, state, params, **p)
    return moved, schedule_free_adamw(grads, state, params, **p)[1]


@wrong(ADAMW, "weight decay is coupled: part of the gradient", blind_spot="symmetry and defaults")
def schedule_free_adamw_couples_its_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    slopes = [g + p["weight_decay"] * y for g, y in zip(grads, params, strict=True)]
    return schedule_free_adamw(slopes, state, params, **(p | {"weight_decay": 0.0}))


@wrong(ADAMW, "eps under the root", blind_spot="scale")
def schedule_free_adamw_adds_eps_under_the_root(
    grads: Any, state: Any, params: Any, **p: Any
) -> Any:
    _, kept = schedule_free_adamw(grads, state, params, **p)
    lacks = 1 - p["beta2"] ** int(kept["step"])
    rate = p["learning_rate"] * (np.sqrt(lacks) if p["correction"] == "rate" else 1.0)
    iterates = []
    rows = zip(params, grads, state["iterate"], kept["second_moment"], strict=True)
    for y, g, z, v in rows:
        square = v if p["correction"] == "rate" else v / lacks
        towards = g / np.sqrt(square + p["eps"]) + p["weight_decay"] * y
        iterates.append(z - rate * towards)
    kept = kept | {"iterate": iterates}
    return _between(state, params, kept, _share(kept, p), p), kept
