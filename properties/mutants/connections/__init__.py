"""Wrong connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array, Linearized


def with_gradient(right: Linearized, of_x: Callable[[Array], Array]) -> Linearized:
    """A block with another gradient of x: a function of the cotangent of y."""
    return right._replace(pullback=lambda c: (of_x(c), *right.pullback(c)[1:]))


def with_others(right: Linearized, changed: Callable[..., tuple[Array, ...]]) -> Linearized:
    """A block with other gradients: a function of all of them."""
    return right._replace(pullback=lambda c: changed(*right.pullback(c)))
