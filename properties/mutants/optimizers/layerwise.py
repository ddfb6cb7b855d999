"""Wrong layer-wise optimizers."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.layerwise import fromage, lamb, lars


def _norm(*tensors: Any) -> Any:
    return np.sqrt(sum(np.sum(np.square(x)) for x in tensors))


def _ratio(weights: Any, other: Any, coefficient: float = 1.0, eps: float = 0.0) -> Any:
    return coefficient * weights / (other + eps) if weights > 0 and other > 0 else 1.0


def _lars(grads: Any, state: Any, params: Any, rule: Any) -> Any:
    """LARS with a rule (w, g, v) -> (new v, step)."""
    found = [rule(w, g, v) for w, g, v in zip(params, grads, state["velocity"], strict=True)]
    moved = [w + step for w, (_, step) in zip(params, found, strict=True)]
    return moved, {"velocity": [v for v, _ in found]}


def _decayed(w: Any, g: Any, p: dict[str, Any]) -> Any:
    """The decayed gradient, and the norm that divides."""
    u = g + p["weight_decay"] * w
    both = _norm(g) + p["weight_decay"] * _norm(w)
    return u, _norm(u) if p["trust_norm"] == "norm_of_sum" else both


@wrong(
    "optimizers.lars",
    "the trust ratio without its coefficient: a thousand times too far",
    blind_spot="symmetry and defaults",
)
def lars_forgets_the_coefficient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return lars(grads, state, params, **(p | {"trust_coefficient": 1.0}))


@wrong(
    "optimizers.lars",
    "the norm of the bare gradient divides, as if decay came later",
    blind_spot="tolerance",
)
def lars_forgets_decay_in_the_norm(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def rule(w: Any, g: Any, v: Any) -> Any:
        u, _ = _decayed(w, g, p)
        ratio = _ratio(_norm(w), _norm(g), p["trust_coefficient"], p["eps"])
        v = p["momentum"] * v - p["learning_rate"] * ratio * u
        ahead = p["momentum"] * v - p["learning_rate"] * ratio * u
        return v, ahead if p["nesterov"] else v

    return _lars(grads, state, params, rule)


@wrong(
    "optimizers.lars",
    "one norm for the whole model: the ratio is no longer a layer's",
    blind_spot="structure",
)
def lars_takes_the_global_norm(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def rule(w: Any, g: Any, v: Any) -> Any:
        u, _ = _decayed(w, g, p)
        ratio = _ratio(_norm(*params), _norm(*grads), p["trust_coefficient"], p["eps"])
        step = p["learning_rate"] * ratio * u
        v = p["momentum"] * v - step
        return v, p["momentum"] * v - step if p["nesterov"] else v

    return _lars(grads, state, params, rule)


@wrong(
    "optimizers.lars",
    "the rate stands outside the velocity, as in PyTorch's SGD: a schedule acts on the past",
    blind_spot="time",
)
def lars_keeps_the_rate_outside(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def rule(w: Any, g: Any, v: Any) -> Any:
        u, other = _decayed(w, g, p)
        step = _ratio(_norm(w), other, p["trust_coefficient"], p["eps"]) * u
        v = p["momentum"] * v - step
        ahead = p["momentum"] * v - step if p["nesterov"] else v
        return v, p["learning_rate"] * ahead

    return _lars(grads, state, params, rule)


@wrong(
    "optimizers.lars",
    "0 / 0 is taken for 0: tensors of zeros (biases at their start) never leave 0",
    blind_spot="special values",
)
def lars_never_leaves_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    still = [g if _norm(w) > 0 else 0 * g for w, g in zip(params, grads, strict=True)]
    return lars(still, state, params, **p)


@wrong(
    "optimizers.lars",
    "Nesterov's look-ahead, asked for or not, as a default of another library",
    blind_spot="dynamics",
)
def lars_always_looks_ahead(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return lars(grads, state, params, **(p | {"nesterov": True}))


@wrong(
    "optimizers.lars",
    "eps under the root, beside the square of the norm, as if that were a variance",
    blind_spot="scale",
)
def lars_puts_eps_under_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def rule(w: Any, g: Any, v: Any) -> Any:
        u, other = _decayed(w, g, p)
        ratio = _ratio(_norm(w), np.sqrt(other**2 + p["eps"]), p["trust_coefficient"])
        step = p["learning_rate"] * ratio * u if other > 0 else p["learning_rate"] * u
        v = p["momentum"] * v - step
        return v, p["momentum"] * v - step if p["nesterov"] else v

    return _lars(grads, state, params, rule)


def _lamb(grads: Any, state: Any, params: Any, step: Any, p: dict[str, Any]) -> Any:
    """LAMB with a rule (w, Adam's direction) -> what w moves by, upwards."""
    b1, b2, t = p["beta1"], p["beta2"], int(state["step"]) + 1
    pairs = zip(state["first_moment"], state["second_moment"], grads, strict=True)
    kept = [(b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g) for m, v, g in pairs]
    moved = []
    with np.errstate(all="ignore"):
        for w, (m, v) in zip(params, kept, strict=True):
            size = np.sqrt(v / (1 - b2**t) + p["eps_root"]) + p["eps"]
            moved.append(w - p["learning_rate"] * step(w, m / (1 - b1**t) / size))
    first, second = [m for m, _ in kept], [v for _, v in kept]
    return moved, {"step": np.int32(t), "first_moment": first, "second_moment": second}


@wrong(
    "optimizers.lamb",
    "decay is added after the ratio, decoupled as in AdamW: its share is no longer the norm's",
    blind_spot="tolerance",
)
def lamb_decays_after_the_ratio(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def step(w: Any, u: Any) -> Any:
        return _ratio(_norm(w), _norm(u)) * u + p["weight_decay"] * w

    return _lamb(grads, state, params, step, p)


@wrong(
    "optimizers.lamb",
    "the ratio is clipped at 10, as the first implementation of it did",
    blind_spot="scale",
)
def lamb_clips_the_ratio(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def step(w: Any, u: Any) -> Any:
        u = u + p["weight_decay"] * w
        return min(_ratio(_norm(w), _norm(u)), 10.0) * u

    return _lamb(grads, state, params, step, p)


@wrong(
    "optimizers.lamb",
    "no bias correction, as fused LAMB kernels have it as an option: hidden by the ratio where"
    " parameters are not 0",
    blind_spot="time",
)
def lamb_corrects_no_bias(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = lamb(grads, state | {"step": np.int32(2**24)}, params, **p)
    return moved, kept | {"step": np.asarray(state["step"]) + np.int32(1)}


@wrong(
    "optimizers.lamb",
    "the ratio upside down: |u| / |w|",
    blind_spot="symmetry and defaults",
)
def lamb_turns_the_ratio_over(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def step(w: Any, u: Any) -> Any:
        u = u + p["weight_decay"] * w
        return _ratio(_norm(u), _norm(w)) * u

    return _lamb(grads, state, params, step, p)


@wrong(
    "optimizers.lamb",
    "the norm of the gradient stands for the norm of the direction",
    blind_spot="structure",
)
def lamb_divides_by_the_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    lengths = iter([_norm(g) for g in grads])

    def step(w: Any, u: Any) -> Any:
        return _ratio(_norm(w), next(lengths)) * (u + p["weight_decay"] * w)

    return _lamb(grads, state, params, step, p)


@wrong(
    "optimizers.lamb",
    "eps is added to the norm, and no ratio is 1: a tensor of zeros never leaves 0",
    blind_spot="special values",
)
def lamb_adds_to_the_norm(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def step(w: Any, u: Any) -> Any:
        u = u + p["weight_decay"] * w
        return _norm(w) / (_norm(u) + 1e-6) * u

    return _lamb(grads, state, params, step, p)


@wrong(
    "optimizers.fromage",
    "the share without the divisor: norms grow from step to step",
    blind_spot="dynamics",
)
def fromage_lets_norms_grow(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = fromage(grads, state, params, **p)
    return [w * np.sqrt(1 + p["learning_rate"] ** 2) for w in moved], kept


@wrong(
    "optimizers.fromage",
    "only the parameter is shrunk, and the update is not",
    blind_spot="tolerance",
)
def fromage_shrinks_the_parameter_only(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = fromage(grads, state, params, **p)
    shrink = (1 + p["learning_rate"] ** 2) ** -0.5
    return [
        shrink * w + (v - shrink * w) / shrink for w, v in zip(params, moved, strict=True)
    ], kept


@wrong(
    "optimizers.fromage",
    "the smallest norm is added, not a floor",
    blind_spot="scale",
)
def fromage_adds_the_smallest_norm(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    least, rate = p["smallest_norm"], p["learning_rate"]
    shrink = (1 + rate**2) ** -0.5
    pairs = zip(params, grads, strict=True)
    return [
        shrink * (w - rate * (_norm(w) + least) / (_norm(g) + least) * g) for w, g in pairs
    ], dict(state)


@wrong(
    "optimizers.fromage",
    "1 + a in place of sqrt(1 + a^2): the divisor of a step along the tensor, not across it",
    blind_spot="dynamics",
)
def fromage_shrinks_too_much(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, kept = fromage(grads, state, params, **p)
    rate = p["learning_rate"]
    return [w * np.sqrt(1 + rate**2) / (1 + rate) for w in moved], kept
