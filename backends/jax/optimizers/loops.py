"""Steps of optax's optimizers one after another, as they are timed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import optax

from backends.jax.optimizers.bindings import at_defaults

if TYPE_CHECKING:
    from collections.abc import Callable


def loop_of(binding: Any, params: list[Any], grads: list[Any], way: str) -> Callable[[], Any]:
    """Steps from where the last one ended, at the binding's defaults.

    Where the way is "donated", old parameters and state give their memory to the new ones.
    """
    build, _ = binding.built
    transform = at_defaults(build)

    def advance(kept: Any, params: Any, grads: Any) -> Any:
        updates, kept = transform.update(grads, kept, params)
        return kept, optax.apply_updates(params, updates)

    compiled = jax.jit(advance, donate_argnums=(0, 1) if way == "donated" else ())
    given = [jax.numpy.asarray(g) for g in grads]
    now = [jax.numpy.array(w) for w in params]
    held = [(transform.init(now), now)]

    def step() -> Any:
        held[0] = compiled(*held[0], given)
        return held[0]

    return step
