"""Optimizers of optax: one step from a given state, and runs that keep their own.

A binding names what optax calls the entries of its state; the function below it builds the
transformation from the hyper-parameters.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import flax.serialization
import jax
import numpy as np
import optax

from backends.backend import NotOfferedError

if TYPE_CHECKING:
    from collections.abc import Callable


_FIRST = "is_initial_step"
"""What optax keeps in place of a count where the first step alone is another."""


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
            optimizer = _executed(build, chosen, execution, now)
            if execution == "multi_transform":
                return _beside_a_frozen_one(optimizer, grads, state, params, names)
            return _stepped(optimizer, grads, state, params, names)

        binding.__dict__["built"] = (build, names)
        return binding

    return bound


def adapted(offered: Any, own: Any) -> Any:
    """A binding of a transformation from outside, or of a function that builds one.

    The function takes hyper-parameters by keyword; a transformation has its own. Where its state
    has the entries that optax's own has, they are set and read; else whole runs are compared.
    """
    if hasattr(offered, "built"):
        return offered
    _, names = getattr(own, "built", (None, {}))
    return _bound(offered, tuple(names.items()))


@functools.lru_cache(maxsize=64)
def _bound(offered: Any, names: tuple[tuple[str, str], ...]) -> Any:
    fixed = isinstance(offered, optax.GradientTransformation)
    kinds = () if fixed else [p.kind for p in inspect.signature(offered).parameters.values()]
    if not fixed and kinds[:1] not in ([], [inspect.Parameter.KEYWORD_ONLY]):
        return offered  # a step already

    taken = frozenset() if fixed else frozenset(inspect.signature(offered).parameters)

    def build(**known: Any) -> Any:
        return offered if fixed else offered(**{k: v for k, v in known.items() if k in taken})

    build = build if fixed else functools.wraps(offered)(build)
    known = dict(names)
    kept = build(**_defaults(offered)).init([jax.numpy.ones(3)])
    if known and all(_found(kept, name) for name in known.values()):
        binding = steps(**known)(build)
    else:
        binding = _opaque(build, known)
    binding.__dict__["takes"] = taken
    return binding


def _defaults(offered: Any) -> dict[str, Any]:
    """A rate for a builder that has no default of its own."""
    if isinstance(offered, optax.GradientTransformation):
        return {}
    known = inspect.signature(offered).parameters.values()
    return {p.name: 1e-3 for p in known if p.default is p.empty and p.kind is p.KEYWORD_ONLY}


def _opaque(build: Callable[..., Any], known: dict[str, str]) -> Any:
    @functools.wraps(build)
    def binding(grads: Any, state: Any, params: Any, **chosen: Any) -> Any:
        del grads, state, params, chosen
        message = (
            f"its state has entries of its own, not {', '.join(known.values())}:"
            " whole runs are compared"
        )
        raise NotOfferedError(message)

    binding.__dict__["built"] = (build, None)
    return binding


def _stepped(optimizer: Any, grads: Any, state: Any, params: Any, names: Any) -> Any:
    """One step of an optax optimizer from this state."""
    kept = optimizer.init(params)
    given = as_kept(kept, state, names)
    updates, kept = optimizer.update(grads, _set(kept, given), params)
    new = {
        ours: state[ours] + 1 if theirs == _FIRST else _as(_entry(kept, theirs), state[ours])
        for ours, theirs in names.items()
    }
    return optax.apply_updates(params, updates), new


def as_kept(kept: Any, state: Any, names: dict[str, str]) -> dict[str, Any]:
    """The entries of a state as optax keeps them, by its own names."""
    return {theirs: _as(state[ours], _entry(kept, theirs)) for ours, theirs in names.items()}


def _beside_a_frozen_one(optimizer: Any, grads: Any, state: Any, params: Any, names: Any) -> Any:
    """A step where the tree has a leaf more, of another dtype, that a mask leaves out.

    Where that leaf moves all the same, the others come out as NaN.
    """
    other = jax.numpy.float32 if params[0].dtype != jax.numpy.float32 else jax.numpy.bfloat16
    frozen = jax.numpy.full((3,), 2, other)
    hidden = {k: [*v, optax.MaskedNode()] if isinstance(v, list) else v for k, v in state.items()}
    moved, new = _stepped(optimizer, [*grads, frozen], hidden, [*params, frozen], names)
    rests = jax.numpy.all(moved[-1] == frozen)
    seen = {k: v[:-1] if isinstance(v, list) else v for k, v in new.items()}
    return [jax.numpy.where(rests, w, jax.numpy.nan) for w in moved[:-1]], seen


def _as(entry: Any, like: Any) -> Any:
    """The same numbers, in the shapes of another: what has no use may be kept as [0] or 0.

    Of a count, whether none was taken is kept where that is all that counts.
    """
    if getattr(like, "dtype", None) == np.dtype(bool):
        return entry == 0
    return jax.tree.map(lambda x, y: x.reshape(y.shape), entry, like)


def _set(kept: Any, given: Any) -> Any:
    """Set entries by name; a wrapper that counts as well hides those inside it from optax."""
    if hasattr(kept, "inner_state"):
        kept = kept._replace(inner_state=_set(kept.inner_state, given))
        counts = [value for name, value in given.items() if name.rpartition(".")[2] == "count"]
        return kept._replace(count=counts[0]) if counts and "count" in kept._fields else kept
    if "count" in given and optax.tree.get_all_with_path(kept, _FIRST):
        given = given | {_FIRST: given["count"] == 0}
    for name, value in given.items():
        part, _, own = name.rpartition(".")
        everywhere = own == "count"  # a schedule counts as well
        kept = optax.tree.set(kept, _of("" if everywhere else part), **{own: value})
    return kept


def _of(part: str) -> Any:
    """Whether an entry is of this part of a state; of any, where none is named."""
    return lambda path, _: not part or any(getattr(k, "tuple_name", "") == part for k in path)


def _found(kept: Any, name: str) -> Any:
    part, _, own = name.rpartition(".")
    return optax.tree.get_all_with_path(kept, own, _of(part))


def _entry(kept: Any, name: str) -> Any:
    """What a state calls by this name; the first, where wrappers count as well."""
    return _found(kept, name)[0][1]


def _executed(build: Any, chosen: Any, execution: str, now: Any) -> Any:
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


EXECUTIONS = ("multi_transform", "inject", "schedule")


class JaxLive:
    """A run of an optax optimizer, compiled once."""

    may_miss = False
    may_grow = False
    may_change_rate = True

    def __init__(
        self,
        build: Callable[..., Any],
        names: dict[str, str] | None,
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
        self._traced, self._taken = traced, 0
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
            self._taken += 1

    def params(self) -> list[Any]:
        """The parameters as they are now."""
        return [np.asarray(w) for w in self._params]

    def states(self) -> list[dict[str, Any]] | None:
        """State of every parameter; None where it keeps other things than optax's own."""
        from backends.live import apart

        if self._names is None:
            return None
        if not all(_found(self._kept, name) for name in self._names.values()):
            return None
        kept = {
            ours: self._taken if theirs == _FIRST else _entry(self._kept, theirs)
            for ours, theirs in self._names.items()
        }
        return apart(jax.tree.map(np.asarray, kept), len(self._params))

    def restored(self) -> JaxLive:
        """What flax serializes of the state, read into a new one."""
        another = JaxLive(*self._made, self.params(), self._known, self._device)
        with self._place[0](), self._place[1]():
            saved = flax.serialization.to_bytes(self._kept)
            another._kept = flax.serialization.from_bytes(another._kept, saved)
        another._taken = self._taken
        return another

    def grown(self, params: list[Any]) -> None:
        """A tree of parameters is of one piece."""
        raise NotImplementedError(params)


def loop_of(
    binding: Any, params: list[Any], grads: list[Any], *, donated: bool
) -> Callable[[], Any]:
    """Steps from where the last one ended, at the binding's defaults.

    With `donated`, old parameters and state give their memory to the new ones.
    """
    build, _ = binding.built
    transform = build(**_defaults(build))

    def advance(kept: Any, params: Any, grads: Any) -> Any:
        updates, kept = transform.update(grads, kept, params)
        return kept, optax.apply_updates(params, updates)

    compiled = jax.jit(advance, donate_argnums=(0, 1) if donated else ())
    given = [jax.numpy.asarray(g) for g in grads]
    now = [jax.numpy.array(w) for w in params]
    held = [(transform.init(now), now)]

    def step() -> Any:
        held[0] = compiled(*held[0], given)
        return held[0]

    return step


@functools.lru_cache(maxsize=64)
def _advance(build: Callable[..., Any], chosen: tuple[Any, ...]) -> Any:
    fixed = dict(chosen)

    def advance(grads: Any, kept: Any, params: Any, traced: Any) -> Any:
        updates, kept = build(**fixed, **traced).update(grads, kept, params)
        return optax.apply_updates(params, updates), kept

    return jax.jit(advance)


def read(kept: Any, binding: Any) -> dict[str, Any]:
    """The state of an optax optimizer under canonical names, leaves in the order of the tree.

    Raises:
        ValueError: it has no entry of a name.
    """
    _, names = binding.built
    found = {}
    for ours, theirs in names.items():
        if not _found(kept, theirs):
            message = f"the state has no {theirs}: it is no state of this technique"
            raise ValueError(message)
        found[ours] = [np.asarray(x) for x in jax.tree.leaves(_entry(kept, theirs))]
    return found


def written(kept: Any, binding: Any, entries: dict[str, Any]) -> Any:
    """This state with the entries under canonical names in place of its own.

    Raises:
        ValueError: an entry has another number or other shapes of arrays.
    """
    _, names = binding.built
    given = {}
    for ours, theirs in names.items():
        old, tree = jax.tree.flatten(_entry(kept, theirs))
        new = entries[ours][: len(old)]
        if [np.shape(x) for x in old] != [np.shape(x) for x in new]:
            message = (
                f"{theirs} has shapes {[np.shape(x) for x in old]}, {ours} has"
                f" {[np.shape(x) for x in new]}: the leaves of the tree must be the parameters of"
                " the torch optimizer, in its order and layout"
            )
            raise ValueError(message)
        cast = [jax.numpy.asarray(x, y.dtype) for x, y in zip(new, old, strict=True)]
        given[theirs] = jax.tree.unflatten(tree, cast)
    return _set(kept, given)
