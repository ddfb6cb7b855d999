"""Bind an optimizer of optax: one step from a given state.

A binding names what optax calls the entries of its state; the function below it builds the
transformation from the hyper-parameters.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import optax

from backends.jax.optimizers.executions import beside_a_frozen_one, executed
from backends.jax.optimizers.states import after_step, as_kept, replaced

if TYPE_CHECKING:
    from collections.abc import Callable


def steps(**names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Bind a transformation of optax: ours = theirs are the names of the entries of its state.

    Where several parts of a state use a name, `theirs` is "Part.name". The decorated function takes
    hyper-parameters and builds it.
    """

    def bound(build: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(build)
        def binding(
            grads: Any, state: Any, params: Any, *, execution: str = "plain", **chosen: Any
        ) -> Any:
            counted = any(name.rpartition(".")[2] == "count" for name in names.values())
            now = state["step"] if counted else 0
            optimizer = executed(build, chosen, execution, now)
            step = functools.partial(_stepped, optimizer, names)
            if execution == "multi_transform":
                return beside_a_frozen_one(step, grads, state, params)
            return step(grads, state, params)

        binding.__dict__["built"] = (build, names)
        return binding

    return bound


def _stepped(optimizer: Any, names: dict[str, str], grads: Any, state: Any, params: Any) -> Any:
    """One step of an optax optimizer from this state."""
    kept = optimizer.init(params)
    given = replaced(kept, as_kept(kept, state, names))
    updates, kept = optimizer.update(grads, given, params)
    return optax.apply_updates(params, updates), after_step(kept, state, names)


def at_defaults(build: Callable[..., Any]) -> Any:
    """The transformation at its builder's defaults; a rate where it has no default of its own."""
    known = inspect.signature(build).parameters.values()
    return build(
        **{p.name: 1e-3 for p in known if p.default is p.empty and p.kind is p.KEYWORD_ONLY}
    )
