"""States of optax's optimizers: by the names that optax keeps entries under, and by ours.

`names` are theirs by ours; where several parts of a state use a name, "Part.name".
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax

FIRST_STEP = "is_initial_step"
"""What optax keeps in place of a count where the first step alone is another."""


def as_kept(kept: Any, state: Any, names: dict[str, str]) -> dict[str, Any]:
    """The entries of a state as optax keeps them, by its own names."""
    return {theirs: _like(state[ours], entry(kept, theirs)) for ours, theirs in names.items()}


def after_step(kept: Any, before: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The state under canonical names, of what optax keeps after a step from `before`."""
    return {
        ours: before[ours] + 1 if theirs == FIRST_STEP else _like(entry(kept, theirs), before[ours])
        for ours, theirs in names.items()
    }


def _like(value: Any, like: Any) -> Any:
    """The same numbers, in the shapes of another: what has no use may be kept as [0] or 0.

    Of a count, whether none was taken is kept where that is all that counts.
    """
    if getattr(like, "dtype", None) == np.dtype(bool):
        return value == 0
    return jax.tree.map(lambda x, y: x if x.shape == y.shape else x.reshape(y.shape), value, like)


def replaced(kept: Any, given: Any) -> Any:
    """A state with these entries in place of its own, by name.

    A wrapper that counts as well hides those inside it from optax.
    """
    if hasattr(kept, "inner_state"):
        kept = kept._replace(inner_state=replaced(kept.inner_state, given))
        counts = [value for name, value in given.items() if name.rpartition(".")[2] == "count"]
        return kept._replace(count=counts[0]) if counts and "count" in kept._fields else kept
    if "count" in given and optax.tree.get_all_with_path(kept, FIRST_STEP):
        given = given | {FIRST_STEP: given["count"] == 0}
    for name, value in given.items():
        part, _, own = name.rpartition(".")
        everywhere = own == "count"  # a schedule counts as well
        kept = optax.tree.set(kept, _of("" if everywhere else part), **{own: value})
    return kept


def _of(part: str) -> Any:
    """Whether an entry is of this part of a state; of any, where none is named."""
    return lambda path, _: not part or any(getattr(k, "tuple_name", "") == part for k in path)


def found(kept: Any, name: str) -> Any:
    """Every entry that a state calls by this name, with its path."""
    part, _, own = name.rpartition(".")
    return optax.tree.get_all_with_path(kept, own, _of(part))


def entry(kept: Any, name: str) -> Any:
    """What a state calls by this name; the first, where wrappers count as well."""
    return found(kept, name)[0][1]


def read(kept: Any, binding: Any) -> dict[str, Any]:
    """The state of an optax optimizer under canonical names, leaves in the order of the tree.

    Raises:
        ValueError: it has no entry of a name.
    """
    _, names = binding.built
    entries = {}
    for ours, theirs in names.items():
        if not found(kept, theirs):
            message = f"the state has no {theirs}: it is no state of this technique"
            raise ValueError(message)
        entries[ours] = [np.asarray(x) for x in jax.tree.leaves(entry(kept, theirs))]
    return entries


def written(kept: Any, binding: Any, entries: dict[str, Any]) -> Any:
    """This state with the entries under canonical names in place of its own.

    Raises:
        ValueError: an entry has another number or other shapes of arrays.
    """
    _, names = binding.built
    given = {}
    for ours, theirs in names.items():
        old, tree = jax.tree.flatten(entry(kept, theirs))
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
    return replaced(kept, given)
