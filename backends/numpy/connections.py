"""Plain NumPy blocks from outside, made bindings.

A block may be a pair of functions, or anything that has them as `forward` and `backward`:
`forward(x, weights ..., *, conventions) -> (y, cache)` and `backward(c, cache)`, which takes the
cotangent of y and gives the gradients of all floating point inputs, in their order. One function
may do for both, which returns (y, backward) with `backward(c)`. A function that speaks as a
reference does is taken as it is.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from reference.numerics import Linearized

if TYPE_CHECKING:
    from collections.abc import Callable

_PAIR = 2
_LEAST = 2
"""Arrays that any block takes: x and a weight."""


def adapted(offered: Any) -> Callable[..., Any]:
    """Make a binding of a plain block; other functions are bindings already.

    Raises:
        ValueError: no technique of this family can be called with such a signature.
    """
    forward, backward = _parts(offered)
    _check(forward)

    @functools.wraps(forward)
    def binding(*inputs: Any, **parameters: Any) -> Any:
        result = forward(*inputs, **parameters)
        if not isinstance(result, tuple) or isinstance(result, Linearized) or len(result) != _PAIR:
            return result
        y, cache = result
        pull = cache if backward is None else functools.partial(_swapped, backward, cache)
        return Linearized(y, pull) if callable(pull) else result

    return binding


def _parts(offered: Any) -> tuple[Callable[..., Any], Callable[..., Any] | None]:
    if isinstance(offered, tuple) and len(offered) == _PAIR:
        return offered
    forward, backward = (getattr(offered, name, None) for name in ("forward", "backward"))
    return (offered, None) if forward is None or backward is None else (forward, backward)


def _swapped(backward: Callable[..., Any], cache: Any, c: Any) -> Any:
    return backward(c, cache)


def _check(forward: Callable[..., Any]) -> None:
    """A function of x and weights, everything else by keyword."""
    kinds = [p.kind for p in inspect.signature(forward).parameters.values()]
    arrays = sum(k.name.startswith("POSITIONAL") for k in kinds)
    if inspect.Parameter.VAR_POSITIONAL not in kinds and arrays < _LEAST:
        name = getattr(forward, "__name__", str(forward))
        message = (
            f"{name}{inspect.signature(forward)} takes no weights; write a block as"
            " (x, weights ..., *, conventions) -> (y, cache), with backward(c, cache) -> gradients"
        )
        raise ValueError(message)
