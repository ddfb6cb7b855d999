"""Plain NumPy regularization from outside, made bindings.

A regularizer may be written as `params -> (penalty, gradients)`, with `gradients` a list of arrays
like `params` (for one matrix, an array like it); dropout as `(seed, x) -> y`. Hyper-parameters are
keywords. The native forms, which return a `Linearized` or plain arrays, are taken as they are: the
two are told apart by what the function returns.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from reference.numerics import Jet, Linearized
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

_MOST = 3
"""Arrays that any technique of this family takes: a seed, x and a weight."""


def adapted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a binding of a plain regularizer; other functions are bindings already.

    Raises ValueError for a signature that no technique of this family can be called with.
    """
    _check(function)

    @functools.wraps(function)
    def binding(*inputs: Any, **parameters: Any) -> Any:
        return _linearized(function(*inputs, **parameters))

    return binding


def _check(function: Callable[..., Any]) -> None:
    """A function of one to three arrays, everything else by keyword."""
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    arrays = sum(k in _POSITIONAL for k in kinds)
    if not 1 <= arrays <= _MOST:
        name = getattr(function, "__name__", str(function))
        message = (
            f"{name}{inspect.signature(function)} takes {arrays} arrays; write a regularizer as"
            " (params, *, strength) -> (penalty, gradients), dropout as (seed, x, *, rate) -> y"
        )
        raise ValueError(message)


def _linearized(result: Any) -> Any:
    """A pair (penalty, gradients) as outputs with a pullback; anything else as it is."""
    if isinstance(result, Jet | Linearized) or not isinstance(result, tuple) or len(result) != 2:
        return result
    penalty, gradients = result

    def pullback(c: Any) -> tuple[Any, ...]:
        return tuple(g for _, g in leaves(mapped(lambda g: (c * g).astype(g.dtype), gradients)))

    return Linearized(penalty, pullback)
