"""Wrong dual averaging."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.dual_averaging import madgrad


def _blended(state: Any, params: Any, kept: Any, size: Any, p: dict[str, Any]) -> Any:
    """Params after a step whose sums are these, `size` of a square sum in the divisor's place."""
    rows = zip(params, kept["gradient_sum"], kept["square_sum"], state["start"], strict=True)
    part = p["momentum"]
    return [part * w + (1 - part) * (w0 - s / size(q)) for w, s, q, w0 in rows]


@wrong(
    "optimizers.madgrad",
    "the square root, as Adagrad has it",
    blind_spot="dynamics",
)
def madgrad_takes_the_square_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = madgrad(grads, state, params, **p)
    return _blended(state, params, kept, lambda q: np.sqrt(q) + p["eps"], p), kept


@wrong(
    "optimizers.madgrad",
    "weights do not grow: the root of t + 1 is missing from the second step on",
    blind_spot="time",
)
def madgrad_weighs_all_alike(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    fresh = state | {"step": np.zeros_like(state["step"])}
    moved, kept = madgrad(grads, fresh, params, **p)
    return moved, kept | {"step": state["step"] + np.int32(1)}


@wrong(
    "optimizers.madgrad",
    "the weight is the root of t: the first gradient does not count",
    blind_spot="time",
)
def madgrad_forgets_its_first_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    before = state | {"step": state["step"] - np.int32(1)}
    moved, kept = madgrad(grads, before, params, **p)
    return moved, kept | {"step": state["step"] + np.int32(1)}


@wrong(
    "optimizers.madgrad",
    "steps from where parameters are: the sum of gradients is taken again and again",
    blind_spot="dynamics",
)
def madgrad_steps_from_where_it_is(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = madgrad(grads, state | {"start": params}, params, **p)
    return moved, kept | {"start": state["start"]}


@wrong(
    "optimizers.madgrad",
    "the start follows the parameters",
    blind_spot="protocol",
)
def madgrad_moves_its_start(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = madgrad(grads, state, params, **p)
    return moved, kept | {"start": moved}


@wrong(
    "optimizers.madgrad",
    "momentum and its complement swapped, as the paper's c invites",
    blind_spot="symmetry and defaults",
)
def madgrad_swaps_its_momentum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return madgrad(grads, state, params, **(p | {"momentum": (1 - p["momentum"]) * 0.999}))


@wrong(
    "optimizers.madgrad",
    "squares are weighed by the square of the weight",
    blind_spot="scale",
)
def madgrad_squares_its_weight(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = madgrad(grads, state, params, **p)
    rate = p["learning_rate"] + (p["eps"] if p["eps_in"] == "root_and_rate" else 0.0)
    weight = rate * np.sqrt(int(state["step"]) + 1)
    rows = zip(state["square_sum"], kept["square_sum"], strict=True)
    kept["square_sum"] = [q + weight * (new - q) for q, new in rows]
    return _blended(state, params, kept, lambda q: np.cbrt(q) + p["eps"], p), kept


@wrong(
    "optimizers.madgrad",
    "eps under the cube root",
    blind_spot="scale",
)
def madgrad_adds_eps_under_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = madgrad(grads, state, params, **p)
    return _blended(state, params, kept, lambda q: np.cbrt(q + p["eps"]), p), kept


@wrong(
    "optimizers.madgrad",
    "weight decay is left out of the sum of squares",
    blind_spot="symmetry and defaults",
)
def madgrad_decays_outside_its_squares(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = madgrad(grads, state, params, **p)
    _, bare = madgrad(grads, state, params, **(p | {"weight_decay": 0.0}))
    kept = kept | {"square_sum": bare["square_sum"]}
    return _blended(state, params, kept, lambda q: np.cbrt(q) + p["eps"], p), kept
