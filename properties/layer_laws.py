"""Laws of layers: functions of arrays with a batch axis and features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.arrays import Arrays
from properties.trial import all_of
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array


def ignores_memory_layout(trial: Arrays) -> Finding:
    """Transposed matrices, and images stored channels last, give what contiguous ones give."""
    seen = leaves(trial.on_backend(mapped(reordered, trial.given)).outputs)
    return all_of(
        trial.compare(
            y, t.high, t.allowed, low=t.low, about={"output": t.path}, like="agrees_with_reference"
        )
        for (_, y), t in zip(seen, trial.truth, strict=True)
    )


def reordered(x: Array) -> Array:
    """The same array; in memory its second axis varies fastest, or of a matrix the first."""
    axis = 0 if np.ndim(x) == 2 else 1
    if np.ndim(x) < 2:
        return x
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, axis, -1)), -1, axis)
