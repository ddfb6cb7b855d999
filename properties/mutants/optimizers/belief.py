"""Wrong kin of Adam with another second moment."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.live import FunctionalLive
from backends.numpy import NumpyBackend
from properties.mutants.mutant import mutant
from properties.mutants.optimizers import wrong
from reference.optimizer_states import beginning
from reference.optimizers.adam import adam
from reference.optimizers.belief import adabelief, yogi


def _again(params: Any, kept: Any, p: dict[str, Any], eps_root: float = 0.0) -> Any:
    """Adam's step from these moments."""
    t = int(kept["step"])
    moved = []
    for w, m, v in zip(params, kept["first_moment"], kept["second_moment"], strict=True):
        size = np.sqrt(v / (1 - p["beta2"] ** t) + eps_root) + p["eps"]
        moved.append(w - p["learning_rate"] * m / (1 - p["beta1"] ** t) / size)
    return moved


@wrong(
    "optimizers.adabelief",
    "the old mean of gradients foresees, not the new one: off by the square of beta1",
    blind_spot="scale",
)
def adabelief_compares_with_the_old_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adabelief(grads, state, params, **p)
    b = p["beta2"]
    rows = zip(state["second_moment"], grads, state["first_moment"], strict=True)
    kept["second_moment"] = [b * v + (1 - b) * (g - m) ** 2 + p["eps_root"] for v, g, m in rows]
    return _again(params, kept, p), kept


@wrong(
    "optimizers.adabelief",
    "eps under the root only, as Adam has it: it is not in the state",
    blind_spot="protocol",
)
def adabelief_keeps_eps_out_of_its_state(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adabelief(grads, state, params, **(p | {"eps_root": 0.0}))
    return _again(params, kept, p, p["eps_root"]), kept


@wrong(
    "optimizers.adabelief",
    "eps is added once, not twice",
    blind_spot="scale",
)
def adabelief_adds_eps_once(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adabelief(grads, state, params, **(p | {"eps": 0.0}))


@wrong(
    "optimizers.adabelief",
    "the mean square of gradients: Adam under AdaBelief's name",
    blind_spot="dynamics",
)
def adabelief_is_adam(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adam(grads, state, params, **p)


@wrong(
    "optimizers.adabelief",
    "the corrected mean foresees: in the first step nothing is a surprise",
    blind_spot="time",
)
def adabelief_compares_with_the_corrected_mean(
    grads: Any, state: Any, params: Any, **p: Any
) -> Any:
    _, kept = adabelief(grads, state, params, **p)
    b, c1 = p["beta2"], 1 - p["beta1"] ** int(kept["step"])
    rows = zip(state["second_moment"], grads, kept["first_moment"], strict=True)
    kept["second_moment"] = [
        b * v + (1 - b) * (g - m / c1) ** 2 + p["eps_root"] for v, g, m in rows
    ]
    return _again(params, kept, p), kept


@wrong(
    "optimizers.yogi",
    "Adam's average in place of the sign: the two differ where v is far from g^2",
    blind_spot="dynamics",
)
def yogi_averages(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = yogi(grads, state, params, **p)
    b = p["beta2"]
    rows = zip(state["second_moment"], grads, strict=True)
    kept["second_moment"] = [b * v + (1 - b) * g * g for v, g in rows]
    return new, kept


@wrong(
    "optimizers.yogi",
    "the sign the other way around: away from g^2",
    blind_spot="dynamics",
)
def yogi_flees_the_square(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = yogi(grads, state, params, **p)
    rows = zip(state["second_moment"], kept["second_moment"], strict=True)
    kept["second_moment"] = [np.maximum(2 * v - n, 0) for v, n in rows]
    return new, kept


@wrong(
    "optimizers.yogi",
    "both moments corrected, as in Adam, where the paper corrects none (and the reverse)",
    blind_spot="time",
)
def yogi_corrects_the_other_way(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    other = {"both": "never", "never": "both"}
    return yogi(grads, state, params, **(p | {"correction": other[p["correction"]]}))


@wrong(
    "optimizers.yogi",
    "the sign times the distance, which is Adam's average again where it is above",
    blind_spot="scale",
)
def yogi_falls_by_the_distance(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = yogi(grads, state, params, **p)
    rows = zip(state["second_moment"], kept["second_moment"], grads, strict=True)
    b = p["beta2"]
    kept["second_moment"] = [np.where(v > g * g, b * v + (1 - b) * g * g, n) for v, n, g in rows]
    return new, kept


@wrong(
    "optimizers.yogi",
    "eps under the root: 1e-3 is then not Yogi's but 0.03",
    blind_spot="scale",
)
def yogi_puts_eps_under_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = yogi(grads, state, params, **p)
    t, moved = int(kept["step"]), []
    both = p["correction"] == "both"
    c1, c2 = (1 - p[b] ** t if both else 1.0 for b in ("beta1", "beta2"))
    for w, m, v in zip(params, kept["first_moment"], kept["second_moment"], strict=True):
        moved.append(w - p["learning_rate"] * m / c1 / np.sqrt(v / c2 + p["eps"]))
    return moved, kept


def _yogi_begins_elsewhere(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return yogi(grads, state, params, **p)


def _begun(params: Any, known: dict[str, Any]) -> FunctionalLive:
    state = beginning(yogi, params, known)
    state["second_moment"] = [np.full_like(v, 1e-3) for v in state["second_moment"]]
    return FunctionalLive(NumpyBackend(), yogi, (params, state), known, "cpu")


_yogi_begins_elsewhere.__dict__["live"] = _begun
_yogi_begins_elsewhere.__name__ = "yogi_begins_elsewhere"
yogi_begins_elsewhere = mutant(
    "optimizers.yogi",
    "an initial accumulator of 1e-3 in place of 1e-6: every single step is right",
    blind_spot="protocol",
)(_yogi_begins_elsewhere)
