"""Wrong long short-term memories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import entered_by
from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized, logistic
from reference.recurrent.memory import lstm, projected_lstm

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[[Array], Array]

LSTM = "recurrent.lstm"
PROJECTED = "recurrent.projected_lstm"


def _identity(x: Array) -> Array:
    return x


def _outputs(
    x: Array, h0: Array, c0: Array, *weights: Array, gate: Function = logistic,
    candidate: Function = np.tanh, squash: Function = np.tanh,
    cell: Callable[..., Array] = lambda i, f, g, c: f * c + i * g,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """The outputs of a long short-term memory of other parts."""
    w_ih, w_hh, b_ih, b_hh = weights
    ys = []
    h, c = h0, c0
    for now in x:
        i, f, g, o = np.split(now @ w_ih.T + h @ w_hh.T + b_ih + b_hh, 4, axis=-1)
        c = cell(gate(i), gate(f), candidate(g), c)
        h = gate(o) * squash(c)
        ys.append(h)
    return np.stack(ys), h, c


def _gates_in_order(order: tuple[int, ...], *weights: Array) -> tuple[Array, ...]:
    """Weights with the rows of their gates in another order."""
    return tuple(np.concatenate([np.split(w, 4)[k] for k in order]) for w in weights)


@mutant(LSTM, "rows of the weights are read in the order f, i, g, o", blind_spot="structure")
def lstm_swaps_input_and_forget_gate(x: Array, h0: Array, c0: Array, *weights: Array) -> Linearized:
    return lstm(x, h0, c0, *_gates_in_order((1, 0, 2, 3), *weights))


@mutant(LSTM, "rows of the weights are read in the order i, f, o, g", blind_spot="structure")
def lstm_swaps_candidate_and_output_gate(
    x: Array, h0: Array, c0: Array, *weights: Array
) -> Linearized:
    return lstm(x, h0, c0, *_gates_in_order((0, 1, 3, 2), *weights))


@mutant(LSTM, "a port to one bias takes b_ih and forgets b_hh", blind_spot="symmetry and defaults")
def lstm_forgets_the_second_bias(x: Array, *rest: Array) -> Linearized:
    *known, b_hh = rest
    return lstm(x, *known, 0 * b_hh)


@mutant(LSTM, "the hidden state is o c: tanh of the cell is left out", blind_spot="scale")
def lstm_shows_its_cell_unsquashed(x: Array, *rest: Array) -> Linearized:
    return lstm(x, *rest)._replace(outputs=_outputs(x, *rest, squash=_identity))


@mutant(LSTM, "the candidate is not squashed", blind_spot="scale")
def lstm_takes_the_candidate_unsquashed(x: Array, *rest: Array) -> Linearized:
    return lstm(x, *rest)._replace(outputs=_outputs(x, *rest, candidate=_identity))


@mutant(LSTM, "gates are clip(x / 6 + 1/2, 0, 1): a hard sigmoid", blind_spot="scale")
def lstm_takes_hard_gates(x: Array, *rest: Array) -> Linearized:
    def hard(a: Array) -> Array:
        return np.clip(a / 6 + 0.5, 0, 1)

    return lstm(x, *rest)._replace(outputs=_outputs(x, *rest, gate=hard))


@mutant(LSTM, "exp(x) / (1 + exp(x)) is infinity over infinity in an open gate", blind_spot="scale")
def lstm_overflows_in_open_gates(x: Array, *rest: Array) -> Linearized:
    def naive(a: Array) -> Array:
        return np.exp(a) / (1 + np.exp(a))

    return lstm(x, *rest)._replace(outputs=_outputs(x, *rest, gate=naive))


@mutant(LSTM, "the memory of 1997, which has no forget gate", blind_spot="dynamics")
def lstm_never_forgets(x: Array, *rest: Array) -> Linearized:
    outputs = _outputs(x, *rest, cell=lambda i, f, g, c: c + i * g + 0 * f)
    return lstm(x, *rest)._replace(outputs=outputs)


@mutant(LSTM, "one gate for both: the input gate is 1 - f", blind_spot="symmetry and defaults")
def lstm_couples_its_gates(x: Array, *rest: Array) -> Linearized:
    outputs = _outputs(x, *rest, cell=lambda i, f, g, c: f * c + (1 - f) * g + 0 * i)
    return lstm(x, *rest)._replace(outputs=outputs)


@mutant(LSTM, "1 is added to the forget gate's bias, as an initializer does once elsewhere",
        blind_spot="symmetry and defaults")  # fmt: skip
def lstm_adds_one_to_the_forget_bias(x: Array, *rest: Array) -> Linearized:
    *known, b_hh = rest
    i, f, g, o = np.split(b_hh, 4)
    return lstm(x, *known, np.concatenate([i, f + 1, g, o]))


@mutant(LSTM, "a port that carries (c, h) returns them in that order", blind_spot="structure")
def lstm_returns_the_cell_first(x: Array, *rest: Array) -> Linearized:
    right = lstm(x, *rest)
    ys, h, c = right.outputs
    return Linearized((ys, c, h), lambda k: right.pullback((k[0], k[2], k[1])))


@mutant(LSTM, "the state starts from zero, whatever state is given", blind_spot="protocol")
def lstm_ignores_the_first_state(x: Array, h0: Array, c0: Array, *weights: Array) -> Linearized:
    right = lstm(x, 0 * h0, 0 * c0, *weights)

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        of_x, *_, w_ih, w_hh, b_ih, b_hh = right.pullback(k)
        return of_x, 0 * h0, 0 * c0, w_ih, w_hh, b_ih, b_hh

    return right._replace(pullback=pullback)


@mutant(LSTM, "the sequence is read from its end", blind_spot="time")
def lstm_reads_backwards(x: Array, *rest: Array) -> Linearized:
    right = lstm(x[::-1], *rest)
    ys, h, c = right.outputs

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        of_x, *others = right.pullback((k[0][::-1], *k[1:]))
        return of_x[::-1], *others

    return Linearized((ys[::-1], h, c), pullback)


@mutant(LSTM, "(T, B, I) is read as (B, T, I): the batch comes first", blind_spot="structure")
def lstm_takes_the_batch_first(x: Array, *rest: Array) -> Linearized:
    times, batch, inputs = x.shape
    right = lstm(x.reshape(batch, times, inputs).swapaxes(0, 1), *rest)
    ys, h, c = right.outputs
    return right._replace(outputs=(ys.swapaxes(0, 1).reshape(times, batch, -1), h, c))


@mutant(LSTM, "the last state is written where the caller keeps the first", blind_spot="protocol")
def lstm_writes_into_the_first_state(x: Array, h0: Array, c0: Array, *weights: Array) -> Linearized:
    right = lstm(x, h0.copy(), c0.copy(), *weights)
    h0[:], c0[:] = right.outputs[1:]
    return right


@mutant(LSTM, "a kernel reads a transposed weight as if it were contiguous", on="torch",
        blind_spot="structure")  # fmt: skip
def lstm_reads_memory_in_order(x: Any, h0: Any, c0: Any, w_ih: Any, *rest: Any) -> Any:
    from backends.torch.recurrent import memory

    straight = w_ih.as_strided(w_ih.shape, w_ih.new_empty(w_ih.shape).stride())
    return memory.lstm(x, h0, c0, straight, *rest)


@mutant(LSTM, "LSTMCell's peepholes: gates see the cell as well", blind_spot="structure")
def lstm_peeps_at_its_cell(x: Array, h0: Array, c0: Array, *weights: Array) -> Linearized:
    w_ih, w_hh, b_ih, b_hh = weights
    right, ys = lstm(x, h0, c0, *weights), []
    h, c = h0, c0
    for now in x:
        i, f, g, o = np.split(now @ w_ih.T + h @ w_hh.T + b_ih + b_hh, 4, axis=-1)
        c = logistic(f + c) * c + logistic(i + c) * np.tanh(g)
        h = logistic(o + c) * np.tanh(c)
        ys.append(h)
    return right._replace(outputs=(np.stack(ys), h, c))


def _anew(x: Array, h0: Array, c0: Array, *weights: Array) -> Linearized:
    ends = [lstm(now[None], h0, c0, *weights).outputs for now in x]
    ys = np.concatenate([ys for ys, _, _ in ends])
    return lstm(x, h0, c0, *weights)._replace(outputs=(ys, *ends[-1][1:]))


@mutant(LSTM, "cells stepped by hand give their outputs without the last state carried on",
        blind_spot="protocol")  # fmt: skip
@entered_by(cell=_anew)
def lstm_has_a_cell_that_starts_anew(x: Array, *rest: Array) -> Linearized:
    return lstm(x, *rest)


def _in_float64(*inputs: Array) -> Linearized:
    right = lstm(*inputs)
    return right._replace(outputs=tuple(y.astype(np.float64) for y in right.outputs))


@mutant(LSTM, "the cell promotes what it returns, as a library's defaults do elsewhere",
        blind_spot="protocol")  # fmt: skip
@entered_by(cell=_in_float64)
def lstm_has_a_cell_that_promotes(x: Array, *rest: Array) -> Linearized:
    return lstm(x, *rest)


@mutant(PROJECTED, "the cells are fed back, not their projection's sum", blind_spot="structure")
def projected_lstm_squashes_its_projection(x: Array, *rest: Array) -> Linearized:
    right = projected_lstm(x, *rest)
    ys, h, c = right.outputs
    return right._replace(outputs=(np.tanh(ys), np.tanh(h), c))


@mutant(PROJECTED, "w_hr comes last in torch: it takes the place of a bias", blind_spot="structure")
def projected_lstm_forgets_a_bias(x: Array, *rest: Array) -> Linearized:
    h0, c0, w_ih, w_hh, w_hr, b_ih, b_hh = rest
    return projected_lstm(x, h0, c0, w_ih, w_hh, w_hr, b_ih, 0 * b_hh)


@mutant(PROJECTED, "the projection gets no gradient: it is not among the parameters that learn",
        blind_spot="protocol")  # fmt: skip
def projected_lstm_freezes_its_projection(x: Array, *rest: Array) -> Linearized:
    right = projected_lstm(x, *rest)

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        *before, w_hr, b_ih, b_hh = right.pullback(k)
        return *before, 0 * w_hr, b_ih, b_hh

    return right._replace(pullback=pullback)
