"""Optimizers of optax: one step from a given state, and runs that keep their own.

A binding names what optax calls the entries of its state; the function below it builds the
transformation from the hyper-parameters.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import flax.serialization
import jax
import numpy as np
import optax

if TYPE_CHECKING:
    from collections.abc import Callable


def steps(**names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Bind a transformation of optax: ours = theirs are the names of the entries of its state.

    The decorated function takes hyper-parameters and builds it.
    """

    def bound(build: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(build)
        def binding(
            grads: Any, state: Any, params: Any, *, execution: str = "plain", **chosen: Any
        ) -> Any:
            optimizer = _executed(build, chosen, execution, state)
            return _stepped(optimizer, grads, state, params, names)

        binding.__dict__["executions"] = ("masked", "multi_transform", "inject", "schedule")
        binding.__dict__["live"] = functools.partial(JaxLive, build, names)
        return binding

    return bound


def _stepped(optimizer: Any, grads: Any, state: Any, params: Any, names: Any) -> Any:
    """One step of an optax optimizer from this state."""
    kept = optimizer.init(params)
    given = {theirs: _as(state[ours], _entry(kept, theirs)) for ours, theirs in names.items()}
    updates, kept = optimizer.update(grads, _set(kept, given), params)
    new = {ours: _as(_entry(kept, theirs), state[ours]) for ours, theirs in names.items()}
    return optax.apply_updates(params, updates), new


def _as(entry: Any, like: Any) -> Any:
    """The same numbers, in the shapes of another: what has no use may be kept as [0] or 0."""
    return jax.tree.map(lambda x, y: x.reshape(y.shape), entry, like)


def _set(kept: Any, given: Any) -> Any:
    """Set entries by name; a wrapper that counts as well hides those inside it from optax."""
    if hasattr(kept, "inner_state"):
        kept = kept._replace(inner_state=_set(kept.inner_state, given))
        counted = "count" in kept._fields and "count" in given
        return kept._replace(count=given["count"]) if counted else kept
    return optax.tree.set(kept, **given)


def _entry(kept: Any, name: str) -> Any:
    """What a state calls by this name; the first, where wrappers count as well."""
    return optax.tree.get_all_with_path(kept, name)[0][1]


def _executed(build: Any, chosen: Any, execution: str, state: Any) -> Any:
    """The transformation, built as users build it in other ways."""
    if execution == "inject":
        fixed = [name for name, value in chosen.items() if isinstance(value, int)]
        return optax.inject_hyperparams(build, static_args=fixed)(**chosen)
    if execution == "masked":  # of nothing
        return optax.masked(build(**chosen), lambda params: jax.tree.map(lambda _: True, params))
    if execution == "multi_transform":
        everyone = lambda params: jax.tree.map(lambda _: "all", params)  # noqa: E731
        return optax.multi_transform({"all": build(**chosen)}, everyone)
    if execution == "schedule":  # right at this step only
        rate, now = chosen["learning_rate"], state.get("step", 0)
        scheduled = lambda count: jax.numpy.where(count == now, rate, 7 * rate)  # noqa: E731
        return build(**(chosen | {"learning_rate": scheduled}))
    return build(**chosen)


class JaxLive:
    """A run of an optax optimizer, compiled once."""

    may_miss = False
    may_grow = False
    takes_empty = True

    def __init__(
        self,
        build: Callable[..., Any],
        names: dict[str, str],
        params: list[Any],
        known: dict[str, Any],
        device: str,
    ) -> None:
        """Begin at these parameters, with these hyper-parameters."""
        from backends.jax import on, precision, split

        self._made, self._names = (build, names), names
        self._known, self._place = known, (lambda: on(device), lambda: precision(tuple(params)))
        self._device = device
        chosen, traced = split(known)
        self._traced = traced
        self._advance = _advance(build, chosen)
        with on(device), precision(tuple(params)):
            self._params = [jax.numpy.asarray(w) for w in params]
            self._kept = build(**known).init(self._params)

    def step(self, grads: list[Any | None], rate: float) -> None:
        """Take a step with a transformation of this rate."""
        with self._place[0](), self._place[1]():
            self._params, self._kept = self._advance(
                [jax.numpy.asarray(g) for g in grads], self._kept, self._params,
                self._traced | {"learning_rate": rate},
            )  # fmt: skip

    def params(self) -> list[Any]:
        """The parameters as they are now."""
        return [np.asarray(w) for w in self._params]

    def states(self) -> list[dict[str, Any]] | None:
        """State of every parameter; None where it keeps other things than optax's own."""
        from backends.live import apart

        if not all(optax.tree.get_all_with_path(self._kept, n) for n in self._names.values()):
            return None
        kept = {ours: _entry(self._kept, theirs) for ours, theirs in self._names.items()}
        return apart(jax.tree.map(np.asarray, kept), len(self._params))

    def restored(self) -> JaxLive:
        """What flax serializes of the state, read into a new one."""
        another = JaxLive(*self._made, self.params(), self._known, self._device)
        with self._place[0](), self._place[1]():
            saved = flax.serialization.to_bytes(self._kept)
            another._kept = flax.serialization.from_bytes(another._kept, saved)
        return another

    def grown(self, params: list[Any]) -> None:
        """A tree of parameters is of one piece."""
        raise NotImplementedError(params)


@functools.lru_cache(maxsize=64)
def _advance(build: Callable[..., Any], chosen: tuple[Any, ...]) -> Any:
    fixed = dict(chosen)

    def advance(grads: Any, kept: Any, params: Any, traced: Any) -> Any:
        updates, kept = build(**fixed, **traced).update(grads, kept, params)
        return optax.apply_updates(params, updates), kept

    return jax.jit(advance)
