"""Wrong resilient propagation."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.resilient import rprop


@wrong(
    "optimizers.rprop",
    "optax returns the update of the step before (optax pull request 1725)",
    blind_spot="dynamics",
)
def rprop_is_a_step_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = rprop(grads, state, params, **p)
    old = zip(params, grads, state["step_size"], state["previous"], strict=True)
    return [w - np.where(g * q < 0, 0, s * np.sign(q)) for w, g, s, q in old], kept


@wrong(
    "optimizers.rprop",
    "Rprop without waiting: where the sign turns, the shortened step is taken at once",
    blind_spot="dynamics",
)
def rprop_does_not_wait(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = rprop(grads, state, params, **p)
    found = zip(params, grads, kept["step_size"], strict=True)
    return [w - s * np.sign(g) for w, g, s in found], kept


@wrong(
    "optimizers.rprop",
    "what it last followed is kept where the sign turns: the next step counts as a second turn",
    blind_spot="dynamics",
)
def rprop_turns_twice(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rprop(grads, state, params, **p)
    size = kept["step_size"]
    followed = [
        g if p["keeps"] == "gradient" else s * np.sign(g) for g, s in zip(grads, size, strict=True)
    ]
    return new, {**kept, "previous": followed}


@wrong(
    "optimizers.rprop",
    "growth and shrinkage swapped, as etas in the other order give",
    blind_spot="symmetry and defaults",
)
def rprop_swaps_its_factors(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = rprop(grads, state, params, **p)
    olds = zip(grads, state["previous"], state["step_size"], kept["step_size"], strict=True)
    up, down = p["growth"], p["shrinkage"]
    sizes = [np.where(g * q > 0, s * down, np.where(g * q < 0, s * up, n)) for g, q, s, n in olds]
    found = zip(params, grads, state["previous"], sizes, strict=True)
    moved = [w - s * np.sign(np.where(g * q < 0, 0, g)) for w, g, q, s in found]
    return moved, {**kept, "step_size": sizes}


@wrong(
    "optimizers.rprop",
    "steps are as long as step size times gradient: the size of the gradient is back",
    blind_spot="scale",
)
def rprop_minds_the_size_of_gradients(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rprop(grads, state, params, **p)
    moved = zip(new, params, grads, strict=True)
    return [w + (v - w) * abs(g) for v, w, g in moved], kept


@wrong(
    "optimizers.rprop",
    "nothing holds step sizes below the largest: they double until they overflow",
    blind_spot="time",
)
def rprop_grows_without_end(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return rprop(grads, state, params, **(p | {"largest_step": np.inf}))


@wrong(
    "optimizers.rprop",
    "a zero gradient counts as a turn, as g p <= 0 gives: step sizes of resting elements vanish",
    blind_spot="special values",
)
def rprop_shrinks_at_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rprop(grads, state, params, **p)
    found = zip(grads, state["previous"], kept["step_size"], strict=True)
    sizes = [np.where((g == 0) & (q != 0), s * p["shrinkage"], s) for g, q, s in found]
    return new, {**kept, "step_size": sizes}
