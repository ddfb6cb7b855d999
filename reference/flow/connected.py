"""Stacks in which something joins each layer's input to its output: residual, dense, highway."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.flow.layers import Flow, Local, Norm, Phi, activated, affine, beside, carried, full
from reference.flow.layers import stacked as through
from reference.flow.stacks import CORRELATES, FLOWS, LOCAL
from reference.numerics import Array
from reference.technique import Fact, technique

HOLDS = Fact("keeps_a_lower_bound_on_the_gradient")


def residual_layer(
    h: Any, w: Any, b: Any, u: Any, *, activation: Phi, normalization: Norm
) -> Local:
    """One block of `residual_stack`: y = h + a u', a = f(norm(h w' + b))."""
    inner = full(h, w, b, activation, normalization)

    def pull(g: Any) -> tuple[Any, ...]:
        back, of_w, of_b = inner.pull(g @ u)
        return g + back, of_w, of_b, g.T @ inner.outputs

    return Local(h + inner.outputs @ u.T, lambda t: t + inner.push(t) @ u.T, pull)


@technique(
    source="He et al. 2016, Identity Mappings in Deep Residual Networks, equations 3 to 5; Yang "
    "and Schoenholz 2017, Mean field residual networks: on the edge of chaos, section 4",
    accuracy=LOCAL,
    facts=(*FLOWS, CORRELATES, HOLDS),
)
def residual_stack(
    x: Array, v: Array, c: Array, w: Array, b: Array, u: Array,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Flow:  # fmt: skip
    """Carry a signal and a tangent through residual blocks, and a gradient back.

    h_l = h_(l-1) + U_l f(norm(W_l h_(l-1) + b_l)), g_(l-1) = (I + F_l')' g_l

    The gradient of the last state arrives at the first undiminished, plus what the blocks add: its
    mean square grows by 1 + s_u^2 s_w^2 E f'^2 a block. |g_(l-1)| >= (1 - |U_l| |W_l|) |g_l|, in
    spectral norms, whatever the depth.

    *Numerics*: as for `plain_stack`; the last addition rounds once more.

    Args:
        x: (N, D), no unit.
        v: (N, D), a tangent of x.
        c: (N, D), the gradient of the last state.
        w: (L, D, D), a matrix (outputs, inputs) for each block.
        b: (L, D).
        u: (L, D, D), the matrix behind the activation.
        activation: f.
        normalization: what each sum is divided by, within the block.

    Returns:
        Flow: states, tangents and gradients (L + 1, N, D), and the gradients of w, b and u.

    *Differences*: neither library has the block: its users add x to a composition of layers.

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros((2, 1))
        >>> flow = residual_stack(one, one, one, np.ones((2, 1, 1)), zero, np.ones((2, 1, 1)),
        ...                       activation="linear")
        >>> flow.states.ravel(), flow.gradients.ravel()
        (array([1., 2., 4.]), array([4., 2., 1.]))
    """
    return through(
        lambda h, *p: residual_layer(h, *p, activation=activation, normalization=normalization),
        x, v, c, (w, b, u),
    )  # fmt: skip


def dense_layer(h: Any, w: Any, b: Any, *, activation: Phi, normalization: Norm) -> Local:
    """One layer of `dense_stack`: [h, f(norm(h w' + b))], w as wide as h."""
    width = h.shape[-1]
    inner = full(h, w[:, :width], b, activation, normalization)

    def pull(g: Any) -> tuple[Any, ...]:
        back, of_w, of_b = inner.pull(g[..., width:])
        return g[..., :width] + back, _wide(of_w, w.shape[-1]), of_b

    return Local(beside(h, inner.outputs), lambda t: beside(t, inner.push(t)), pull)


def joined(
    states: list[Array], tangents: list[Array], gradients: list[Array],
    own: list[tuple[Array, ...]], width: int,
) -> Flow:  # fmt: skip
    """States of growing width as arrays, with zeros behind."""
    s, t, g = (np.stack([_wide(x, width) for x in xs]) for xs in (states, tangents, gradients))
    return Flow(s, t, g, tuple(np.stack(p) for p in zip(*own, strict=True)))


def _wide(x: Any, width: int) -> Any:
    """With zeros up to the width."""
    return beside(x, np.zeros((*x.shape[:-1], width - x.shape[-1]), x.dtype))


@technique(
    source="Huang et al. 2017, Densely connected convolutional networks, equation 2",
    accuracy=LOCAL,
    facts=(*FLOWS, CORRELATES, HOLDS),
)
def dense_stack(
    x: Array, v: Array, c: Array, w: Array, b: Array,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Flow:  # fmt: skip
    """Carry a signal and a tangent through densely connected layers, and a gradient back.

    h_l = [h_(l-1), f(norm(W_l h_(l-1) + b_l))], g_(l-1) = g_l's old features + J_l' (its new ones)

    [.., ..]: concatenation; every layer adds k features. The gradient of a feature is the sum over
    all its later uses: its mean square grows by 1 + k chi / D_l a layer, D_l the features before
    it, so with a power of the depth, not exponentially.

    *Numerics*: as for `plain_stack`; the sum over uses rounds once a layer.

    Args:
        x: (N, D), no unit.
        v: (N, D), a tangent of x.
        c: (N, D + L k), the gradient of the last state.
        w: (L, k, D + L k); layer l reads its first D + (l - 1) k columns.
        b: (L, k).
        activation: f.
        normalization: what each sum is divided by; rows are those of new features.

    Returns:
        Flow: states, tangents and gradients (L + 1, N, D + L k), with zeros for features that are
        not there yet; and the gradients of w (zeros where it is not read) and b.

    *Differences*: torch concatenates with `torch.cat`; under `lax.scan` states have one shape, so
    in JAX new features are written into a buffer (`lax.dynamic_update_slice`).

    Example:
        >>> one, w = np.ones((1, 1)), np.ones((2, 1, 3))
        >>> flow = dense_stack(one, one, np.ones((1, 3)), w, np.zeros((2, 1)), activation="linear")
        >>> flow.states[2], flow.gradients[0]
        (array([[1., 1., 2.]]), array([[4., 0., 0.]]))
    """
    states, tangents, gradients, own = carried(
        lambda h, *p: dense_layer(h, *p, activation=activation, normalization=normalization),
        x, v, c, list(zip(w, b, strict=True)),
    )  # fmt: skip
    return joined(states, tangents, gradients, own, c.shape[-1])


def highway_layer(
    h: Any, w: Any, b: Any, w_gate: Any, b_gate: Any, *, activation: Phi, normalization: Norm
) -> Local:
    """One layer of `highway_stack`: y = s a + (1 - s) h, s the logistic gate, a the plain layer."""
    inner, sums = full(h, w, b, activation, normalization), affine(h, w_gate, b_gate)
    gate = activated(sums.outputs, "sigmoid")
    a, s = inner.outputs, gate.outputs

    def push(t: Any) -> Any:
        return s * inner.push(t) + (1 - s) * t + (a - h) * gate.push(sums.push(t))

    def pull(g: Any) -> tuple[Any, ...]:
        back, of_w, of_b = inner.pull(s * g)
        (of_sums,) = gate.pull((a - h) * g)
        gated, of_w_gate, of_b_gate = sums.pull(of_sums)
        return (1 - s) * g + back + gated, of_w, of_b, of_w_gate, of_b_gate

    return Local(s * a + (1 - s) * h, push, pull)


@technique(
    source="Srivastava, Greff and Schmidhuber 2015, Training very deep networks, equations 2 and 3",
    accuracy=LOCAL,
    facts=(*FLOWS, Fact("is_the_identity_where_gates_are_shut")),
)
def highway_stack(
    x: Array, v: Array, c: Array, w: Array, b: Array, w_gate: Array, b_gate: Array,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Flow:  # fmt: skip
    """Carry a signal and a tangent through highway layers, and a gradient back.

    h_l = s f(norm(W_l h_(l-1) + b_l)) + (1 - s) h_(l-1), s = sigmoid(V_l h_(l-1) + d_l)

    s: the transform gate, number by number; V, d: its weights and biases. Biases begin below 0, so
    that layers carry. The gradient is multiplied by 1 - s along the way that is carried.

    *Numerics*: as for `plain_stack`; both products and their sum round.

    Args:
        x: (N, D), no unit.
        v: (N, D), a tangent of x.
        c: (N, D), the gradient of the last state.
        w: (L, D, D), a matrix (outputs, inputs) for each layer.
        b: (L, D).
        w_gate: (L, D, D).
        b_gate: (L, D).
        activation: f.
        normalization: what each sum of f is divided by.

    Returns:
        Flow: states, tangents and gradients (L + 1, N, D), and the gradients of all weights.

    *Differences*: neither library has the layer.

    Example:
        >>> one, zero = np.full((1, 1), 3.0), np.zeros((1, 1))
        >>> w = np.ones((1, 1, 1))
        >>> highway_stack(one, one, one, -w, zero, 0 * w, zero, activation="linear").states.ravel()
        array([3., 0.])
    """
    return through(
        lambda h, *p: highway_layer(h, *p, activation=activation, normalization=normalization),
        x, v, c, (w, b, w_gate, b_gate),
    )  # fmt: skip
