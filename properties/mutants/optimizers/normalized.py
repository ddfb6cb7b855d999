"""Wrong optimizers that normalize a gradient first."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.normalized import adopt, novograd


def _stepped(state: Any, first: Any, second: Any, params: Any, p: dict[str, Any]) -> Any:
    moved = [w - p["learning_rate"] * m for w, m in zip(params, first, strict=True)]
    step = state["step"] + np.int32(1)
    return moved, {"step": step, "first_moment": first, "second_moment": second}


def _averaged(old: Any, new: Any, decay: float) -> Any:
    return [decay * m + (1 - decay) * u for m, u in zip(old, new, strict=True)]


def _bounded(u: Any, state: Any, p: dict[str, Any], shift: float = 0, power: float = 0.25) -> Any:
    if p["clip"] == "never":
        return u
    bound = (int(state["step"]) + shift) ** power
    return [np.clip(x, -bound, bound) for x in u]


def _roots(second: Any, p: dict[str, Any]) -> Any:
    return [np.maximum(np.sqrt(v), p["eps"]) for v in second]


def _adopt(
    grads: Any, state: Any, params: Any, divisors: Any, p: dict[str, Any], **clip: float
) -> Any:
    """ADOPT with these divisors of its gradients, or another clip, from its second step on."""
    new, kept = adopt(grads, state, params, **p)
    if not int(state["step"]):
        return new, kept
    u = [g / d for g, d in zip(grads, divisors, strict=True)]
    first = _averaged(state["first_moment"], _bounded(u, state, p, **clip), p["beta1"])
    return _stepped(state, first, kept["second_moment"], params, p)


@wrong(
    "optimizers.adopt",
    "the new second moment divides, as Adam's does: what ADOPT was made against",
    blind_spot="dynamics",
)
def adopt_divides_by_the_new_moment(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adopt(grads, state, params, **p)
    return _adopt(grads, state, params, _roots(kept["second_moment"], p), p)


@wrong(
    "optimizers.adopt",
    "eps is added to the root, not the least it counts: half a step where they are alike",
    blind_spot="scale",
)
def adopt_adds_eps(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    divisors = [np.sqrt(v) + p["eps"] for v in state["second_moment"]]
    return _adopt(grads, state, params, divisors, p)


@wrong(
    "optimizers.adopt",
    "it steps at once: the first gradient is divided by itself",
    blind_spot="time",
)
def adopt_moves_in_its_first_step(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    if int(state["step"]):
        return adopt(grads, state, params, **p)
    first = _averaged(state["first_moment"], [np.sign(g) for g in grads], p["beta1"])
    return _stepped(state, first, [g * g for g in grads], params, p)


@wrong(
    "optimizers.adopt",
    "the clip counts the step it is in, not those before: wider by one all the way",
    blind_spot="time",
)
def adopt_clips_by_the_next_step(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return _adopt(grads, state, params, _roots(state["second_moment"], p), p, shift=1)


@wrong(
    "optimizers.adopt",
    "the root of the step clips in place of its fourth root",
    blind_spot="time",
)
def adopt_clips_by_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return _adopt(grads, state, params, _roots(state["second_moment"], p), p, power=0.5)


@wrong(
    "optimizers.adopt",
    "the second moment begins as an average from zero: a ten-thousandth of the first square",
    blind_spot="time",
)
def adopt_averages_from_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adopt(grads, state, params, **p)
    squares = [g * g for g in grads]
    return new, kept | {"second_moment": _averaged(state["second_moment"], squares, p["beta2"])}


@wrong(
    "optimizers.adopt",
    "moments corrected for their start, as Adam's: m is, v needs none",
    blind_spot="time",
)
def adopt_corrects_its_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adopt(grads, state, params, **p)
    t = int(state["step"])
    if not t:
        return new, kept
    c = 1 - p["beta1"] ** t
    pairs = zip(params, kept["first_moment"], strict=True)
    return [w - p["learning_rate"] * m / c for w, m in pairs], kept


@wrong(
    "optimizers.novograd",
    "the root mean square in place of the norm: right for tensors of one number",
    blind_spot="structure",
)
def novograd_takes_the_mean_square(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    shrunk = [g / np.sqrt(max(g.size, 1)) for g in grads]
    _, kept = novograd(shrunk, state, params, **p)
    return _novograd(grads, state, params, kept["second_moment"], p)


def _novograd(
    grads: Any, state: Any, params: Any, second: Any, p: dict[str, Any], damp: float = 1.0
) -> Any:
    """Its step from these second moments."""
    buffers, b = [], p["beta1"] if int(state["step"]) else 0.0
    for w, g, m, v in zip(params, grads, state["momentum_buffer"], second, strict=True):
        u = g / (np.sqrt(v + p["eps_root"]) + p["eps"]) + p["weight_decay"] * w
        buffers.append(b * m + damp * u)
    moved = [w - p["learning_rate"] * m for w, m in zip(params, buffers, strict=True)]
    step = state["step"] + np.int32(1)
    return moved, {"step": step, "momentum_buffer": buffers, "second_moment": second}


@wrong(
    "optimizers.novograd",
    "one norm of all tensors together",
    blind_spot="structure",
)
def novograd_takes_the_global_norm(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    square = sum(float(np.sum(g * g)) for g in grads)
    b = p["beta2"] if int(state["step"]) else 0.0
    second = [b * v + (1 - b) * square for v in state["second_moment"]]
    return _novograd(grads, state, params, second, p)


@wrong(
    "optimizers.novograd",
    "an average of normalized gradients, not a sum: steps a tenth as long",
    blind_spot="symmetry and defaults",
)
def novograd_averages(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = novograd(grads, state, params, **p)
    damp = 1 - p["beta1"] if int(state["step"]) else 1.0
    return _novograd(grads, state, params, kept["second_moment"], p, damp)


@wrong(
    "optimizers.novograd",
    "the second moment is an average from zero: the first steps are 1 / sqrt(1 - beta2) as long",
    blind_spot="time",
)
def novograd_averages_from_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    b = p["beta2"]
    pairs = zip(state["second_moment"], grads, strict=True)
    second = [b * v + (1 - b) * np.sum(g * g) for v, g in pairs]
    return _novograd(grads, state, params, second, p)


@wrong(
    "optimizers.novograd",
    "decay is added before the gradient is normalized: coupled",
    blind_spot="tolerance",
)
def novograd_couples_its_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    slopes = [g + p["weight_decay"] * w for g, w in zip(grads, params, strict=True)]
    return novograd(slopes, state, params, **(p | {"weight_decay": 0.0}))


@wrong(
    "optimizers.novograd",
    "decay acts on the parameter alone and is not in the buffer",
    blind_spot="dynamics",
)
def novograd_decays_beside_its_buffer(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = novograd(grads, state, params, **(p | {"weight_decay": 0.0}))
    shrink = p["learning_rate"] * p["weight_decay"]
    return [v - shrink * w for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.novograd",
    "the norm is averaged, not its square",
    blind_spot="dynamics",
)
def novograd_averages_norms(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    b = p["beta2"] if int(state["step"]) else 0.0
    pairs = zip(state["second_moment"], grads, strict=True)
    second = [np.square(b * np.sqrt(v) + (1 - b) * np.sqrt(np.sum(g * g))) for v, g in pairs]
    return _novograd(grads, state, params, second, p)
