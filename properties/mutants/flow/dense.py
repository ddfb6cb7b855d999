"""Wrong densely connected stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.flow.connected import dense_stack, joined
from reference.flow.layers import Flow, Local, Norm, Phi, beside, carried, full
from reference.numerics import Array

if TYPE_CHECKING:
    from collections.abc import Callable

DENSE = "flow.dense_stack"


def _joining(
    join: Callable[[Any, Any], Any],
    part: Callable[[Any, Any], Any],
    given: tuple[Array, ...],
    activation: Phi,
    normalization: Norm,
) -> Flow:
    """A stack with another junction.

    `join(h, new)` is a layer's output, and `part(g, back)` the gradient of h: g is that of the
    output, back what comes through the layer's matrix.
    """
    x, v, c, w, b = given

    def layer(h: Any, w: Any, b: Any) -> Local:
        width = h.shape[-1]
        inner = full(h, w[:, :width], b, activation, normalization)

        def pull(g: Any) -> tuple[Any, ...]:
            back, of_w, of_b = inner.pull(g[..., width:])
            return part(g, back), np.pad(of_w, ((0, 0), (0, w.shape[1] - width))), of_b

        return Local(join(h, inner.outputs), lambda t: join(t, inner.push(t)), pull)

    return joined(*carried(layer, x, v, c, list(zip(w, b, strict=True))), c.shape[-1])


@mutant(DENSE, "each layer reads the newest features alone: a plain net that keeps its past")
def dense_reads_the_newest_alone(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    x, v, c, w, b = given
    growth, first = b.shape[1], x.shape[1]
    hidden = w.copy()
    for place in range(1, len(w)):
        hidden[place, :, : first + (place - 1) * growth] = 0
    return dense_stack(x, v, c, hidden, b, activation=activation, normalization=normalization)


@mutant(DENSE, "the gradient of a feature is that of its last use, not the sum over all",
        blind_spot="dynamics")  # fmt: skip
def dense_counts_the_last_use(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    return _joining(beside, lambda _, back: back, given, activation, normalization)


@mutant(DENSE, "A0 prints y = x + F(x), the residual formula: new features are added to old ones",
        blind_spot="structure")  # fmt: skip
def dense_adds_where_it_should_join(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    growth = given[4].shape[1]

    def join(h: Any, new: Any) -> Any:
        return beside(h, h[..., -growth:] + new)

    def part(g: Any, back: Any) -> Any:
        found = g[..., :-growth] + back
        found[..., -growth:] += g[..., -growth:]
        return found

    return _joining(join, part, given, activation, normalization)
