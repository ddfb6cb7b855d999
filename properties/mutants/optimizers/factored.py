"""Wrong optimizers that keep factors."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.factored import adafactor


def _mean_square(x: Any) -> Any:
    return np.sum(np.square(x)) / max(x.size, 1)


@wrong(
    "optimizers.adafactor",
    "updates are not clipped: the first gradients after small ones throw a tensor far",
    blind_spot="dynamics",
)
def adafactor_clips_nothing(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adafactor(grads, state, params, **(p | {"clipping": 1e30}))


@wrong(
    "optimizers.adafactor",
    "every update is brought to the clipping threshold, not only those beyond it",
    blind_spot="tolerance",
)
def adafactor_normalizes_updates(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = adafactor([1e30 * g for g in grads], state, params, **(p | {"weight_decay": 0.0}))
    _, kept = adafactor(grads, state, params, **p)
    lost = p["weight_decay"] * (p["learning_rate"] if p["decay_by_rate"] else 1)
    return [v - lost * w for v, w in zip(moved, params, strict=True)], kept


@wrong(
    "optimizers.adafactor",
    "the decay counts from 0: the first step divides by 0^-c, and every later one is a step behind",
    blind_spot="boundaries",
)
def adafactor_counts_a_step_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    before = np.maximum(np.asarray(state["step"]) - np.int32(1), 0).astype(np.int32)
    moved, kept = adafactor(grads, state | {"step": before}, params, **p)
    return moved, kept | {"step": np.asarray(state["step"]) + np.int32(1)}


@wrong(
    "optimizers.adafactor",
    "a constant decay of 0.999, as Adam's: the first steps are far too long",
    blind_spot="time",
)
def adafactor_decays_constantly(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = adafactor(grads, state | {"step": np.int32(5622)}, params, **p)
    return moved, kept | {"step": np.asarray(state["step"]) + np.int32(1)}


@wrong(
    "optimizers.adafactor",
    "row and column means multiplied, and not divided by their mean: the step has a unit",
    blind_spot="scale",
)
def adafactor_forgets_the_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = adafactor(grads, state, params, **p)
    lost = p["weight_decay"] * (p["learning_rate"] if p["decay_by_rate"] else 1)
    found = []
    for w, v, r in zip(params, moved, kept["row_moment"], strict=True):
        root = np.sqrt(np.mean(r)) if r.ndim else 1.0
        found.append(w - lost * w + (v - w + lost * w) / (1 + root))
    return found, kept


@wrong(
    "optimizers.adafactor",
    "the step goes by the norm of the parameters, not by their root mean square",
    blind_spot="structure",
)
def adafactor_scales_by_the_norm(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = adafactor(grads, state, params, **(p | {"weight_decay": 0.0}))
    lost = p["weight_decay"] * (p["learning_rate"] if p["decay_by_rate"] else 1)
    found = []
    for w, v in zip(params, moved, strict=True):
        size = np.sqrt(_mean_square(w)) if p["parameter_scale"] else 1.0
        least = p["smallest_scale"] if p["parameter_scale"] else 1.0
        wrongly = max(size * np.sqrt(max(w.size, 1)), least) / max(size, least)
        found.append(w - lost * w + wrongly * (v - w))
    return found, kept


@wrong(
    "optimizers.adafactor",
    "the least size of the parameters is added to their size, as an eps is",
    blind_spot="special values",
)
def adafactor_adds_the_smallest_scale(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = adafactor(grads, state, params, **(p | {"weight_decay": 0.0}))
    lost = p["weight_decay"] * (p["learning_rate"] if p["decay_by_rate"] else 1)
    found = []
    for w, v in zip(params, moved, strict=True):
        size, least = np.sqrt(_mean_square(w)), p["smallest_scale"]
        wrongly = (size + least) / max(size, least) if p["parameter_scale"] else 1.0
        found.append(w - lost * w + wrongly * (v - w))
    return found, kept


@wrong(
    "optimizers.adafactor",
    "weight decay without the rate where it is to have it, as one library's argument has it",
    blind_spot="symmetry and defaults",
)
def adafactor_decays_by_itself(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adafactor(grads, state, params, **(p | {"decay_by_rate": not p["decay_by_rate"]}))


@wrong(
    "optimizers.adafactor",
    "one mean for all rows is kept, as a mean over both axes gives",
    blind_spot="structure",
)
def adafactor_averages_row_moments(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = adafactor(grads, state, params, **p)
    rows = [np.full_like(r, np.mean(r)) if r.ndim else r for r in kept["row_moment"]]
    return moved, kept | {"row_moment": rows}


@wrong(
    "optimizers.adafactor",
    "the relative step is the larger of the rate and 1 / sqrt(t), not the smaller",
    blind_spot="boundaries",
)
def adafactor_takes_the_larger_step(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    root = float(np.asarray(state["step"]) + 1) ** -0.5
    rate = max(p["learning_rate"], root) if p["relative_step"] else p["learning_rate"]
    lost = p["weight_decay"] * p["learning_rate"] / rate if p["decay_by_rate"] else None
    chosen = {"learning_rate": rate, "relative_step": False}
    chosen |= {"weight_decay": lost} if lost is not None else {}
    return adafactor(grads, state, params, **(p | chosen))
