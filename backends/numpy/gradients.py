"""Gradient techniques from outside: plain NumPy functions, made bindings.

A plain function takes and returns lists of arrays: `grads -> grads`, with `params` beside them
where the technique has them, and hyper-parameters by keyword, as many of them as it knows; those
that it does not take are left at the technique's defaults. `accumulate` takes micro-batches, a list
of such lists, and their sizes. A reference's own form, which tells the norm as well, is (grads,
norm): where a plain function returns the gradients alone, its norm is not judged.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from backends.binding import Absent

if TYPE_CHECKING:
    from collections.abc import Callable


def adapted(function: Any) -> Any:
    """A binding of a plain function, or of one that speaks as a reference does.

    Raises:
        TypeError: it is no function of gradients: no argument can be given by position.
    """
    if isinstance(function, Absent):
        return function
    named = inspect.signature(function).parameters
    kinds = {p.kind for p in named.values()}
    if not kinds & {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}:
        message = (
            f"{_name(function)}{inspect.signature(function)} takes nothing by position; a gradient"
            " technique is a function of a list of gradients: def clip(grads, *, max_norm)"
        )
        raise TypeError(message)
    if inspect.Parameter.VAR_KEYWORD in kinds:
        return function
    return _of_what_it_takes(function, frozenset(named))


def _of_what_it_takes(function: Callable[..., Any], taken: frozenset[str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def binding(*inputs: Any, **parameters: Any) -> Any:
        return function(*inputs, **{k: v for k, v in parameters.items() if k in taken})

    binding.__dict__["takes"] = taken
    return binding


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", function))
