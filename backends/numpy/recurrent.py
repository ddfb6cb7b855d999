"""Recurrent cells from outside: plain NumPy functions with their own backward, made bindings.

A cell is a function of one time whose states are called `h` and `c`: `cell(x, h, w_ih, w_hh, b_ih,
b_hh) -> (h, backward)`, or of a long short-term memory `cell(x, h, c, ...) -> ((h, c), backward)`.
`backward` takes the gradients of the new states and gives those of every argument, in order; it is
unrolled over time here. A layer over all times, with `h0` and `c0`, may be written as
`layer(x, h0, ...) -> (outputs, backward)`, or return a `Linearized`, as a reference does.

Conventions of the technique that the function names are drawn; others stay at their defaults.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Absent
from reference.numerics import Linearized

if TYPE_CHECKING:
    from collections.abc import Callable

_STATES = ("h", "c")


def adapted(function: Any) -> Any:
    """A binding of a plain cell or layer; one that speaks as a reference does is one already.

    Raises TypeError where it takes no sequence and no state by position.
    """
    if isinstance(function, Absent):
        return function
    named = inspect.signature(function).parameters
    positional = [n for n, p in named.items() if p.kind is not p.KEYWORD_ONLY]
    if not positional:
        name = getattr(function, "__name__", function)
        message = (
            f"{name}{inspect.signature(function)} takes nothing by position; write a cell as"
            " (x, h, w_ih, w_hh, b_ih, b_hh) -> (h, backward)"
        )
        raise TypeError(message)
    states = sum(name in _STATES for name in positional)
    if any(p.kind is p.VAR_KEYWORD for p in named.values()):
        return _unrolled(function, states) if states else _layer(function)
    taken = frozenset(named)

    @functools.wraps(function)
    def taking(*inputs: Any, **parameters: Any) -> Any:
        return function(*inputs, **{k: v for k, v in parameters.items() if k in taken})

    binding = _unrolled(taking, states) if states else _layer(taking)
    binding.__dict__["takes"] = taken
    return binding


def _layer(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def binding(*inputs: Any, **parameters: Any) -> Any:
        result = function(*inputs, **parameters)
        if isinstance(result, Linearized) or not callable(result[-1]):
            return result
        *outputs, backward = result
        outputs = outputs[0] if isinstance(outputs[0], tuple) else tuple(outputs)
        return Linearized(outputs, lambda c: tuple(backward(*c)))

    return binding


def _unrolled(function: Callable[..., Any], states: int) -> Callable[..., Any]:
    """A cell over all times, and its backward through them."""

    @functools.wraps(function)
    def binding(x: Any, *rest: Any, **parameters: Any) -> Any:
        state, weights = rest[:states], rest[states:]
        steps, ys = [], []
        for now in x:
            state, backward = function(now, *state, *weights, **parameters)
            state = state if isinstance(state, tuple) else (state,)
            steps.append(backward)
            ys.append(state[0])

        def pullback(cotangents: Any) -> tuple[Any, ...]:
            c_ys, *moved = cotangents
            of_x, of_weights = [], [np.zeros_like(w) for w in weights]
            for backward, c_y in zip(reversed(steps), reversed(c_ys), strict=True):
                of_now, *others = backward(moved[0] + c_y, *moved[1:])
                moved, more = others[:states], others[states:]
                of_x.append(of_now)
                of_weights = [a + b for a, b in zip(of_weights, more, strict=True)]
            return np.stack(of_x[::-1]), *moved, *of_weights

        return Linearized((np.stack(ys), *state), pullback)

    return binding
