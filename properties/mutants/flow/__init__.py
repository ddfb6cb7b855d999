"""Wrong stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reference.flow.layers import stacked

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.flow.layers import Flow, Local, Norm, Phi
    from reference.numerics import Array


def through(layer: Callable[..., Local], given: tuple[Array, ...]) -> Flow:
    """A stack of such layers: `layer(h, *own)`."""
    x, v, c, *parameters = given
    return stacked(layer, x, v, c, tuple(parameters))


def changed(
    layer: Callable[..., Local],
    change: Callable[..., Local],
    given: tuple[Array, ...],
    activation: Phi,
    normalization: Norm,
) -> Flow:
    """A stack of right layers, each changed: `change(right, h, *own)`."""

    def wrong(h: Any, *own: Any) -> Local:
        right = layer(h, *own, activation=activation, normalization=normalization)
        return change(right, h, *own)

    return through(wrong, given)


def with_gradient(right: Local, of_state: Callable[[Any, Any], Any]) -> Local:
    """A layer with another gradient of its state: of the right one, and of its output's."""

    def pull(g: Any) -> tuple[Any, ...]:
        back, *own = right.pull(g)
        return of_state(back, g), *own

    return right._replace(pull=pull)


def scaled(
    stack: Callable[..., Flow],
    scale: float,
    given: tuple[Array, ...],
    activation: Phi,
    normalization: Norm,
) -> Flow:
    """A stack whose matrices are multiplied by a number."""
    x, v, c, w, b = given
    factor = w.dtype.type(scale)
    right = stack(x, v, c, factor * w, b, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(factor * of_w, of_b))


def cut_half_way(right: Flow) -> Flow:
    """No gradient arrives in front of the first half of the layers."""
    gradients = right.gradients.copy()
    gradients[: (len(gradients) - 1) // 2] = 0
    return right._replace(gradients=gradients)
