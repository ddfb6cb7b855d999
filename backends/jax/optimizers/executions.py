"""Ways to run a step of optax's optimizers, on which its numbers should not depend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import optax

if TYPE_CHECKING:
    from collections.abc import Callable

EXECUTIONS = ("multi_transform", "inject", "schedule")


def executed(build: Any, chosen: Any, execution: str, now: Any) -> Any:
    """The transformation, built as users build it in other ways."""
    if execution == "inject":
        fixed = [name for name, value in chosen.items() if isinstance(value, int)]
        return optax.inject_hyperparams(build, static_args=fixed)(**chosen)
    if execution == "multi_transform":  # which masks
        labels = lambda params: ["all"] * (len(params) - 1) + ["frozen"]  # noqa: E731
        parts = {"all": build(**chosen), "frozen": optax.set_to_zero()}
        return optax.multi_transform(parts, labels)
    if execution == "schedule":  # right at this step only
        rate = chosen["learning_rate"]
        scheduled = lambda count: jax.numpy.where(count == now, rate, 7 * rate)  # noqa: E731
        return build(**(chosen | {"learning_rate": scheduled}))
    return build(**chosen)


def beside_a_frozen_one(step: Callable[..., Any], grads: Any, state: Any, params: Any) -> Any:
    """A step where the tree has a leaf more, of another dtype, that a mask leaves out.

    Where that leaf moves all the same, the others come out as NaN.
    """
    other = jax.numpy.float32 if params[0].dtype != jax.numpy.float32 else jax.numpy.bfloat16
    frozen = jax.numpy.full((3,), 2, other)
    hidden = {k: [*v, optax.MaskedNode()] if isinstance(v, list) else v for k, v in state.items()}
    moved, new = step([*grads, frozen], hidden, [*params, frozen])
    rests = jax.numpy.all(moved[-1] == frozen)
    seen = {k: v[:-1] if isinstance(v, list) else v for k, v in new.items()}
    return [jax.numpy.where(rests, w, jax.numpy.nan) for w in moved[:-1]], seen
