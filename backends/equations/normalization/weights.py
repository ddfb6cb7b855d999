"""Where normalizations of weights divide 0 by 0."""

from __future__ import annotations

from typing import Any

import numpy as np

ZERO_ROW = {"direction": ((3.0, 4.0), (0.0, 0.0)), "length": (1.0, 2.0)}
ZERO_MATRIX = {"matrix": ((0.0, 0.0), (0.0, 0.0)), "u": (1.0, 0.0), "v": (0.0, 1.0)}


def without_direction(direction: Any, y: Any) -> Any:
    """Rows of zeros: all of their numbers, or the one that stands for each."""
    empty = ~np.any(direction, axis=1, keepdims=True)
    return np.broadcast_to(empty if np.ndim(y) == 2 else empty[:, 0], np.shape(y))


def all_zero(matrix: Any) -> bool:
    """A matrix of zeros."""
    return not np.any(matrix)
