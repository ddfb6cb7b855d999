"""Wrong optimistic optimizers."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.optimism import optimistic_adam, optimistic_gradient_descent


def _descended(
    grads: Any, last: Any, params: Any, p: dict[str, Any], weights: tuple[float, float]
) -> Any:
    now, then = weights
    triples = zip(params, grads, last, strict=True)
    return [w - p["learning_rate"] * (now * g - then * q) for w, g, q in triples]


@wrong(
    "optimizers.optimistic_gradient_descent",
    "the first step takes 0 for the gradient before it: twice as long (optax issue 1082)",
    blind_spot="time",
)
def optimistic_gradient_descent_begins_from_zero(
    grads: Any, state: Any, params: Any, **p: Any
) -> Any:
    _, kept = optimistic_gradient_descent(grads, state, params, **p)
    last = state["previous"] if int(state["step"]) else [0 * g for g in grads]
    return _descended(grads, last, params, p, (p["alpha"] + p["beta"], p["beta"])), kept


@wrong(
    "optimizers.optimistic_gradient_descent",
    "the change is added the other way around: a pessimist, as heavy as a ball",
    blind_spot="dynamics",
)
def optimistic_gradient_descent_looks_back(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = optimistic_gradient_descent(grads, state, params, **p)
    last = state["previous"] if int(state["step"]) else grads
    return _descended(grads, last, params, p, (p["alpha"] - p["beta"], -p["beta"])), kept


@wrong(
    "optimizers.optimistic_gradient_descent",
    "alpha counts the change too: right where both are 1",
    blind_spot="symmetry and defaults",
)
def optimistic_gradient_descent_doubles_alpha(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = optimistic_gradient_descent(grads, state, params, **p)
    last = state["previous"] if int(state["step"]) else grads
    return _descended(grads, last, params, p, (2 * p["alpha"], p["beta"])), kept


@wrong(
    "optimizers.optimistic_gradient_descent",
    "what was stepped by is kept, not the gradient",
    blind_spot="dynamics",
)
def optimistic_gradient_descent_keeps_its_step(
    grads: Any, state: Any, params: Any, **p: Any
) -> Any:
    new, kept = optimistic_gradient_descent(grads, state, params, **p)
    moved = [(w - v) / p["learning_rate"] for w, v in zip(params, new, strict=True)]
    return new, kept | {"previous": moved}


@wrong(
    "optimizers.optimistic_gradient_descent",
    "a parameter whose gradient is 0 keeps its last one: it is optimistic once more, later",
    blind_spot="special values",
)
def optimistic_gradient_descent_skips_zeros(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = optimistic_gradient_descent(grads, state, params, **p)
    pairs = zip(grads, state["previous"], strict=True)
    return new, kept | {"previous": [np.where(g == 0, q, g) for g, q in pairs]}


def _optimistic(params: Any, state: Any, kept: Any, d: Any, p: dict[str, Any]) -> Any:
    last = state["previous"] if int(state["step"]) else d
    return _descended(d, last, params, p, (p["alpha"] + p["beta"], p["beta"])), kept


def _directions(kept: Any, p: dict[str, Any], means: Any) -> Any:
    c2 = 1 - p["beta2"] ** int(kept["step"])
    pairs = zip(means, kept["second_moment"], strict=True)
    return [m / (np.sqrt(v / c2 + p["eps_root"]) + p["eps"]) for m, v in pairs]


@wrong(
    "optimizers.optimistic_adam",
    "Nesterov's mean, which optax takes unless told",
    blind_spot="symmetry and defaults",
)
def optimistic_adam_looks_ahead(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = optimistic_adam(grads, state, params, **p)
    b, t = p["beta1"], int(kept["step"])
    pairs = zip(kept["first_moment"], grads, strict=True)
    means = [b * m / (1 - b ** (t + 1)) + (1 - b) * g / (1 - b**t) for m, g in pairs]
    d = _directions(kept, p, means)
    return _optimistic(params, state, kept | {"previous": d}, d, p)


@wrong(
    "optimizers.optimistic_adam",
    "the gradient is made optimistic, and Adam averages that",
    blind_spot="dynamics",
)
def optimistic_adam_averages_optimism(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    last = state["previous"] if int(state["step"]) else grads
    a, b = p["alpha"] + p["beta"], p["beta"]
    ahead = [a * g - b * q for g, q in zip(grads, last, strict=True)]
    _, kept = optimistic_adam(ahead, state, params, **p)
    moved = zip(params, kept["previous"], strict=True)
    return [w - p["learning_rate"] * d for w, d in moved], kept | {"previous": grads}


@wrong(
    "optimizers.optimistic_adam",
    "the first step takes 0 for the direction before it",
    blind_spot="time",
)
def optimistic_adam_begins_from_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = optimistic_adam(grads, state, params, **p)
    last = state["previous"] if int(state["step"]) else [0 * g for g in grads]
    weights = (p["alpha"] + p["beta"], p["beta"])
    return _descended(kept["previous"], last, params, p, weights), kept


@wrong(
    "optimizers.optimistic_adam",
    "moments are not corrected: the first directions are short, their changes long",
    blind_spot="time",
)
def optimistic_adam_corrects_nothing(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = optimistic_adam(grads, state, params, **p)
    pairs = zip(kept["first_moment"], kept["second_moment"], strict=True)
    d = [m / (np.sqrt(v + p["eps_root"]) + p["eps"]) for m, v in pairs]
    return _optimistic(params, state, kept | {"previous": d}, d, p)


@wrong(
    "optimizers.optimistic_adam",
    "the rate is in what is kept: right until a schedule changes it",
    blind_spot="protocol",
)
def optimistic_adam_keeps_its_step(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = optimistic_adam(grads, state, params, **p)
    return new, kept | {"previous": [p["learning_rate"] * d for d in kept["previous"]]}
