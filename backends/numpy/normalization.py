"""Normalizations from outside in plain NumPy, made bindings.

A layer may be a pair of functions, or anything that has them as `forward` and `backward`, as one
writes them by hand: `forward(x, weight, bias, *, eps) -> (y, cache)` and `backward(c, cache) ->
(dx, dweight, dbias)`. With running statistics, these follow the bias, and y is (y, running_mean,
running_var); where they are left out of what `backward` returns, they have no gradient. Hyper-
parameters are keywords, as many of them as `forward` takes; the others stay at the technique's
defaults. A function that speaks as a reference does is taken as it is.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.numerics import Linearized

if TYPE_CHECKING:
    from collections.abc import Callable

_PAIR = 2


def adapted(offered: Any) -> Any:
    """A binding of a pair (forward, backward); a function is one already.

    Raises:
        TypeError: it is neither a function nor a pair of them.
    """
    pair = offered if isinstance(offered, tuple) else _methods(offered)
    if pair is None:
        return offered
    if len(pair) != _PAIR or not all(callable(part) for part in pair):
        message = (
            f"{offered!r} is no normalization; give a pair of functions, forward(x, weight, bias,"
            " *, eps) -> (y, cache) and backward(c, cache) -> (dx, dweight, dbias)"
        )
        raise TypeError(message)
    return _bound(*pair)


def _methods(offered: Any) -> tuple[Any, Any] | None:
    forward, backward = getattr(offered, "forward", None), getattr(offered, "backward", None)
    return None if forward is None or backward is None else (forward, backward)


def _bound(forward: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    named = inspect.signature(forward).parameters.values()
    taken = frozenset(p.name for p in named if p.kind is p.KEYWORD_ONLY)

    @functools.wraps(forward)
    def binding(*inputs: Any, **known: Any) -> Any:
        result = forward(*inputs, **{k: v for k, v in known.items() if k in taken})
        if not isinstance(result, tuple) or len(result) != _PAIR:
            message = f"{forward.__name__} returns {type(result).__name__}; give (y, cache)"
            raise TypeError(message)
        outputs, cache = result

        def pullback(cotangents: Any) -> tuple[Any, ...]:
            c = cotangents[0] if isinstance(outputs, tuple) else cotangents
            found = backward(c, cache)
            gradients = found if isinstance(found, tuple | list) else (found,)
            return (*gradients, *(np.zeros_like(x) for x in inputs[len(gradients) :]))

        return Linearized(outputs, pullback)

    binding.__dict__["takes"] = taken
    return binding
