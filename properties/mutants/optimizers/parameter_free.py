"""Wrong optimizers without a rate to tune."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.parameter_free import dog, dowg

DOG, DOWG = "optimizers.dog", "optimizers.dowg"


def _norm(tensors: Any) -> float:
    return float(np.sqrt(sum(float(np.sum(x * x)) for x in tensors)))


def _away(state: Any, params: Any) -> float:
    return _norm([w - w0 for w, w0 in zip(params, state["start"], strict=True)])


def _moved(grads: Any, params: Any, rate: float) -> Any:
    return [w - rate * g for w, g in zip(params, grads, strict=True)]


@wrong(DOG, "the distance now, not the largest: it shrinks on the way back", blind_spot="time")
def dog_shortens_its_leash(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = dog(grads, state, params, **p)
    r = _away(state, params) or float(state["largest_distance"])
    rate = p["learning_rate"] * r / np.sqrt(float(kept["square_sum"]) + p["eps"])
    return _moved(grads, params, rate), kept | {"largest_distance": np.array(r)}


@wrong(DOG, "every tensor has its own distance", blind_spot="symmetry and defaults")
def dog_measures_every_tensor_alone(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = dog(grads, state, params, **p)
    moved = []
    for w, g, w0 in zip(params, grads, state["start"], strict=True):
        own = state | {"start": [w0]}
        moved += dog([g], own, [w], **p)[0]
    return moved, kept


@wrong(DOG, "the gradient is not yet in the sum that divides it", blind_spot="time")
def dog_adds_its_gradient_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = dog(grads, state, params, **p)
    if state["square_sum"]:
        size = np.sqrt(float(state["square_sum"]) + p["eps"])
        rate = p["learning_rate"] * float(kept["largest_distance"]) / size
        moved = _moved(grads, params, rate)
    return moved, kept


@wrong(DOG, "norms are summed, not their squares", blind_spot="scale")
def dog_sums_norms(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = dog(grads, state, params, **p)
    total = float(state["square_sum"]) + _norm(grads)
    rate = p["learning_rate"] * float(kept["largest_distance"]) / np.sqrt(total + p["eps"])
    return _moved(grads, params, rate), kept | {"square_sum": np.array(total)}


@wrong(DOG, "eps outside the root", blind_spot="scale")
def dog_adds_eps_to_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = dog(grads, state, params, **p)
    size = np.sqrt(float(kept["square_sum"])) + p["eps"]
    rate = p["learning_rate"] * float(kept["largest_distance"]) / size
    return _moved(grads, params, rate), kept


@wrong(DOG, "the distance is from 0, not from the start", blind_spot="protocol")
def dog_measures_from_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    nowhere = state | {"start": [np.zeros_like(w) for w in params]}
    moved, kept = dog(grads, nowhere, params, **p)
    return moved, kept | {"start": state["start"]}


@wrong(DOWG, "squares weigh alike, whatever the distance: DoG's sum", blind_spot="dynamics")
def dowg_weighs_all_alike(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = dowg(grads, state, params, **p)
    total = float(state["weighted_sum"]) + _norm(grads) ** 2
    q = float(kept["largest_square"])
    rate = p["learning_rate"] * q / (np.sqrt(total) + p["eps"])
    return _moved(grads, params, rate), kept | {"weighted_sum": np.array(total)}


@wrong(DOWG, "the distance, not its square, over the root", blind_spot="scale")
def dowg_steps_by_the_distance(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = dowg(grads, state, params, **p)
    r = np.sqrt(float(kept["largest_square"]))
    rate = p["learning_rate"] * r / (np.sqrt(float(kept["weighted_sum"])) + p["eps"])
    return _moved(grads, params, rate), kept


@wrong(DOWG, "weighted by the distance before this step's", blind_spot="time")
def dowg_weighs_by_the_distance_before(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = dowg(grads, state, params, **p)
    total = float(state["weighted_sum"] + state["largest_square"] * _norm(grads) ** 2)
    rate = p["learning_rate"] * float(kept["largest_square"]) / (np.sqrt(total) + p["eps"])
    return _moved(grads, params, rate), kept | {"weighted_sum": np.array(total)}


@wrong(DOWG, "eps under the root, as DoG has it", blind_spot="scale")
def dowg_adds_eps_under_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = dowg(grads, state, params, **p)
    size = np.sqrt(float(kept["weighted_sum"]) + p["eps"])
    return _moved(grads, params, p["learning_rate"] * float(kept["largest_square"]) / size), kept


@wrong(DOWG, "the largest distance is forgotten", blind_spot="time")
def dowg_forgets_its_distance(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    here = np.array(_away(state, params) ** 2 or float(state["largest_square"]))
    return dowg(grads, state | {"largest_square": here}, params, **p)
