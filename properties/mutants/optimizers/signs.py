"""Wrong optimizers that follow signs."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.signs import sign_sgd, signum


@wrong(
    "optimizers.sign_sgd",
    "the sign of 0 taken as 1, as x >= 0 gives it: parameters without gradient drift",
    blind_spot="special values",
)
def sign_sgd_moves_at_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    up = [np.where(np.isnan(g), g, np.where(g >= 0, 1.0, -1.0)) for g in grads]
    return sign_sgd(up, state, params, **p)


@wrong(
    "optimizers.sign_sgd",
    "g / (|g| + 1e-12) for the sign: small gradients hardly move",
    blind_spot="scale",
)
def sign_sgd_softens_the_sign(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    pairs = zip(params, grads, strict=True)
    return [w - p["learning_rate"] * g / (abs(g) + 1e-12) for w, g in pairs], {**state}


@wrong(
    "optimizers.sign_sgd",
    "scaled by the mean absolute gradient, as signSGD of gradient compression does",
    blind_spot="structure",
)
def sign_sgd_scales_by_the_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    size = [np.nanmean(abs(g)) if g.size else 1.0 for g in grads]
    found = zip(params, grads, size, strict=True)
    return [w - p["learning_rate"] * s * np.sign(g) for w, g, s in found], {**state}


def _along(params: Any, directions: Any, p: dict[str, Any]) -> Any:
    return [w - p["learning_rate"] * np.sign(d) for w, d in zip(params, directions, strict=True)]


@wrong(
    "optimizers.signum",
    "the sign of the average before this gradient: a step late",
    blind_spot="dynamics",
)
def signum_is_a_step_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = signum(grads, state, params, **p)
    return _along(params, state["first_moment"], p), kept


@wrong(
    "optimizers.signum",
    "an average of signs: large gradients count no more than small ones",
    blind_spot="scale",
)
def signum_averages_signs(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return signum([np.sign(g) for g in grads], state, params, **p)


@wrong(
    "optimizers.signum",
    "a sum of gradients is kept, as momentum keeps it: parameters move alike, the state does not",
    blind_spot="tolerance",
)
def signum_keeps_a_sum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    summed = [p["beta"] * m + g for m, g in zip(state["first_moment"], grads, strict=True)]
    return _along(params, summed, p), {"first_moment": summed}


@wrong(
    "optimizers.signum",
    "Lion's second average, at 0.99: what is moved by is not what is kept",
    blind_spot="dynamics",
)
def signum_is_lion(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    moved, _ = signum(grads, state, params, **p)
    return moved, signum(grads, state, params, **(p | {"beta": 0.99}))[1]


@wrong(
    "optimizers.signum",
    "sign(0) = 1: parameters without a gradient wander off by the rate",
    blind_spot="special values",
)
def signum_moves_at_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = signum(grads, state, params, **p)
    up = [np.where(m == 0, 1.0, m) for m in kept["first_moment"]]
    return _along(params, up, p), kept


@wrong(
    "optimizers.signum",
    "the average over its root mean square: a step of about the rate, but not a sign",
    blind_spot="scale",
)
def signum_divides_by_the_size(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = signum(grads, state, params, **p)
    moved = []
    for w, m in zip(params, kept["first_moment"], strict=True):
        size = np.sqrt(np.mean(m * m)) if m.size else 1.0
        moved.append(w - p["learning_rate"] * (m / size if size else m))
    return moved, kept
