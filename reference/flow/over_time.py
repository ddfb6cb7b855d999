"""A recurrent net over time: one layer, used again and again."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from reference.flow.layers import Flow, Local, activated, carried
from reference.flow.stacks import LOCAL
from reference.numerics import Array
from reference.technique import Fact, technique


def recurrent_layer(
    h: Any, entering: Any, w_ih: Any, w_hh: Any, b: Any, *, activation: Literal["tanh", "relu"]
) -> Local:
    """One step of `recurrent_stack`: h' = f(e w_ih' + h w_hh' + b)."""
    step = activated(entering @ w_ih.T + h @ w_hh.T + b, activation)

    def pull(g: Any) -> tuple[Any, ...]:
        (d,) = step.pull(g)
        return d @ w_hh, d @ w_ih, d.T @ entering, d.T @ h, d.sum(axis=0)

    return Local(step.outputs, lambda t: step.push(t @ w_hh.T), pull)


@technique(
    source="Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural "
    "networks, equations 3 to 7; Elman 1990, Finding structure in time",
    accuracy=LOCAL,
    facts=(Fact("keeps_all_singular_values_alike"), Fact("dies_where_theory_says")),
)
def recurrent_stack(
    x: Array, v: Array, c: Array, entering: Array, w_ih: Array, w_hh: Array, b: Array,
    *, activation: Literal["tanh", "relu"] = "tanh",
) -> Flow:  # fmt: skip
    """Carry a hidden state and a tangent over time, and a gradient back through time.

    h_t = f(W_ih e_t + W_hh h_(t-1) + b), g_(t-1) = W_hh' (f' g_t)

    e: what enters at each time. The weights are the same at all times, so their gradients are sums
    over time, and gradients shrink or grow with the spectral radius of W_hh.

    *Numerics*: as for `plain_stack`, and a sum over time has a term for each.

    Args:
        x: (N, D), the state before the first time, no unit.
        v: (N, D), a tangent of x.
        c: (N, D), the gradient of the last state.
        entering: (T, N, E).
        w_ih: (D, E).
        w_hh: (D, D).
        b: (D,).
        activation: f.

    Returns:
        Flow: states, tangents and gradients (T + 1, N, D), and the gradients of entering, w_ih,
        w_hh and b.

    *Differences*: torch's RNNCell has two biases, which add up, flax's SimpleCell one, with the
    inputs. torch's offers tanh and relu alone.

    Example:
        >>> one, w = np.ones((1, 1)), np.full((1, 1), 2.0)
        >>> flow = recurrent_stack(one, one, one, np.zeros((2, 1, 1)), w, w, np.zeros(1),
        ...                        activation="relu")
        >>> flow.states.ravel(), flow.gradients.ravel()
        (array([1., 2., 4.]), array([4., 2., 1.]))
    """
    states, tangents, gradients, own = carried(
        lambda h, e: recurrent_layer(h, e, w_ih, w_hh, b, activation=activation),
        x, v, c, [(e,) for e in entering],
    )  # fmt: skip
    of_entering, *shared = zip(*own, strict=True)
    sums = (np.sum(np.stack(parts), axis=0) for parts in shared)
    every = (np.stack(of_entering), *sums)
    return Flow(np.stack(states), np.stack(tangents), np.stack(gradients), every)
