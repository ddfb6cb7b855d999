"""Carry the state of an optimizer from torch to optax and back, through canonical names.

Momentum and averages are worth days of training: whoever moves a run from one library to the other
takes them along. A technique's bindings know what each library calls the entries of its state; that
both then go the same way for a hundred steps is tested (`tests/test_porting.py`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from backends.catalogue import NotInstalled, backend
from properties.grid import selected
from reference.catalogue import techniques
from reference.optimizer_states import entries as state_entries

if TYPE_CHECKING:
    from reference.technique import Technique


def torch_to_optax(optimizer: Any, opt_state: Any, *, technique: str) -> Any:
    """An optax state that goes on where a torch optimizer is.

    Args:
        optimizer: a torch optimizer that has taken steps.
        opt_state: the state that optax's `init` makes of the same parameters. Its leaves are these
            parameters in the order and the layout in which torch has them.
        technique: what both are, such as "adam" or "optimizers.adam".

    Returns:
        `opt_state` with torch's numbers in it.

    Raises:
        ValueError: no such technique, a library that has none, entries or shapes that do not match,
            or parameters that have taken different numbers of steps, which optax cannot hold.
    """
    theirs, ours = _doors(technique)
    entries = theirs[0].read(optimizer, theirs[1])
    for name, values in entries.items():
        if name in _shared(technique) and len({int(v) for v in values}) > 1:
            message = (
                f"{name} is {[int(v) for v in values]}: parameters have taken different numbers of"
                " steps, and optax counts for all of them at once"
            )
            raise ValueError(message)
    return ours[0].written(opt_state, ours[1], entries)


def optax_to_torch(opt_state: Any, optimizer: Any, *, technique: str) -> None:
    """Let a torch optimizer go on where an optax state is.

    Args:
        opt_state: an optax state.
        optimizer: a torch optimizer over the same parameters, in the order of the state's leaves.
        technique: what both are, such as "adam" or "optimizers.adam".

    Raises:
        ValueError: no such technique, a library that has none, or entries that do not match.
    """
    theirs, ours = _doors(technique)
    entries = ours[0].read(opt_state, ours[1])
    count = sum(len(group["params"]) for group in optimizer.param_groups)
    for name, values in entries.items():
        if len(values) == 1 and count != 1:
            entries[name] = values * count
        if len(entries[name]) != count:
            message = f"{name} has {len(values)} arrays, the torch optimizer {count} parameters"
            raise ValueError(message)
    theirs[0].write(optimizer, theirs[1], entries)


def _shared(technique: str) -> set[str]:
    """Entries that all parameters share: counts."""
    return {k for k, starts in state_entries(_one(technique)).items() if starts.per == "optimizer"}


def _one(technique: str) -> Technique:
    found = [name for name in selected([technique]) if name.startswith("optimizers.")]
    if len(found) != 1:
        message = f"{technique!r} names {len(found)} optimizers; name one"
        raise ValueError(message)
    return techniques()[found[0]]


def _doors(technique: str) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """How torch and JAX read and write states, with each binding of the technique."""
    one, doors = _one(technique), []
    for library in ("torch", "jax"):
        host = backend(library)
        binding = host.reason if isinstance(host, NotInstalled) else host.binding(one)
        if not hasattr(binding, "built"):
            message = f"{library} has no {one.id}: {getattr(binding, 'reason', binding)}"
            raise ValueError(message)
        doors.append((importlib.import_module(f"backends.{library}.optimizers.states"), binding))
    return doors[0], doors[1]
