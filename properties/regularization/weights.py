"""Trials of what is done to parameters: trees of them, and matrices whose rows are units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from properties.arrays import Arrays
from properties.tensors import SHAPES, drawn_tensors
from reference.numerics import Array, Format, rounded
from reference.trees import leaves

ROWS = (6, 4)

# How far from 1 the extremes lie: the last exponents before the sums of some tens of numbers,
# or their lengths, overflow; and the first ones above the subnormal numbers.
_ROOM = 6


@dataclass(frozen=True)
class WeightsPlan:
    """A plan for parameters near 2^middle, or next to an end of the format.

    `end` is 1 towards overflow and -1 towards underflow. `spoiled` is one bad number among the
    others. `given` holds what a witness names: one number for all of a tree, or the rows.
    """

    parameters: tuple[tuple[str, Any], ...]
    names: tuple[str, ...]
    seed: int = 0
    middle: int = 0
    spread: int = 0
    end: int = 0
    spoiled: float = 0.0
    given: tuple[tuple[str, Any], ...] = ()

    def inputs(self, form: Format) -> tuple[Any, ...]:
        """Expand: a matrix for `weight`, a tree for every other name."""
        known = dict(self.given)
        source = np.random.default_rng(self.seed)
        return tuple(
            rounded(_filled(name, known[name]) if known else self._drawn(name, source, form), form)
            for name in self.names
        )

    def _drawn(self, name: str, source: np.random.Generator, form: Format) -> Any:
        far = -form.min_exponent - _ROOM
        middle, spread = (self.end * far, 1) if self.end else (self.middle, self.spread)
        if name != "weight":
            tree = drawn_tensors(source, form, middle, spread, reach=(-far, far))
            if self.spoiled:
                tree[2][1, 1] = self.spoiled
            return tree
        size = np.clip(middle + spread * source.uniform(-1, 1, (ROWS[0], 1)), -far, far)
        rows = 2.0**size * source.uniform(0.25, 1.0, ROWS) * source.choice((-1.0, 1.0), ROWS)
        rows[1], rows[2, 1:] = 0.0, 0.0
        if self.spoiled:
            rows[3, 2] = self.spoiled
        return rows


def _filled(name: str, value: Any) -> Any:
    """A witness's rows, repeated; or a tree full of its number."""
    if name != "weight":
        return [np.full(shape, value) for shape in SHAPES]
    return np.resize(np.array(value, np.float64), ROWS)


@dataclass(frozen=True)
class Weights(Arrays):
    """What is done to parameters; there is no gradient of it."""

    plan: Any

    def at(self, **changed: Any) -> Weights:
        """A neighbouring trial: other fields of the plan."""
        return replace(self, plan=replace(self.plan, **changed), cache={})

    @property
    def floor(self) -> float:
        """What flushing may take from each of the numbers that a sum adds up."""
        count = sum(np.size(x) for _, x in leaves(self.given))
        return max(super().floor * count, 0.0)

    def extremes(self) -> list[Weights]:
        """Neighbours next to overflow and underflow, and with one number NaN or infinite."""
        if self.plan.given:
            return [self]
        changes = ({"end": 1}, {"end": -1}, {"spoiled": np.nan}, {"spoiled": np.inf})
        return [self.at(**change) for change in changes]

    def result(self, *inputs: Any) -> Any:
        """What the backend makes of other inputs."""
        return self.on_backend(inputs).outputs


@dataclass(frozen=True)
class Penalties(Weights):
    """A penalty on parameters, with its gradient."""


@dataclass(frozen=True)
class Labels(Arrays):
    """A loss of logits against labels, with its gradient."""


def flat(tree: Any) -> Array:
    """All numbers of a tree in one row, in extended precision."""
    parts = [np.asarray(x).astype(np.longdouble).reshape(-1) for _, x in leaves(tree)]
    return np.concatenate(parts)


def length(tree: Any) -> Any:
    """Euclidean norm of a tree in extended precision."""
    return np.sqrt(np.sum(np.square(flat(tree))))
