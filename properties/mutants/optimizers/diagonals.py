"""Wrong optimizers that divide by the Hessian's diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.numerics import Array
from reference.optimizers.diagonals import sophia

SOPHIA = "optimizers.sophia"


def _moved(grads: Any, state: Any, params: Any, p: dict[str, Any], ratio: Any) -> Any:
    """Sophia with another way from mean gradient and curvature to the step."""
    _, kept = sophia(grads, state, params, **p)
    correction = 1 - p["beta1"] ** int(kept["step"]) if p["corrects_bias"] else 1.0
    curvatures = kept["curvature"] if p["divides_by"] == "fresh" else state["curvature"]
    new = [
        w - p["learning_rate"] * (ratio(m / correction, h) + p["weight_decay"] * w)
        for w, m, h in zip(params, kept["first_moment"], curvatures, strict=True)
    ]
    return new, kept


@wrong(
    SOPHIA,
    "no clip: where curvature vanishes a step is as long as eps lets it",
    blind_spot="boundaries",
)
def sophia_never_clips(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return _moved(grads, state, params, p, lambda m, h: m / np.maximum(p["gamma"] * h, p["eps"]))


@wrong(
    SOPHIA,
    "eps added in place of the maximum: of negative curvature the step goes uphill",
    blind_spot="symmetry and defaults",
)
def sophia_follows_negative_curvature(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    r = p["clip_threshold"]
    return _moved(
        grads, state, params, p, lambda m, h: np.clip(m / (p["gamma"] * h + p["eps"]), -r, r)
    )


@wrong(SOPHIA, "the root of the curvature, as of Adam's second moment", blind_spot="scale")
def sophia_takes_a_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    r = p["clip_threshold"]

    def ratio(m: Array, h: Array) -> Array:
        return np.clip(m / np.maximum(p["gamma"] * np.sqrt(abs(h)), p["eps"]), -r, r)

    return _moved(grads, state, params, p, ratio)


@wrong(SOPHIA, "the gradient is clipped before the division, not its quotient", blind_spot="scale")
def sophia_clips_the_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    r = p["clip_threshold"]
    return _moved(
        grads, state, params, p,
        lambda m, h: np.clip(m, -r, r) / np.maximum(p["gamma"] * h, p["eps"]),
    )  # fmt: skip


@wrong(SOPHIA, "the estimate is taken in at every step, stale or not", blind_spot="time")
def sophia_averages_stale_estimates(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return sophia(grads, state, params, **(p | {"interval": 1}))


@wrong(
    SOPHIA, "counted from 1: the first steps are divided by no curvature at all", blind_spot="time"
)
def sophia_waits_an_interval(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    late = int(state["step"]) + 1
    beta2 = p["beta2"] if late % p["interval"] == 0 else 1.0
    old = [1.0 * h for h in state["curvature"]]
    new, kept = sophia(grads, state, params, **p)
    pairs = zip(old, state["estimate"], strict=True)
    kept["curvature"] = [beta2 * h + (1 - beta2) * d for h, d in pairs]
    return new, kept


@wrong(SOPHIA, "the average of estimates is kept in place of the latest one", blind_spot="protocol")
def sophia_overwrites_its_estimate(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = sophia(grads, state, params, **p)
    kept["estimate"] = [1.0 * h for h in kept["curvature"]]
    return new, kept
