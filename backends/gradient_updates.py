"""How transformations of gradients are called, without a name of any library."""

from __future__ import annotations

from typing import Any


def updated(transformation: Any, updates: Any, params: Any = None) -> Any:
    """Gradients after one update of a transformation that keeps no state between calls."""
    return transformation.update(updates, transformation.init(updates), params)[0]
