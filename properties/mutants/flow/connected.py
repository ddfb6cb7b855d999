"""Wrong residual, dense and highway stacks, and wrong recurrent nets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from properties.mutants.mutant import mutant
from reference.flow.connected import (
    dense_stack,
    highway_layer,
    joined,
    residual_layer,
    residual_stack,
)
from reference.flow.layers import Flow, Local, Norm, Phi, beside, carried, full, stacked
from reference.flow.over_time import recurrent_stack
from reference.numerics import Array

if TYPE_CHECKING:
    from collections.abc import Callable

RESIDUAL, DENSE, HIGHWAY = "flow.residual_stack", "flow.dense_stack", "flow.highway_stack"
RECURRENT = "flow.recurrent_stack"
Squash = Literal["tanh", "relu"]


def _blocks(
    change: Callable[..., Local], given: tuple[Array, ...], activation: Phi, normalization: Norm
) -> Flow:
    """Residual blocks, each changed: `change(right, h, w, b, u)`."""
    x, v, c, *parameters = given

    def layer(h: Any, *own: Any) -> Local:
        right = residual_layer(h, *own, activation=activation, normalization=normalization)
        return change(right, h, *own)

    return stacked(layer, x, v, c, tuple(parameters))


@mutant(RESIDUAL, "the gradient takes the block's way only: no identity on the way back",
        blind_spot="dynamics")  # fmt: skip
def residual_forgets_the_identity_on_the_way_back(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    def change(right: Local, *_: Any) -> Local:
        def pull(g: Any) -> tuple[Any, ...]:
            back, *own = right.pull(g)
            return back - g, *own

        return right._replace(pull=pull)

    return _blocks(change, given, activation, normalization)


@mutant(RESIDUAL, "both ways are scaled by 1 / sqrt(2) to keep the variance", blind_spot="scale")
def residual_halves_the_variance(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    half = given[0].dtype.type(0.5**0.5)

    def change(right: Local, *_: Any) -> Local:
        return Local(
            half * right.outputs, lambda t: half * right.push(t), lambda g: right.pull(half * g)
        )

    return _blocks(change, given, activation, normalization)


@mutant(RESIDUAL, "A4 3.2 prints h = f(x) + f'(x'): the shortcut goes through an activation")
def residual_skips_through_the_activation(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    def change(right: Local, h: Any, *_: Any) -> Local:
        past = np.maximum(h, 0) - h
        gone = h < 0
        return Local(
            right.outputs + past,
            lambda t: right.push(t) - gone * t,
            lambda g: (right.pull(g)[0] - gone * g, *right.pull(g)[1:]),
        )

    return _blocks(change, given, activation, normalization)


@mutant(RESIDUAL, "the matrix behind the activation is left out", blind_spot="structure")
def residual_forgets_its_second_matrix(
    x: Array, v: Array, c: Array, w: Array, b: Array, u: Array,
    *, activation: Phi, normalization: Norm,
) -> Flow:  # fmt: skip
    one = np.broadcast_to(np.eye(u.shape[-1], dtype=u.dtype), u.shape)
    return residual_stack(x, v, c, w, b, one, activation=activation, normalization=normalization)


def _dense(layer: Callable[..., Local], x: Array, v: Array, c: Array, w: Array, b: Array) -> Flow:
    """The states of `dense_stack` over other layers."""
    return joined(*carried(layer, x, v, c, list(zip(w, b, strict=True))), c.shape[-1])


@mutant(DENSE, "each layer reads the newest features alone: a plain net that keeps its past")
def dense_reads_the_newest_alone(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    growth, first = b.shape[1], x.shape[1]
    hidden = w.copy()
    for place in range(1, len(w)):
        hidden[place, :, : first + (place - 1) * growth] = 0
    return dense_stack(x, v, c, hidden, b, activation=activation, normalization=normalization)


@mutant(DENSE, "the gradient of a feature is that of its last use, not the sum over all",
        blind_spot="dynamics")  # fmt: skip
def dense_counts_the_last_use(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        width = h.shape[-1]
        inner = full(h, w[:, :width], b, activation, normalization)

        def pull(g: Any) -> tuple[Any, ...]:
            back, of_w, of_b = inner.pull(g[..., width:])
            return back, np.pad(of_w, ((0, 0), (0, w.shape[1] - width))), of_b

        return Local(beside(h, inner.outputs), lambda t: beside(t, inner.push(t)), pull)

    return _dense(layer, x, v, c, w, b)


@mutant(DENSE, "A0 prints y = x + F(x), the residual formula: new features are added to old ones",
        blind_spot="structure")  # fmt: skip
def dense_adds_where_it_should_join(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        width, growth = h.shape[-1], len(b)
        inner = full(h, w[:, :width], b, activation, normalization)
        last = h[..., -growth:]

        def pull(g: Any) -> tuple[Any, ...]:
            back, of_w, of_b = inner.pull(g[..., width:])
            back = g[..., :width] + back
            back[..., -growth:] += g[..., width:]
            return back, np.pad(of_w, ((0, 0), (0, w.shape[1] - width))), of_b

        return Local(
            beside(h, last + inner.outputs),
            lambda t: beside(t, t[..., -growth:] + inner.push(t)),
            pull,
        )

    return _dense(layer, x, v, c, w, b)


def _gated(
    change: Callable[..., Local], given: tuple[Array, ...], activation: Phi, normalization: Norm
) -> Flow:
    x, v, c, *parameters = given

    def layer(h: Any, *own: Any) -> Local:
        return change(h, *own, activation=activation, normalization=normalization)

    return stacked(layer, x, v, c, tuple(parameters))


@mutant(HIGHWAY, "the gate carries where it should transform: s and 1 - s are swapped",
        blind_spot="symmetry and defaults")  # fmt: skip
def highway_swaps_its_gate(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *known, w_gate, b_gate = given
    flow = _gated(highway_layer, (*known, -w_gate, -b_gate), activation, normalization)
    *own, of_w, of_b = flow.parameters
    return flow._replace(parameters=(*own, -of_w, -of_b))


@mutant(HIGHWAY, "the gradient does not go through the gate: it is taken for a constant",
        blind_spot="dynamics")  # fmt: skip
def highway_detaches_its_gate(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    def layer(h: Any, w: Any, b: Any, w_gate: Any, b_gate: Any, **chosen: Any) -> Local:
        right = highway_layer(h, w, b, w_gate, b_gate, **chosen)

        def pull(g: Any) -> tuple[Any, ...]:
            back, of_w, of_b, of_gate, of_bias = right.pull(g)
            inner = full(h, w, b, activation, normalization)
            s = 1 / (1 + np.exp(-(h @ w_gate.T + b_gate)))
            through = ((inner.outputs - h) * g * s * (1 - s)) @ w_gate
            return back - through, of_w, of_b, of_gate, of_bias

        return right._replace(pull=pull)

    return _gated(layer, given, activation, normalization)


@mutant(HIGHWAY, "y = s f + x: the carry gate is left out", blind_spot="scale")
def highway_carries_everything(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    def layer(h: Any, w: Any, b: Any, w_gate: Any, b_gate: Any, **chosen: Any) -> Local:
        right = highway_layer(h, w, b, w_gate, b_gate, **chosen)
        s = 1 / (1 + np.exp(-(h @ w_gate.T + b_gate)))
        return Local(
            right.outputs + s * h,
            lambda t: right.push(t) + s * t,
            lambda g: (right.pull(g)[0] + s * g, *right.pull(g)[1:]),
        )

    return _gated(layer, given, activation, normalization)


@mutant(HIGHWAY, "gates are clipped to 0.01 lest they shut", blind_spot="boundaries")
def highway_never_shuts(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *known, w_gate, b_gate = given
    open_ = np.maximum(b_gate, b_gate.dtype.type(-4.6))
    return _gated(highway_layer, (*known, w_gate, open_), activation, normalization)


@mutant(RECURRENT, "backpropagation is truncated half way", blind_spot="time")
def recurrent_truncates(
    x: Array, v: Array, c: Array, entering: Array, w_ih: Array, w_hh: Array, b: Array,
    *, activation: Squash,
) -> Flow:  # fmt: skip
    right = recurrent_stack(x, v, c, entering, w_ih, w_hh, b, activation=activation)
    gradients = right.gradients.copy()
    gradients[: len(entering) // 2] = 0
    return right._replace(gradients=gradients)


@mutant(RECURRENT, "the gradient of a shared matrix is that of its last time alone")
def recurrent_counts_the_last_time(
    x: Array, v: Array, c: Array, entering: Array, w_ih: Array, w_hh: Array, b: Array,
    *, activation: Squash,
) -> Flow:  # fmt: skip
    right = recurrent_stack(x, v, c, entering, w_ih, w_hh, b, activation=activation)
    last = recurrent_stack(
        right.states[-2], v, c, entering[-1:], w_ih, w_hh, b, activation=activation
    ).parameters
    return right._replace(parameters=(right.parameters[0], *last[1:]))


@mutant(RECURRENT, "the gradient is multiplied by W where W' is due", blind_spot="structure")
def recurrent_forgets_to_transpose(
    x: Array, v: Array, c: Array, entering: Array, w_ih: Array, w_hh: Array, b: Array,
    *, activation: Squash,
) -> Flow:  # fmt: skip
    right = recurrent_stack(x, v, c, entering, w_ih, w_hh, b, activation=activation)
    gradients = [c]
    for h in right.states[:0:-1]:
        slope = 1 - h * h if activation == "tanh" else (h > 0).astype(h.dtype)
        gradients.append((gradients[-1] * slope) @ w_hh.T)
    return right._replace(gradients=np.stack(gradients[::-1]))


@mutant(RECURRENT, "the first state is taken for zeros", blind_spot="symmetry and defaults")
def recurrent_begins_at_zero(
    x: Array, v: Array, c: Array, entering: Array, w_ih: Array, w_hh: Array, b: Array,
    *, activation: Squash,
) -> Flow:  # fmt: skip
    right = recurrent_stack(0 * x, v, c, entering, w_ih, w_hh, b, activation=activation)
    states = right.states.copy()
    states[0] = x
    return right._replace(states=states)


@mutant(RECURRENT, "the hidden matrix is rescaled to the spectral radius 0.9 at every step",
        blind_spot="scale")  # fmt: skip
def recurrent_tames_its_matrix(
    x: Array, v: Array, c: Array, entering: Array, w_ih: Array, w_hh: Array, b: Array,
    *, activation: Squash,
) -> Flow:  # fmt: skip
    radius = np.max(np.abs(np.linalg.eigvals(w_hh.astype(np.float64))))
    tamed = (w_hh * (0.9 / max(radius, 1e-30))).astype(w_hh.dtype)
    return recurrent_stack(x, v, c, entering, w_ih, tamed, b, activation=activation)
