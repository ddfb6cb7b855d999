"""Wrong optimizers with decoupled weight decay."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.adam import adam
from reference.optimizers.decoupled import adamw, lion


def _apart(p: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """The decay, and the hyper-parameters of Adam."""
    return p["weight_decay"], {k: v for k, v in p.items() if k != "weight_decay"}


@wrong(
    "optimizers.adamw",
    "torch.optim.Adam(weight_decay=...) taken for AdamW: L2, which goes through both moments",
    blind_spot="dynamics",
)
def adamw_adds_decay_to_the_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decay, rest = _apart(p)
    coupled = [g + decay * w for g, w in zip(grads, params, strict=True)]
    return adam(coupled, state, params, **rest)


@wrong(
    "optimizers.adamw",
    "decay without the learning rate: fast.ai's first version, and a reading of the paper",
    blind_spot="scale",
)
def adamw_decays_without_the_rate(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decay, rest = _apart(p)
    new, kept = adam(grads, state, params, **rest)
    return [v - decay * w for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.adamw",
    "decay after the step, of the new parameter: off by rate^2 times the decay only",
    blind_spot="tolerance",
)
def adamw_decays_what_it_moved(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decay, rest = _apart(p)
    new, kept = adam(grads, state, params, **rest)
    return [v * (1 - p["learning_rate"] * decay) for v in new], kept


@wrong(
    "optimizers.adamw",
    "the sign of the decay, when 1 - a d is written as a sum: parameters grow",
    blind_spot="dynamics",
)
def adamw_grows_its_parameters(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decay, rest = _apart(p)
    new, kept = adam(grads, state, params, **rest)
    grown = zip(new, params, strict=True)
    return [v + p["learning_rate"] * decay * w for v, w in grown], kept


@wrong(
    "optimizers.adamw",
    "matrices only are decayed, as recipes for transformers do outside of the optimizer",
    blind_spot="structure",
)
def adamw_decays_matrices_only(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decay, rest = _apart(p)
    new, kept = adam(grads, state, params, **rest)
    both = zip(new, params, strict=True)
    return [v - p["learning_rate"] * decay * w if w.ndim > 1 else v for v, w in both], kept


@wrong(
    "optimizers.adamw",
    "decay divided by the root like the gradient: where gradients are small, it is huge",
    blind_spot="scale",
)
def adamw_preconditions_its_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decay, rest = _apart(p)
    new, kept = adam(grads, state, params, **rest)
    c2 = 1 - p["beta2"] ** int(kept["step"])
    moved = []
    for v, w, s in zip(new, params, kept["second_moment"], strict=True):
        size = np.sqrt(s / c2 + p["eps_root"]) + p["eps"]
        moved.append(v - p["learning_rate"] * decay * w / size)
    return moved, kept


@wrong(
    "optimizers.adamw",
    "parameters without a gradient now are not decayed, as masked or sparse kernels skip them",
    blind_spot="special values",
)
def adamw_skips_decay_at_zero_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decayed, kept = adamw(grads, state, params, **p)
    plain, _ = adam(grads, state, params, **_apart(p)[1])
    both = zip(grads, decayed, plain, strict=True)
    return [np.where(g == 0, b, a) for g, a, b in both], kept


@wrong(
    "optimizers.lion",
    "one average for both: sign of the moment that is kept, as in Signum",
    blind_spot="dynamics",
)
def lion_moves_by_what_it_keeps(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return lion(grads, state, params, **(p | {"beta1": p["beta2"]}))


@wrong(
    "optimizers.lion",
    "the two betas in the order of another library",
    blind_spot="symmetry and defaults",
)
def lion_swaps_its_betas(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return lion(grads, state, params, **(p | {"beta1": p["beta2"], "beta2": p["beta1"]}))


@wrong(
    "optimizers.lion",
    "the moment is updated before it is mixed, as Adam's is",
    blind_spot="protocol",
)
def lion_mixes_the_new_moment(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = lion(grads, state, params, **p)
    new, _ = lion(grads, kept, params, **p)
    return new, kept


@wrong(
    "optimizers.lion",
    "tanh in place of the sign: alike for large gradients",
    blind_spot="scale",
)
def lion_smooths_its_sign(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = lion(grads, state, params, **p)
    b, rate = p["beta1"], p["learning_rate"]
    both = zip(new, grads, state["first_moment"], strict=True)
    moved = []
    for v, g, m in both:
        mixed = b * m + (1 - b) * g
        moved.append(v + rate * (np.sign(mixed) - np.tanh(mixed)))
    return moved, kept


@wrong(
    "optimizers.lion",
    "copysign in place of sign: a parameter without any gradient moves by the whole rate",
    blind_spot="special values",
)
def lion_moves_at_zero_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = lion(grads, state, params, **p)
    still = zip(new, grads, state["first_moment"], strict=True)
    return [np.where((g == 0) & (m == 0), v - p["learning_rate"], v) for v, g, m in still], kept


@wrong(
    "optimizers.lion",
    "decay without the rate, which for Lion is ten times smaller than Adam's",
    blind_spot="scale",
)
def lion_decays_without_the_rate(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = lion(grads, state, params, **(p | {"weight_decay": 0.0}))
    return [v - p["weight_decay"] * w for v, w in zip(new, params, strict=True)], kept
