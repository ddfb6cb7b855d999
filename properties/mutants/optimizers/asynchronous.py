"""Wrong ACProp."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.asynchronous import acprop
from reference.optimizers.belief import adabelief


def _divided(grads: Any, params: Any, squares: Any, p: dict[str, Any]) -> Any:
    """Descent over the roots of these squares."""
    rows = zip(params, grads, squares, strict=True)
    a, d = p["learning_rate"], p["weight_decay"]
    return [w - a * (g / (np.sqrt(s) + p["eps"]) + d * w) for w, g, s in rows]


@wrong(
    "optimizers.acprop",
    "the gradient divides itself: the square of this step, not of the one before",
    blind_spot="time",
)
def acprop_is_synchronous(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = acprop(grads, state, params, **p)
    c2 = 1 - p["beta2"] ** int(kept["step"])
    return _divided(grads, params, [v / c2 for v in kept["second_moment"]], p), kept


@wrong(
    "optimizers.acprop",
    "the correction counts this step, the square does not: too large from the second step on",
    blind_spot="time",
)
def acprop_corrects_by_the_next_step(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = acprop(grads, state, params, **p)
    if not state["step"]:
        return acprop(grads, state, params, **p)
    c2 = 1 - p["beta2"] ** int(kept["step"])
    return _divided(grads, params, [v / c2 for v in state["second_moment"]], p), kept


@wrong(
    "optimizers.acprop",
    "the first step divides by the root of 0: it is as long as eps allows",
    blind_spot="time",
)
def acprop_divides_its_first_step_by_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = acprop(grads, state, params, **p)
    if not state["step"]:
        moved = _divided(grads, params, state["second_moment"], p)
    return moved, kept


@wrong(
    "optimizers.acprop",
    "steps along the mean gradient, as AdaBelief does",
    blind_spot="dynamics",
)
def acprop_steps_along_its_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = acprop(grads, state, params, **p)
    moved, _ = acprop(kept["first_moment"], state, params, **p)
    return moved, kept


@wrong(
    "optimizers.acprop",
    "not centered: the mean square of gradients, as Adam has it",
    blind_spot="dynamics",
)
def acprop_is_not_centered(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = acprop(grads, state, params, **p)
    b, rows = p["beta2"], zip(state["second_moment"], grads, strict=True)
    kept["second_moment"] = [b * v + (1 - b) * g * g + p["eps_root"] for v, g in rows]
    return moved, kept


@wrong(
    "optimizers.acprop",
    "eps_root is added under the root only: it is not in the state",
    blind_spot="protocol",
)
def acprop_keeps_eps_out_of_its_state(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, _ = acprop(grads, state, params, **p)
    return moved, acprop(grads, state, params, **(p | {"eps_root": 0.0}))[1]


@wrong(
    "optimizers.acprop",
    "weight decay is coupled: it is part of the gradient and divided with it",
    blind_spot="symmetry and defaults",
)
def acprop_couples_its_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    slopes = [g + p["weight_decay"] * w for g, w in zip(grads, params, strict=True)]
    moved, _ = acprop(slopes, state, params, **(p | {"weight_decay": 0.0}))
    return moved, acprop(grads, state, params, **p)[1]


@wrong(
    "optimizers.acprop",
    "AdaBelief under ACProp's name",
    blind_spot="dynamics",
)
def acprop_is_adabelief(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decay = p.pop("weight_decay")
    moved, kept = adabelief(grads, state, params, **p)
    lost = p["learning_rate"] * decay
    return [y - lost * w for y, w in zip(moved, params, strict=True)], kept
