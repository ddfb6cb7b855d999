"""Bind an optimizer of optax: one step from a given state.

A binding names what optax calls the entries of its state; the function below it builds the
transformation from the hyper-parameters.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import optax

from backends.jax.optimizers.executions import beside_a_frozen_one, executed
from backends.jax.optimizers.states import after_step, as_kept, replaced
from backends.jax.programs import compiles_itself, split

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
            if execution == "plain":
                return _compiled_step(build, chosen, names, grads, state, params)
            counted = any(name.rpartition(".")[2] == "count" for name in names.values())
            now = state["step"] if counted else 0
            step = functools.partial(_stepped, executed(build, chosen, execution, now), names)
            if execution == "multi_transform":
                return beside_a_frozen_one(step, grads, state, params)
            return step(grads, state, params)

        binding.__dict__["built"] = (build, names)
        return compiles_itself(binding)

    return bound


def compiled(build: Callable[..., Any], chosen: dict[str, Any]) -> Callable[..., Any]:
    """The step (grads, kept, params) -> (params, kept), compiled once; real numbers are traced."""
    fixed, traced = split(chosen)
    return functools.partial(_compiled(build, fixed), traced)


@functools.lru_cache(maxsize=64)
def _compiled(build: Callable[..., Any], fixed: tuple[tuple[str, Any], ...]) -> Any:
    def step(traced: dict[str, Any], grads: Any, kept: Any, params: Any) -> Any:
        return _advanced(build(**dict(fixed), **traced), grads, kept, params)

    return jax.jit(step)


def _advanced(optimizer: Any, grads: Any, kept: Any, params: Any) -> Any:
    updates, kept = optimizer.update(grads, kept, params)
    return optax.apply_updates(params, updates), kept


def _compiled_step(
    build: Callable[..., Any], chosen: dict[str, Any], names: dict[str, str], grads: Any,
    state: Any, params: Any,
) -> Any:  # fmt: skip
    """One step from this state, by the program that runs share."""
    kept = _form(build, split(chosen)[0], tuple((w.shape, w.dtype) for w in params))
    kept = replaced(kept, as_kept(kept, state, names))
    if any(isinstance(x, jax.ShapeDtypeStruct) for x in jax.tree.leaves(kept)):
        kept = build(**chosen).init(params)  # some of it has no canonical name
        kept = replaced(kept, as_kept(kept, state, names))
    new, kept = compiled(build, chosen)(grads, kept, params)
    return new, after_step(kept, state, names)


@functools.lru_cache(maxsize=256)
def _form(build: Callable[..., Any], fixed: tuple[tuple[str, Any], ...], params: Any) -> Any:
    """What the optimizer keeps, with the shapes of numbers in place of these."""
    like = [np.broadcast_to(np.zeros((), dtype), shape) for shape, dtype in params]
    return jax.eval_shape(lambda params: at_defaults(build, **dict(fixed)).init(params), like)


def _stepped(optimizer: Any, names: dict[str, str], grads: Any, state: Any, params: Any) -> Any:
    """One step of an optax optimizer from this state."""
    kept = optimizer.init(params)
    new, kept = _advanced(optimizer, grads, replaced(kept, as_kept(kept, state, names)), params)
    return new, after_step(kept, state, names)


def at_defaults(build: Callable[..., Any], **chosen: Any) -> Any:
    """The transformation at its builder's defaults; a rate where it has no default of its own."""
    known = inspect.signature(build).parameters.values()
    needed = {p.name: 1e-3 for p in known if p.default is p.empty and p.kind is p.KEYWORD_ONLY}
    return build(**(needed | chosen))
