"""Wrong arrangements in time and depth."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized
from reference.recurrent.arrangements import bidirectional, stacked

BOTH = "recurrent.bidirectional"
STACKED = "recurrent.stacked"


def _instead(right: Linearized, outputs: Any) -> Linearized:
    return right._replace(outputs=tuple(outputs))


@mutant(BOTH, "the backward outputs are not put back in order", blind_spot="time")
def bidirectional_leaves_outputs_reversed(x: Array, *rest: Any, cell: str = "lstm") -> Linearized:
    right = bidirectional(x, *rest, cell=cell)
    ahead, behind = np.split(right.outputs[0], 2, axis=-1)
    return _instead(right, (np.concatenate([ahead, behind[::-1]], -1), *right.outputs[1:]))


@mutant(BOTH, "both directions read the sequence from its beginning", blind_spot="time")
def bidirectional_reads_forwards_twice(
    x: Array, state: Any, forward: Any, backward: Any, *, cell: str = "lstm"
) -> Linearized:
    right = bidirectional(x, state, forward, backward, cell=cell)
    other = bidirectional(x[::-1], state, forward, backward, cell=cell)
    ahead = np.split(right.outputs[0], 2, axis=-1)[0]
    behind = np.split(other.outputs[0], 2, axis=-1)[1][::-1]
    ends = (
        np.stack([a[0], b[1]]) for a, b in zip(right.outputs[1:], other.outputs[1:], strict=True)
    )
    return _instead(right, (np.concatenate([ahead, behind], -1), *ends))


@mutant(BOTH, "one set of weights for both directions", blind_spot="symmetry and defaults")
def bidirectional_shares_its_weights(
    x: Array, state: Any, forward: Any, backward: Any, *, cell: str = "lstm"
) -> Linearized:
    del backward
    return bidirectional(x, state, forward, forward, cell=cell)


@mutant(BOTH, "the backward half comes first", blind_spot="structure")
def bidirectional_puts_backward_first(x: Array, *rest: Any, cell: str = "lstm") -> Linearized:
    right = bidirectional(x, *rest, cell=cell)
    ahead, behind = np.split(right.outputs[0], 2, axis=-1)
    return _instead(right, (np.concatenate([behind, ahead], -1), *right.outputs[1:]))


@mutant(BOTH, "the halves are added, as `merge_fn` may", blind_spot="structure")
def bidirectional_adds_its_halves(x: Array, *rest: Any, cell: str = "lstm") -> Linearized:
    right = bidirectional(x, *rest, cell=cell)
    ahead, behind = np.split(right.outputs[0], 2, axis=-1)
    total = ahead + behind
    return _instead(right, (np.concatenate([total, total], -1), *right.outputs[1:]))


@mutant(BOTH, "the backward state is the output at the last time, not at the first",
        blind_spot="boundaries")  # fmt: skip
def bidirectional_ends_at_the_wrong_end(x: Array, *rest: Any, cell: str = "lstm") -> Linearized:
    right = bidirectional(x, *rest, cell=cell)
    ys, h, *others = right.outputs
    ahead, behind = np.split(ys, 2, axis=-1)
    return _instead(right, (ys, np.stack([ahead[-1], behind[-1]]) + 0 * h, *others))


@mutant(BOTH, "the gradient of x is that of the forward direction alone", blind_spot="dynamics")
def bidirectional_learns_from_one_direction(x: Array, *rest: Any, cell: str = "lstm") -> Linearized:
    right = bidirectional(x, *rest, cell=cell)

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        ahead, behind = np.split(k[0], 2, axis=-1)
        halved = (np.concatenate([ahead, 0 * behind], -1), *k[1:])
        return right.pullback(halved)[0], *right.pullback(k)[1:]

    return right._replace(pullback=pullback)


@mutant(BOTH, "the backward direction starts where the forward one does", blind_spot="protocol")
def bidirectional_shares_its_first_state(
    x: Array, state: Any, *weights: Any, cell: str = "lstm"
) -> Linearized:
    return bidirectional(x, tuple(0 * s + s[:1] for s in state), *weights, cell=cell)


@mutant(STACKED, "both layers share the first layer's state", blind_spot="protocol")
def stacked_shares_its_first_state(
    x: Array, state: Any, *weights: Any, cell: str = "lstm"
) -> Linearized:
    return stacked(x, tuple(0 * s + s[:1] for s in state), *weights, cell=cell)


@mutant(STACKED, "the upper layer sees the last output of the lower one at every time",
        blind_spot="time")  # fmt: skip
def stacked_repeats_the_last_output(
    x: Array, state: Any, first: Any, second: Any, *, cell: str = "lstm"
) -> Linearized:
    from reference.recurrent.arrangements import CELLS
    from reference.recurrent.unrolling import over_time

    right = stacked(x, state, first, second, cell=cell)
    low = over_time(CELLS[cell][0], x, tuple(s[0] for s in state), first)
    given = 0 * low.ys + low.ys[-1]
    high = over_time(CELLS[cell][0], given, tuple(s[1] for s in state), second)
    pairs = zip(low.state, high.state, strict=True)
    return _instead(right, (high.ys, *(np.stack(p) for p in pairs)))


@mutant(STACKED, "outputs are the lower layer's", blind_spot="structure")
def stacked_shows_its_lower_layer(
    x: Array, state: Any, first: Any, second: Any, *, cell: str = "lstm"
) -> Linearized:
    from reference.recurrent.arrangements import CELLS
    from reference.recurrent.unrolling import over_time

    right = stacked(x, state, first, second, cell=cell)
    low = over_time(CELLS[cell][0], x, tuple(s[0] for s in state), first)
    return _instead(right, (low.ys, *right.outputs[1:]))


@mutant(STACKED, "the states of the layers are returned upside down", blind_spot="structure")
def stacked_returns_states_upside_down(x: Array, *rest: Any, cell: str = "lstm") -> Linearized:
    right = stacked(x, *rest, cell=cell)
    return _instead(right, (right.outputs[0], *(s[::-1] for s in right.outputs[1:])))


@mutant(
    STACKED, "a dropout of 1/2 between the layers, left on in evaluation", blind_spot="protocol"
)
def stacked_drops_between_layers(
    x: Array, state: Any, first: Any, second: Any, *, cell: str = "lstm"
) -> Linearized:
    w_ih, *others = second
    return stacked(x, state, first, (w_ih * (np.arange(w_ih.shape[1]) % 2), *others), cell=cell)


@mutant(STACKED, "a residual path around the upper layer", blind_spot="structure")
def stacked_adds_what_goes_in(
    x: Array, state: Any, first: Any, second: Any, *, cell: str = "lstm"
) -> Linearized:
    from reference.recurrent.arrangements import CELLS
    from reference.recurrent.unrolling import over_time

    right = stacked(x, state, first, second, cell=cell)
    low = over_time(CELLS[cell][0], x, tuple(s[0] for s in state), first)
    return _instead(right, (right.outputs[0] + low.ys, *right.outputs[1:]))


@mutant(STACKED, "the lower layer gets no gradient", blind_spot="dynamics")
def stacked_freezes_its_lower_layer(x: Array, *rest: Any, cell: str = "lstm") -> Linearized:
    right, states = stacked(x, *rest, cell=cell), 2 if cell == "lstm" else 1

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        found = list(right.pullback(k))
        for place in range(1 + states, 5 + states):
            found[place] = 0 * found[place]
        return tuple(found)

    return right._replace(pullback=pullback)
