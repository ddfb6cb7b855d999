"""Wrong averaged gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.averaged import asgd, rate_at


def _averaged(state: Any, moved: Any, share: float) -> Any:
    pairs = zip(state["average"], moved, strict=True)
    means = [x + share * (w - x) for x, w in pairs]
    return moved, {"step": state["step"] + np.int32(1), "average": means}


def _share(state: Any, p: dict[str, Any], shift: int = 0) -> float:
    return 1 / max(1.0, int(state["step"]) + shift - p["begins_after"])


@wrong(
    "optimizers.asgd",
    "the average is an exponential one: it forgets, where a mean does not",
    blind_spot="time",
)
def asgd_forgets(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, _ = asgd(grads, state, params, **p)
    return _averaged(state, moved, max(_share(state, p), 0.3))


@wrong(
    "optimizers.asgd",
    "the average counts the step it is in: the first of its numbers counts half",
    blind_spot="boundaries",
)
def asgd_counts_one_too_many(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, _ = asgd(grads, state, params, **p)
    return _averaged(state, moved, _share(state, p, 1))


@wrong(
    "optimizers.asgd",
    "everything from the first step on is averaged, whatever it is told",
    blind_spot="symmetry and defaults",
)
def asgd_averages_from_the_start(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, _ = asgd(grads, state, params, **p)
    return _averaged(state, moved, 1 / (int(state["step"]) + 1))


@wrong(
    "optimizers.asgd",
    "parameters go on from their average: it is the answer, not the way",
    blind_spot="dynamics",
)
def asgd_steps_from_its_average(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = asgd(grads, state, params, **p)
    return [x.copy() for x in kept["average"]], kept


@wrong(
    "optimizers.asgd",
    "old parameters are averaged: a step late",
    blind_spot="dynamics",
)
def asgd_averages_old_parameters(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, _ = asgd(grads, state, params, **p)
    return moved, _averaged(state, params, _share(state, p))[1]


@wrong(
    "optimizers.asgd",
    "the rate of the next step: falls one step early",
    blind_spot="time",
    dtypes=("float64",),
)
def asgd_slows_a_step_early(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    step = int(state["step"]) + 1
    rate = float(rate_at(p["learning_rate"], p["decay"], p["power"], step))
    pulls = p["decay"] + p["weight_decay"]
    pairs = zip(params, grads, strict=True)
    moved = [w - rate * (g + pulls * w) for w, g in pairs]
    return _averaged(state, moved, _share(state, p))


@wrong(
    "optimizers.asgd",
    "the rate falls by the inverse of the step: power 1 whatever it is told",
    blind_spot="symmetry and defaults",
)
def asgd_knows_one_power(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return asgd(grads, state, params, **(p | {"power": 1.0}))


@wrong(
    "optimizers.asgd",
    "decay slows the rate but does not pull: off by l n w",
    blind_spot="tolerance",
)
def asgd_does_not_pull(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, _ = asgd(grads, state, params, **p)
    rate = float(rate_at(p["learning_rate"], p["decay"], p["power"], int(state["step"])))
    free = [v + p["decay"] * rate * w for v, w in zip(moved, params, strict=True)]
    return _averaged(state, free, _share(state, p))
