"""Changes of rows, for laws that compare a result with that at other inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.numerics import rounded

if TYPE_CHECKING:
    from reference.numerics import Array, Format

STEP = 16.0  # a shift that many rows take without rounding


def moved_rows(inputs: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
    """The rows shifted up."""
    x, *rest = inputs
    return rounded(x.astype(np.float64) + STEP, form), *rest


def resting_rows(inputs: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
    """The rows that are shifted to `moved_rows`, exactly in most cases."""
    x, *rest = moved_rows(inputs, form)
    return rounded(x.astype(np.float64) - STEP, form), *rest


def reversed_rows(inputs: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
    """Every row from its end, and the targets with it."""
    del form
    x, *targets = inputs
    return np.ascontiguousarray(x[..., ::-1]), *(x.shape[-1] - 1 - t for t in targets)


def masked_rows(inputs: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
    """Every third number masked, but never a target."""
    x, *targets = inputs
    masked = np.broadcast_to(np.arange(x.shape[-1]) % 3 == 1, x.shape).copy()
    for t in targets:
        np.put_along_axis(masked, t[..., None], values=False, axis=-1)
    return np.where(masked, np.array(-np.inf, form.dtype), x), *targets


def poisoned_rows(inputs: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
    """NaN in the last row of the first input, and in the row before it of others like it."""
    changed = [np.array(x, copy=True) for x in inputs]
    for row, x in zip((-1, -2), changed, strict=False):
        if x.shape == inputs[0].shape and x.dtype == form.dtype:
            x[row, ..., 1] = np.nan
    return tuple(changed)


def in_two_batches(x: Array) -> Array:
    """One more leading axis."""
    return x.reshape(2, -1, *x.shape[1:])


def last_alone(x: Array) -> Array:
    """The last row, without a batch."""
    return x[-1]


def none_at_all(x: Array) -> Array:
    """A batch of no row."""
    return x[:0]


@dataclass(frozen=True)
class Doubled:
    """Twice one of the inputs."""

    which: int

    def __call__(self, inputs: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
        """Double it."""
        wide = [x if i != self.which else 2 * x.astype(np.float64) for i, x in enumerate(inputs)]
        return rounded(tuple(wide), form)


@dataclass(frozen=True)
class Filled:
    """The first input filled with one number."""

    point: float

    def __call__(self, inputs: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
        """Fill it."""
        x, *rest = inputs
        return np.full(x.shape, self.point).astype(form.dtype), *rest
