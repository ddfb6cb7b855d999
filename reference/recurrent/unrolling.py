"""A recurrent cell unrolled: over time, and backpropagation through time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from reference.numerics import Array, Linearized
from reference.recurrent.gates import read
from reference.stored import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

State: TypeAlias = "tuple[Array, ...]"
Weights: TypeAlias = "tuple[Array, ...]"


class Cell(NamedTuple):
    """One step of a recurrent cell, and the way back through it.

    `step(x, state, weights)` gives a record and the new state, whose first array is the output.
    `back(record, cotangents of the new state, weights)` gives those of x, state and weights; it is
    made of sums and products of what it is given, and of nothing else.
    """

    step: Callable[[Array, State, Weights], tuple[Any, State]]
    back: Callable[[Any, State, Weights], tuple[Array, State, Weights]]


class Run(NamedTuple):
    """A cell that has run over a sequence: its records, and the state after every step."""

    cell: Cell
    weights: Weights
    records: list[Any]
    states: list[State]

    @property
    def ys(self) -> Array:
        """Every output, (T, B, H)."""
        return np.stack([state[0] for state in self.states])

    @property
    def state(self) -> State:
        """The last state."""
        return self.states[-1]


def over_time(cell: Cell, x: Array, state: State, weights: Weights) -> Run:
    """Run a cell over (T, B, I)."""
    records, states = [], []
    for now in x:
        record, state = cell.step(now, state, weights)
        records.append(record)
        states.append(state)
    return Run(cell, weights, records, states)


def through_time(
    run: Run, c_ys: Array, c_state: Sequence[Array], lengths: Array | None = None
) -> tuple[Array, State, Weights]:
    """Backpropagate: the gradients of x, of the first state and of the weights.

    The cotangent of the last state enters after the last step, or after as many as `lengths` says.
    """
    weights, c_ys, ends = (read(tree) for tree in (run.weights, c_ys, tuple(c_state)))
    last = np.full(c_ys.shape[1], len(c_ys)) if lengths is None else lengths
    of_x, of_weights, moved = [], tuple(0 * w for w in weights), tuple(0 * c for c in ends)
    for t in reversed(range(len(c_ys))):
        entering = (last == t + 1)[:, None]
        moved = tuple(m + np.where(entering, c, 0 * c) for m, c in zip(moved, ends, strict=True))
        moved = (stored(moved[0] + c_ys[t], 2), *moved[1:])
        of_now, moved, more = run.cell.back(read(run.records[t]), moved, weights)
        of_x.append(of_now)
        of_weights = tuple(total + part for total, part in zip(of_weights, more, strict=True))
    empty = (last == 0)[:, None]
    moved = tuple(m + np.where(empty, c, 0 * c) for m, c in zip(moved, ends, strict=True))
    return np.stack(of_x[::-1]), moved, of_weights


def linearized(run: Run) -> Linearized:
    """A run as a function of (x, *state, *weights): every output, the last state, the pullback."""

    def pullback(cotangents: tuple[Array, ...]) -> tuple[Array, ...]:
        of_x, of_state, of_weights = through_time(run, cotangents[0], cotangents[1:])
        return of_x, *of_state, *of_weights

    return Linearized((run.ys, *run.state), pullback)


def longest_sums(x: Array, h0: Array) -> int:
    """Terms of the sums on the way: over inputs, over hidden units, over times and batch."""
    return int(x.shape[2] + h0.shape[-1] + x.shape[0] * x.shape[1])
