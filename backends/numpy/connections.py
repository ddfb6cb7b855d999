"""Plain NumPy blocks from outside, made bindings.

A block may be written with a backward of its own, as `(x, weights ...) -> (y, backward)`, where
`backward(c)` takes the cotangent of y and returns the gradients of all floating point inputs, in
their order. Conventions are keywords. The native form, which returns a `Linearized`, is taken as it
is: the two are told apart by what the function returns.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from reference.numerics import Linearized

if TYPE_CHECKING:
    from collections.abc import Callable

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

_LEAST = 2
"""Arrays that any block takes: x and a weight."""


def adapted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a binding of a plain block; other functions are bindings already.

    Raises ValueError for a signature that no technique of this family can be called with.
    """
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL not in kinds and sum(k in _POSITIONAL for k in kinds) < (
        _LEAST
    ):
        name = getattr(function, "__name__", str(function))
        message = (
            f"{name}{inspect.signature(function)} takes no weights; write a block as"
            " (x, weights ..., *, conventions) -> (y, backward), with backward(c) -> gradients"
        )
        raise ValueError(message)

    @functools.wraps(function)
    def binding(*inputs: Any, **parameters: Any) -> Any:
        return _linearized(function(*inputs, **parameters))

    return binding


def _linearized(result: Any) -> Any:
    """A pair (y, backward) as outputs with a pullback; anything else as it is."""
    if isinstance(result, Linearized) or not isinstance(result, tuple) or len(result) != 2:
        return result
    y, backward = result
    return Linearized(y, backward) if callable(backward) else result
