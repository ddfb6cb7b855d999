"""Initializers from outside, in NumPy: the native form and the plain one.

Native, as a reference is written: `f(seed, weight, *, gain, ...)`, where the shape and dtype of
`weight` count. Plain: `f(seed, shape, dtype, ...)`, with three arguments before the
hyper-parameters. Both return an array (16-bit formats are asked for in float32, and rounded once).

Hyper-parameters and conventions are passed by name. A function is given those that it names; where
it does not name one, it is judged at the technique's default only. An annotation such as
`layout: Literal["in_out"]` on a keyword-only argument narrows what it is asked for.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_FORMS = "(seed, weight, *, hyper-parameters) or (seed, shape, dtype, hyper-parameters)"
_NATIVE, _PLAIN = 2, 3


def adapted(offered: Any) -> Any:
    """A binding that calls an initializer of either form, with the hyper-parameters it names.

    Raises a TypeError that shows both forms for a function of neither. What takes any
    hyper-parameter (`**parameters`), or is no function, is a binding as it stands.
    """
    if not callable(offered):
        return offered
    given = list(inspect.signature(offered).parameters.values())
    if any(p.kind is p.VAR_KEYWORD for p in given):
        return offered
    arrays = [p.name for p in given if p.kind in _POSITIONAL and p.default is p.empty]
    if len(arrays) not in (_NATIVE, _PLAIN) or (len(arrays) == _NATIVE and "shape" in arrays):
        name = getattr(offered, "__name__", repr(offered))
        message = f"{name}({', '.join(arrays)}) is no initializer: it takes {_FORMS}"
        raise TypeError(message)
    takes = frozenset(p.name for p in given) - set(arrays)

    @functools.wraps(offered)
    def binding(seed: Any, weight: Any, **parameters: Any) -> Any:
        known = {name: value for name, value in parameters.items() if name in takes}
        if len(arrays) == _PLAIN:
            return offered(int(seed), weight.shape, weight.dtype, **known)
        return offered(int(seed), weight, **known)

    binding.__dict__["takes"] = takes
    return binding
