"""How transformations of gradients are called, without a name of any library."""

from __future__ import annotations

from typing import Any


def updated(transformation: Any, updates: Any, params: Any = None) -> Any:
    """Gradients after one update of a transformation that keeps no state between calls."""
    return transformation.update(updates, transformation.init(updates), params)[0]


def stepped(transformation: Any, steps: Any) -> tuple[Any, Any]:
    """One step of a run as a scan takes it, which tells state and updates; and the first state."""

    def step(state: Any, updates: Any) -> Any:
        new_updates, new_state = transformation.update(updates, state)
        return new_state, (new_state, new_updates)

    return step, transformation.init([g[0] for g in steps])
