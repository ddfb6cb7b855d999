"""Wrong simple recurrent networks."""

from __future__ import annotations

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized
from reference.recurrent.simple import elman, residual_rnn, rnn
from reference.recurrent.unrolling import linearized, over_time

RNN = "recurrent.rnn"
RESIDUAL = "recurrent.residual_rnn"


@mutant(RNN, "a port to one bias takes b_ih and forgets b_hh", blind_spot="symmetry and defaults")
def rnn_forgets_the_second_bias(x: Array, *rest: Array, activation: str = "tanh") -> Linearized:
    *known, b_hh = rest
    return rnn(x, *known, 0 * b_hh, activation=activation)


@mutant(RNN, "flax's default: the state starts from zero", blind_spot="symmetry and defaults")
def rnn_starts_from_zero(
    x: Array, h0: Array, *weights: Array, activation: str = "tanh"
) -> Linearized:
    return rnn(x, 0 * h0, *weights, activation=activation)


@mutant(RNN, "the kernel is read as (inputs, outputs): the recurrent matrix is transposed",
        blind_spot="structure")  # fmt: skip
def rnn_transposes_its_recurrent_matrix(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, *biases: Array, activation: str = "tanh"
) -> Linearized:
    return rnn(x, h0, w_ih, w_hh.T, *biases, activation=activation)


@mutant(RNN, "the output is what enters the activation, a linear layer", blind_spot="scale")
def rnn_forgets_to_squash(
    x: Array, h0: Array, *rest: Array, activation: str = "tanh"
) -> Linearized:
    w_ih, w_hh, b_ih, b_hh = rest
    right, ys = rnn(x, h0, *rest, activation=activation), []
    h = h0
    for now in x:
        h = now @ w_ih.T + h @ w_hh.T + b_ih + b_hh
        ys.append(h)
    return right._replace(outputs=(np.stack(ys), h))


@mutant(RNN, "the convention is not passed on: ReLU is asked for and tanh computed",
        blind_spot="symmetry and defaults")  # fmt: skip
def rnn_is_always_rectified(x: Array, *rest: Array, activation: str = "tanh") -> Linearized:
    del activation
    return rnn(x, *rest, activation="relu")


@mutant(RNN, "the gradient through the state is cut at every step: detach in the loop",
        blind_spot="time")  # fmt: skip
def rnn_truncates_backpropagation(
    x: Array, h0: Array, *weights: Array, activation: str = "tanh"
) -> Linearized:
    cell = elman(activation)
    cut = cell._replace(back=lambda *given: _cut(*cell.back(*given)))
    return linearized(over_time(cut, x, (h0,), weights))


def _cut(
    of_x: Array, state: tuple[Array, ...], of_weights: tuple[Array, ...]
) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:
    return of_x, tuple(0 * s for s in state), of_weights


@mutant(
    RNN, "gradients are clipped to 1 inside the loop, element by element", blind_spot="dynamics"
)
def rnn_clips_inside_the_loop(
    x: Array, h0: Array, *weights: Array, activation: str = "tanh"
) -> Linearized:
    cell = elman(activation)

    def back(
        record: object, moved: tuple[Array, ...], weights: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:
        return cell.back(record, tuple(np.clip(m, -1, 1) for m in moved), weights)

    return linearized(over_time(cell._replace(back=back), x, (h0,), weights))


@mutant(
    RNN, "the gradient goes back through w_hh, not through its transpose", blind_spot="structure"
)
def rnn_goes_back_untransposed(
    x: Array, h0: Array, *weights: Array, activation: str = "tanh"
) -> Linearized:
    cell = elman(activation)

    def back(
        record: object, moved: tuple[Array, ...], weights: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:
        w_ih, w_hh, *biases = weights
        _, state, _ = cell.back(record, moved, (w_ih, w_hh.T, *biases))
        of_x, _, of_weights = cell.back(record, moved, weights)
        return of_x, state, of_weights

    return linearized(over_time(cell._replace(back=back), x, (h0,), weights))


@mutant(RNN, "slopes are 1 - y^2: 0 where the state rounds to 1", blind_spot="scale")
def rnn_makes_slopes_of_values(
    x: Array, h0: Array, *weights: Array, activation: str = "tanh"
) -> Linearized:
    run = over_time(elman(activation), x, (h0,), weights)
    for k, step in enumerate(run.records):
        if activation == "tanh":
            new = step.new._replace(slope=1 - step.new.value**2)
            run.records[k] = step._replace(new=new)
    return linearized(run)


@mutant(RNN, "the state's gradient is scaled by 1 / sqrt(H), as if it were attention",
        blind_spot="dynamics")  # fmt: skip
def rnn_shrinks_its_gradient(
    x: Array, h0: Array, *weights: Array, activation: str = "tanh"
) -> Linearized:
    cell = elman(activation)

    def back(
        record: object, moved: tuple[Array, ...], weights: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:
        of_x, state, of_weights = cell.back(record, moved, weights)
        return of_x, (state[0] / np.sqrt(h0.shape[1]).astype(h0.dtype),), of_weights

    return linearized(over_time(cell._replace(back=back), x, (h0,), weights))


@mutant(RNN, "a buffer is reused: every output is the last state", blind_spot="protocol")
def rnn_returns_one_buffer(x: Array, *rest: Array, activation: str = "tanh") -> Linearized:
    right = rnn(x, *rest, activation=activation)
    ys, h = right.outputs
    return right._replace(outputs=(0 * ys + h, h))


@mutant(
    RNN, "the last state of the batch's first sequence is broadcast to all", blind_spot="structure"
)
def rnn_shares_its_state(
    x: Array, h0: Array, *weights: Array, activation: str = "tanh"
) -> Linearized:
    return rnn(x, 0 * h0 + h0[:1], *weights, activation=activation)


@mutant(RNN, "the state that is returned is the one before the last", blind_spot="boundaries")
def rnn_returns_the_state_before_the_last(
    x: Array, h0: Array, *weights: Array, activation: str = "tanh"
) -> Linearized:
    right = rnn(x, h0, *weights, activation=activation)
    ys, _ = right.outputs
    return right._replace(outputs=(ys, ys[-2] if len(ys) > 1 else h0))


@mutant(RNN, "products are summed in float16 whatever comes in", blind_spot="tolerance")
def rnn_sums_in_half_precision(
    x: Array, h0: Array, w_ih: Array, *rest: Array, activation: str = "tanh"
) -> Linearized:
    narrow = w_ih.astype(np.float16).astype(w_ih.dtype)
    return rnn(x, h0, narrow, *rest, activation=activation)


@mutant(
    RESIDUAL, "the state is added after the activation: h' = h + tanh(...)", blind_spot="structure"
)
def residual_rnn_adds_outside(x: Array, h0: Array, *weights: Array) -> Linearized:
    w_ih, w_hh, b_ih, b_hh = weights
    right, ys = residual_rnn(x, h0, *weights), []
    h = h0
    for now in x:
        h = h + np.tanh(now @ w_ih.T + h @ w_hh.T + b_ih + b_hh)
        ys.append(h)
    return right._replace(outputs=(np.stack(ys), h))


@mutant(RESIDUAL, "the way back leaves the residual path out", blind_spot="dynamics")
def residual_rnn_goes_back_without_its_path(x: Array, h0: Array, *weights: Array) -> Linearized:
    cell = elman(residual=True)._replace(back=elman().back)
    return linearized(over_time(cell, x, (h0,), weights))


@mutant(RESIDUAL, "the residual is forgotten", blind_spot="symmetry and defaults")
def residual_rnn_is_plain(x: Array, h0: Array, *weights: Array) -> Linearized:
    return rnn(x, h0, *weights)
