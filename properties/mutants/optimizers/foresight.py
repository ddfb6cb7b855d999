"""Wrong optimizers that look ahead."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.adam import adam
from reference.optimizers.foresight import adan, momentum_at, nadam

_NESTEROV = ("momentum", "momentum_decay")


def _adams(p: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in p.items() if k not in _NESTEROV}


@wrong(
    "optimizers.nadam",
    "the mean of gradients corrected at t, not at the t + 1 that it is used for",
    blind_spot="time",
)
def nadam_corrects_the_mean_too_soon(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = nadam(grads, state, params, **p)
    t, warming = int(kept["step"]), p["momentum"] == "warming"
    following = float(momentum_at(p["beta1"], p["momentum_decay"], t + 1))
    following = following if warming else p["beta1"]
    powers = kept["momentum_product"] if warming else [p["beta1"] ** t] * len(params)
    moved = []
    for v, m, s, power in zip(
        new, kept["first_moment"], kept["second_moment"], powers, strict=True
    ):
        size = np.sqrt(s / (1 - p["beta2"] ** t) + p["eps_root"]) + p["eps"]
        more = 1 / (1 - power) - 1 / (1 - power * following)
        moved.append(v - p["learning_rate"] * following * m * more / size)
    return moved, kept


@wrong(
    "optimizers.nadam",
    "one library's momentum under the other's name: constant, where Dozat's schedule is asked for",
    blind_spot="symmetry and defaults",
)
def nadam_takes_the_other_momentum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    if p["momentum"] == "constant":
        return nadam(grads, state, params, **p)
    own = {k: v for k, v in state.items() if k != "momentum_product"}
    new, kept = nadam(grads, own, params, **(p | {"momentum": "constant"}))
    _, right = nadam(grads, state, params, **p)
    return new, kept | {"momentum_product": right["momentum_product"]}


@wrong(
    "optimizers.nadam",
    "Adam's step under NAdam's name: nothing is looked ahead",
    blind_spot="dynamics",
)
def nadam_is_adam(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, _ = adam(grads, state, params, **_adams(p))
    return new, nadam(grads, state, params, **p)[1]


@wrong(
    "optimizers.nadam",
    "the product of momenta multiplied by the next momentum, so that it runs ahead",
    blind_spot="time",
)
def nadam_multiplies_the_next_momentum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = nadam(grads, state, params, **p)
    if p["momentum"] == "constant":
        return new, kept
    cold = 0.96 ** ((int(kept["step"]) + 1) * p["momentum_decay"])
    ahead = p["beta1"] * (1 - cold / 2)
    return new, kept | {"momentum_product": [x * ahead for x in state["momentum_product"]]}


@wrong(
    "optimizers.nadam",
    "the product of momenta is not kept when saved: it is 1 again",
    blind_spot="protocol",
)
def nadam_forgets_its_product(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    if p["momentum"] == "constant":
        return nadam(grads, state, params, **p)
    begun = [np.ones_like(x) for x in state["momentum_product"]]
    return nadam(grads, state | {"momentum_product": begun}, params, **p)


@wrong(
    "optimizers.nadam",
    "the paper's extra beta2 on the second moment, which no library has",
    blind_spot="tolerance",
)
def nadam_takes_less_of_the_square(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = nadam(grads, state, params, **p)
    c2, moved = 1 - p["beta2"] ** int(kept["step"]), []
    for w, v, s in zip(params, new, kept["second_moment"], strict=True):
        own = np.sqrt(s / c2 + p["eps_root"]) + p["eps"]
        less = np.sqrt(p["beta2"] * s / c2 + p["eps_root"]) + p["eps"]
        moved.append(w + (v - w) * own / less)
    return moved, kept


@wrong(
    "optimizers.adan",
    "1 - b2 where the paper has b2, in the letters of the code: optax 0.2.8 (and the reverse)",
    blind_spot="symmetry and defaults",
)
def adan_takes_the_other_weight(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    other = {"beta2": "1 - beta2", "1 - beta2": "beta2"}
    changed = {"difference_weight": other[p["difference_weight"]]}
    return adan(grads, state, params, **(p | changed))


@wrong(
    "optimizers.adan",
    "in the first step the change is taken from 0: the whole gradient",
    blind_spot="boundaries",
)
def adan_changes_from_nothing(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    if int(state["step"]):
        return adan(grads, state, params, **p)
    new, kept = adan(grads, state | {"step": np.int32(1)}, params, **p)
    return new, kept | {"step": np.int32(1)}


@wrong(
    "optimizers.adan",
    "the previous gradient is never stored: every change is the whole gradient",
    blind_spot="protocol",
)
def adan_forgets_the_previous_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adan(grads, state, params, **p)
    return new, kept | {"previous_gradient": state["previous_gradient"]}


@wrong(
    "optimizers.adan",
    "the square of the gradient itself averaged, as in Adam",
    blind_spot="dynamics",
)
def adan_squares_the_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adan(grads, state, params, **p)
    b = p["beta3"]
    both = zip(state["second_moment"], grads, strict=True)
    return new, kept | {"second_moment": [b * n + (1 - b) * g * g for n, g in both]}


@wrong(
    "optimizers.adan",
    "proximal decay taken for linear, and the reverse: alike but for (rate times decay)^2",
    blind_spot="tolerance",
)
def adan_decays_the_other_way(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    other = {"proximal": "linear", "linear": "proximal"}
    return adan(grads, state, params, **(p | {"decay": other[p["decay"]]}))


@wrong(
    "optimizers.adan",
    "the betas of the paper, which are 1 minus those of the code",
    blind_spot="symmetry and defaults",
)
def adan_takes_the_papers_betas(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    betas = ("beta1", "beta2", "beta3")
    swapped = {name: min(1 - p[name], 0.9999) for name in betas}
    return adan(grads, state, params, **(p | swapped))
