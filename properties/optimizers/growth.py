"""How errors grow on the way through a run of many steps."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from properties.optimizers.results import among, each_alone, in_order
from reference.copies import Copies, NotStackableError
from reference.numerics import Array
from reference.optimizer_states import Tensors
from reference.stored import stacked_conditioning
from reference.trees import leaves, mapped

_NUDGE = 2.0**-17


@dataclass(frozen=True)
class Growth:
    """How errors of every step grow until the end of a run.

    Numbers stand in rows that move at once: one for each entry where every element moves alone,
    else one for each number.
    """

    steps: list[Any]
    tiny: float
    elementwise: bool
    stacked: bool

    def over(self, grads: list[Tensors], path: Any) -> tuple[list[Array], dict[str, list[Array]]]:
        """Sum of |x dy/dx| over everything on the way, for every leaf y of the end.

        And of |z dy/dz| over everything stored, for every work.

        What is kept from step to step is as coarse as the format is, below its normal numbers.

        Backwards from the end: with P the derivative of the end by the numbers z after step t, that
        step adds |P x dz/dx| for its inputs x, and P goes on as P dz/dx.
        """
        width = sum(np.size(w) for w in path[0][0]) if self.elementwise else 1
        end = _rows(path[-1], width)
        if not end.size:
            return [np.zeros(np.shape(y)) for _, y in leaves(path[-1])], {}
        carried, total = np.eye(len(end))[:, :, None], np.zeros(end.shape)
        works: dict[str, Array] = {}
        for t in reversed(range(len(grads))):
            inputs = (*path[t], grads[t])
            x, moved = _rows(inputs, width), self._moved(t, inputs, width)
            parts = abs(np.einsum("oin,ijn->ojn", carried, moved))
            total += np.sum(parts * self._kept_coarsely(x, len(end)), axis=1)
            for work, errors in self._stored(t, inputs).items():
                off = np.einsum("oin,in->on", abs(carried), _rows(errors, width))
                works[work] = works.get(work, 0.0) + off
            slopes = np.divide(moved, x, out=np.zeros_like(moved), where=x != 0)[:, : len(end)]
            carried = np.einsum("oin,ijn->ojn", carried, slopes)

        def by_leaf(rows: Array) -> list[Array]:
            return [y for _, y in leaves(_shaped_like(rows, mapped(np.zeros_like, path[-1])))]

        return by_leaf(total), {work: by_leaf(rows) for work, rows in works.items()}

    def _kept_coarsely(self, x: Array, count: int) -> Array:
        """By how much the roundings of what is kept are larger, where it is subnormal.

        Below the smallest normal number they no longer shrink. Gradients are not kept.
        """
        size = abs(x)
        coarse = np.divide(self.tiny, size, out=np.ones_like(size), where=size > 0)
        coarse[count:] = 1
        return np.asarray(np.maximum(coarse, 1))

    def over_each(
        self, grads: list[Tensors], path: Any
    ) -> tuple[list[Array], dict[str, list[Array]]]:
        """The same where every tensor moves alone: that of each, put together."""
        found: dict[str, Array] = {}
        alone = list(zip(*(each_alone(*moment) for moment in path), strict=True))
        for i, one in enumerate(alone):
            moved, _ = self.over([[g[i]] for g in grads], one)
            for (at, _), y in zip(leaves(one[-1]), moved, strict=True):
                found.setdefault(among(at, i), y)
        return [found[at] for at, _ in leaves(path[-1])], {}

    def _after(self, t: int, inputs: Any) -> Any:
        params, state, grads = inputs
        return in_order(self.steps[t](grads, state, params), state)

    def _stored(self, t: int, inputs: Any) -> dict[str, Any]:
        """What the stored numbers of a step move in its results, by work."""
        if not self.stacked:
            return {}
        real = [np.issubdtype(y.dtype, np.floating) for _, y in leaves(self._after(t, inputs))]
        found = stacked_conditioning(functools.partial(self._after, t), inputs, self.tiny)
        return {
            work: [y for y, is_real in zip(errors, real, strict=True) if is_real]
            for work, errors in found.items()
        }

    def _moved(self, t: int, inputs: Any, width: int) -> Array:
        """x dz/dx by central differences: a row of results for every row of inputs."""
        x = _rows(inputs, width)
        if self.stacked:
            return self._moved_at_once(t, inputs, x)
        try:
            return self._moved_in_copies(t, inputs, x)
        except NotStackableError:
            found = []
        for row in range(len(x)):
            ends = []
            for sign in (1, -1):
                nudged = x.copy()
                nudged[row] *= 1 + sign * _NUDGE
                ends.append(_rows(self._after(t, _shaped_like(nudged, inputs)), width))
            found.append((ends[0] - ends[1]) / (2 * _NUDGE))
        return np.stack(found, axis=1)

    def _moved_in_copies(self, t: int, inputs: Any, x: Array) -> Array:
        """The same in one call: copy k has row k moved up, or down."""
        (count, width), number = x.shape, np.arange(len(x))
        stack = np.repeat(x[None], 2 * count, axis=0)
        stack[number, number] *= 1 + _NUDGE
        stack[count + number, number] *= 1 - _NUDGE
        rest = stack.reshape(2 * count, -1)

        def leaf(z: Any) -> Any:
            nonlocal rest
            if not np.issubdtype(z.dtype, np.floating):
                return z
            taken, rest = rest[:, : np.size(z)], rest[:, np.size(z) :]
            return Copies(taken.reshape(2 * count, *np.shape(z)))

        ends = [
            y.every.reshape(2 * count, -1)
            if isinstance(y, Copies)
            else np.broadcast_to(np.reshape(y, (1, -1)), (2 * count, np.size(y)))
            for _, y in leaves(self._after(t, mapped(leaf, inputs)))
            if np.issubdtype(y.dtype, np.floating)
        ]
        every = np.concatenate(ends, axis=1).reshape(2 * count, -1, width)
        return ((every[:count] - every[count:]) / (2 * _NUDGE)).transpose(1, 0, 2)

    def _moved_at_once(self, t: int, inputs: Any, x: Array) -> Array:
        """The same of a technique that takes stacks: copy k has number k moved up, or down."""
        count = len(x)
        stack = np.repeat(x.reshape(1, count), 2 * count, axis=0)
        stack[:count] += _NUDGE * np.diag(x[:, 0])
        stack[count:] -= _NUDGE * np.diag(x[:, 0])
        taken = 0

        def leaf(z: Any) -> Any:
            nonlocal taken
            if not np.issubdtype(z.dtype, np.floating):
                return np.broadcast_to(z, (2 * count, *np.shape(z)))
            taken += np.size(z)
            return stack[:, taken - np.size(z) : taken].reshape(2 * count, *np.shape(z))

        results = [
            np.reshape(y, (2 * count, -1))
            for _, y in leaves(self._after(t, mapped(leaf, inputs)))
            if np.issubdtype(y.dtype, np.floating)
        ]
        ends = np.concatenate(results, axis=1)
        return ((ends[:count] - ends[count:]) / (2 * _NUDGE)).T[:, :, None]


def _rows(tree: Any, width: int) -> Array:
    """All real numbers of a tree, in rows of this width."""
    real = [np.reshape(x, -1) for _, x in leaves(tree) if np.issubdtype(x.dtype, np.floating)]
    return np.concatenate(real).reshape(-1, width)


def _shaped_like(rows: Array, tree: Any) -> Any:
    """A tree with these real numbers in it; its integers stay."""
    rest = rows.reshape(-1)

    def leaf(x: Any) -> Any:
        nonlocal rest
        if not np.issubdtype(x.dtype, np.floating):
            return x
        taken, rest = rest[: np.size(x)], rest[np.size(x) :]
        return taken.reshape(np.shape(x))

    return mapped(leaf, tree)
