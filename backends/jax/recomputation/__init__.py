"""Functions that forget their intermediate results and compute them again, by flax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flax import linen, nnx

if TYPE_CHECKING:
    from collections.abc import Callable


class _Layer(linen.Module):
    """A module that is nothing but a function."""

    run: Callable[..., Any]

    @linen.compact
    def __call__(self, *inputs: Any) -> Any:
        return self.run(*inputs)


def in_nnx(run: Callable[..., Any]) -> Callable[..., Any]:
    """nnx.remat of the function."""
    again: Callable[..., Any] = nnx.remat(run)
    return again


def in_linen(run: Callable[..., Any]) -> Callable[..., Any]:
    """linen.remat of a module that calls the function."""
    return lambda *inputs: linen.remat(_Layer)(run).apply({}, *inputs)
