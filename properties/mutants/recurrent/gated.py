"""Wrong gated recurrent units."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized
from reference.recurrent.gated import gated, gru
from reference.recurrent.minimal import mgu
from reference.recurrent.unrolling import linearized, over_time

GRU = "recurrent.gru"
MGU = "recurrent.mgu"


def _ordered(order: tuple[int, ...], *weights: Array) -> tuple[Array, ...]:
    """Weights with the rows of their gates in another order."""
    return tuple(np.concatenate([np.split(w, len(order))[k] for k in order]) for w in weights)


@mutant(GRU, "rows are read in the order z, r, n, as Keras has them", blind_spot="structure")
def gru_swaps_reset_and_update(x: Array, h0: Array, *weights: Array, **chosen: Any) -> Linearized:
    return gru(x, h0, *_ordered((1, 0, 2), *weights), **chosen)


@mutant(
    GRU, "the other reset gate: a port from the paper's form to cuDNN's", blind_spot="structure"
)
def gru_resets_at_the_other_place(
    x: Array, *rest: Array, reset: str = "after", update: str = "keep"
) -> Linearized:
    other = {"after": "before", "before": "after"}[reset]
    return gru(x, *rest, reset=other, update=update)


@mutant(GRU, "Chung's update for Cho's: an open gate renews", blind_spot="symmetry and defaults")
def gru_updates_the_other_way(
    x: Array, *rest: Array, reset: str = "after", update: str = "keep"
) -> Linearized:
    other = {"keep": "renew", "renew": "keep"}[update]
    return gru(x, *rest, reset=reset, update=other)


@mutant(GRU, "flax.nnx's cell: the candidate's hidden bias is missing",
        blind_spot="symmetry and defaults")  # fmt: skip
def gru_has_no_hidden_bias(x: Array, *rest: Array, **chosen: Any) -> Linearized:
    *known, b_hh = rest
    r, z, n = np.split(b_hh, 3)
    return gru(x, *known, np.concatenate([r, z, 0 * n]), **chosen)


@mutant(GRU, "one bias: the candidate's hidden bias is added outside the reset gate",
        blind_spot="symmetry and defaults")  # fmt: skip
def gru_sums_all_biases(x: Array, *rest: Array, **chosen: Any) -> Linearized:
    *known, b_ih, b_hh = rest
    return gru(x, *known, b_ih + b_hh, 0 * b_hh, **chosen)


@mutant(GRU, "the reset gate multiplies the whole candidate's argument", blind_spot="structure")
def gru_resets_its_input_too(x: Array, h0: Array, *weights: Array, **chosen: Any) -> Linearized:
    w_ih, w_hh, b_ih, b_hh = weights
    right, ys = gru(x, h0, *weights, **chosen), []
    h = h0
    for now in x:
        xr, xz, xn = np.split(now @ w_ih.T + b_ih, 3, axis=-1)
        hr, hz, hn = np.split(h @ w_hh.T + b_hh, 3, axis=-1)
        r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
        n = np.tanh(r * (xn + hn))
        h = (1 - z) * n + z * h
        ys.append(h)
    return right._replace(outputs=(np.stack(ys), h))


@mutant(GRU, "the update gate is not kept between 0 and 1", blind_spot="scale")
def gru_leaves_its_update_unsquashed(
    x: Array, h0: Array, *weights: Array, **chosen: Any
) -> Linearized:
    w_ih, w_hh, b_ih, b_hh = weights
    right, ys = gru(x, h0, *weights, **chosen), []
    h = h0
    for now in x:
        xr, xz, xn = np.split(now @ w_ih.T + b_ih, 3, axis=-1)
        hr, hz, hn = np.split(h @ w_hh.T + b_hh, 3, axis=-1)
        z = (xz + hz) / 4 + 0.5
        n = np.tanh(xn + hn / (1 + np.exp(-xr - hr)))
        h = (1 - z) * n + z * h
        ys.append(h)
    return right._replace(outputs=(np.stack(ys), h))


@mutant(GRU, "the state is detached where the reset gate reads it", blind_spot="time")
def gru_cuts_the_reset_path(
    x: Array, h0: Array, *weights: Array, reset: str = "after", update: str = "keep"
) -> Linearized:
    cell = gated(reset, update)

    def back(record: Any, moved: Any, weights: Any) -> Any:
        r = record.r._replace(slope=0 * record.r.slope)
        return cell.back(record._replace(r=r), moved, weights)

    return linearized(over_time(cell._replace(back=back), x, (h0,), weights))


@mutant(GRU, "the state's direct path gets no gradient: only gates pass it back",
        blind_spot="dynamics")  # fmt: skip
def gru_loses_its_direct_path(
    x: Array, h0: Array, *weights: Array, reset: str = "after", update: str = "keep"
) -> Linearized:
    cell = gated(reset, update)

    def back(record: Any, moved: Any, weights: Any) -> Any:
        return cell.back(record._replace(old=0 * record.old), moved, weights)

    return linearized(over_time(cell._replace(back=back), x, (h0,), weights))


@mutant(GRU, "slopes of gates are made of values: 0 in open gates", blind_spot="scale")
def gru_makes_slopes_of_values(
    x: Array, h0: Array, *weights: Array, reset: str = "after", update: str = "keep"
) -> Linearized:
    run = over_time(gated(reset, update), x, (h0,), weights)
    for k, step in enumerate(run.records):
        z = step.z._replace(slope=step.z.value * (1 - step.z.value))
        run.records[k] = step._replace(z=z)
    return linearized(run)


@mutant(GRU, "gates are made before the state is read: all of them see h0", blind_spot="time")
def gru_looks_at_the_first_state(x: Array, h0: Array, *weights: Array, **chosen: Any) -> Linearized:
    ys = np.concatenate([gru(now[None], h0, *weights, **chosen).outputs[0] for now in x])
    return gru(x, h0, *weights, **chosen)._replace(outputs=(ys, ys[-1]))


@mutant(GRU, "the gradients of both biases are taken to be one", blind_spot="symmetry and defaults")
def gru_gives_both_biases_one_gradient(x: Array, *rest: Array, **chosen: Any) -> Linearized:
    right = gru(x, *rest, **chosen)

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        *found, b_ih, _ = right.pullback(k)
        return *found, b_ih, b_ih

    return right._replace(pullback=pullback)


@mutant(MGU, "flax's unit for the paper's: an open gate keeps the state",
        blind_spot="symmetry and defaults")  # fmt: skip
def mgu_updates_the_other_way(
    x: Array, *rest: Array, reset: str = "before", update: str = "renew"
) -> Linearized:
    other = {"keep": "renew", "renew": "keep"}[update]
    return mgu(x, *rest, reset=reset, update=other)


@mutant(MGU, "the gate does not reset", blind_spot="structure")
def mgu_never_resets(
    x: Array, *rest: Array, reset: str = "before", update: str = "renew"
) -> Linearized:
    other = {"after": "none", "before": "none", "none": "before"}[reset]
    return mgu(x, *rest, reset=other, update=update)


@mutant(MGU, "1 is added to the forget bias, as an initializer does once elsewhere",
        blind_spot="symmetry and defaults")  # fmt: skip
def mgu_adds_one_to_its_bias(x: Array, *rest: Array, **chosen: Any) -> Linearized:
    *known, b_hh = rest
    f, n = np.split(b_hh, 2)
    return mgu(x, *known, np.concatenate([f + 1, n]), **chosen)
