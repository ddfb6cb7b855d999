"""Wrong kin of AdamW that mix two views of the past."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.mixtures import ademamix, simplified_ademamix


def _root(v: Any, t: int, p: dict[str, Any]) -> Any:
    return np.sqrt(v / (1 - p["beta2"] ** t) + p["eps_root"]) + p["eps"]


def _moved(w: Any, direction: Any, p: dict[str, Any]) -> Any:
    return w - p["learning_rate"] * (direction + p["weight_decay"] * w)


def _mixed(
    params: Any, kept: Any, p: dict[str, Any], *, slow: float = 1.0, fast: float | None = None
) -> Any:
    """AdEMAMix's step from these moments; its means multiplied by these."""
    t, moved = int(kept["step"]), []
    fast = 1 / (1 - p["beta1"] ** t) if fast is None else fast
    moments = (kept[k] for k in ("first_moment", "slow_moment", "second_moment"))
    for w, m, s, v in zip(params, *moments, strict=True):
        moved.append(_moved(w, (fast * m + p["alpha"] * slow * s) / _root(v, t, p), p))
    return moved


@wrong(
    "optimizers.ademamix",
    "the slow mean is corrected as the fast one is: its first steps are alpha times as long",
    blind_spot="time",
)
def ademamix_corrects_the_slow_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = ademamix(grads, state, params, **p)
    return _mixed(params, kept, p, slow=1 / (1 - p["beta3"] ** int(kept["step"]))), kept


@wrong(
    "optimizers.ademamix",
    "the fast mean is not corrected",
    blind_spot="time",
)
def ademamix_corrects_no_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = ademamix(grads, state, params, **p)
    return _mixed(params, kept, p, fast=1.0), kept


@wrong(
    "optimizers.ademamix",
    "a mix of 1 and alpha that adds up to 1: steps 1 + alpha times too short",
    blind_spot="symmetry and defaults",
)
def ademamix_normalizes_its_mix(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    short = p["learning_rate"] / (1 + p["alpha"])
    decay = p["weight_decay"] * (1 + p["alpha"])
    return ademamix(grads, state, params, **(p | {"learning_rate": short, "weight_decay": decay}))


@wrong(
    "optimizers.ademamix",
    "the slow mean averages the fast one, not the gradients",
    blind_spot="dynamics",
)
def ademamix_averages_its_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = ademamix(grads, state, params, **p)
    b, pairs = p["beta3"], zip(state["slow_moment"], kept["first_moment"], strict=True)
    kept["slow_moment"] = [b * s + (1 - b) * m for s, m in pairs]
    return _mixed(params, kept, p), kept


@wrong(
    "optimizers.ademamix",
    "beta2 and beta3 swapped, as the order of the arguments invites",
    blind_spot="symmetry and defaults",
)
def ademamix_swaps_its_betas(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    swapped = {"beta2": p["beta3"], "beta3": p["beta2"]}
    return ademamix(grads, state, params, **(p | swapped))


@wrong(
    "optimizers.ademamix",
    "the old slow mean moves: a step late",
    blind_spot="dynamics",
)
def ademamix_is_a_step_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = ademamix(grads, state, params, **p)
    return _mixed(params, kept | {"slow_moment": state["slow_moment"]}, p), kept


@wrong(
    "optimizers.ademamix",
    "decay is added to the gradient: coupled",
    blind_spot="tolerance",
)
def ademamix_couples_its_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    slopes = [g + p["weight_decay"] * w for g, w in zip(grads, params, strict=True)]
    return ademamix(slopes, state, params, **(p | {"weight_decay": 0.0}))


def _summed(params: Any, grads: Any, kept: Any, p: dict[str, Any]) -> Any:
    """Simplified AdEMAMix's step from this state."""
    t, pairs = int(kept["step"]), zip(kept["momentum_buffer"], grads, strict=True)
    whole = [b + p["alpha"] * g for b, g in pairs]
    parts = zip(params, whole, kept["second_moment"], strict=True)
    return [_moved(w, b / _root(v, t, p), p) for w, b, v in parts]


@wrong(
    "optimizers.simplified_ademamix",
    "an average in place of the sum: Adam's mean",
    blind_spot="symmetry and defaults",
)
def simplified_ademamix_averages(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = simplified_ademamix(grads, state, params, **p)
    b, pairs = p["beta1"], zip(state["momentum_buffer"], grads, strict=True)
    kept["momentum_buffer"] = [b * m + (1 - b) * g for m, g in pairs]
    return _summed(params, grads, kept, p), kept


@wrong(
    "optimizers.simplified_ademamix",
    "the sum is divided by 1 - beta1^t, as Adam's mean is",
    blind_spot="time",
)
def simplified_ademamix_corrects_its_sum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = simplified_ademamix(grads, state, params, **p)
    c = 1 - p["beta1"] ** int(kept["step"])
    larger = kept | {"momentum_buffer": [b / c for b in kept["momentum_buffer"]]}
    return _summed(params, grads, larger, p), kept


@wrong(
    "optimizers.simplified_ademamix",
    "alpha multiplies the sum, not the present gradient, as in AdEMAMix",
    blind_spot="symmetry and defaults",
)
def simplified_ademamix_multiplies_the_past(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = simplified_ademamix(grads, state, params, **p)
    t = int(kept["step"])
    parts = zip(params, kept["momentum_buffer"], grads, kept["second_moment"], strict=True)
    moved = [_moved(w, (p["alpha"] * b + g) / _root(v, t, p), p) for w, b, g, v in parts]
    return moved, kept


@wrong(
    "optimizers.simplified_ademamix",
    "the second moment is not corrected",
    blind_spot="time",
)
def simplified_ademamix_corrects_nothing(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = simplified_ademamix(grads, state, params, **p)
    return _summed(params, grads, kept | {"step": np.int32(10**9)}, p), kept


@wrong(
    "optimizers.simplified_ademamix",
    "the two weights of the lerp swapped: beta2 is the share of the new",
    blind_spot="symmetry and defaults",
)
def simplified_ademamix_swaps_its_weights(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = simplified_ademamix(grads, state, params, **p)
    b, pairs = p["beta2"], zip(state["second_moment"], grads, strict=True)
    kept["second_moment"] = [(1 - b) * v + b * g * g for v, g in pairs]
    return _summed(params, grads, kept, p), kept
