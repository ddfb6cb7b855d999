"""Schedules from outside, in plain forms that `adapted` makes bindings of.

- `(steps, base_rate, *, ...)`: the form of the references: an array of steps (or of metrics), the
  base rate as an array of no dimensions, and every hyper-parameter by keyword.
- `step -> rate`: one step, a Python int, at a time. `base_rate` (a Python float) and
  hyper-parameters come by keyword, those that the signature names. A function that does not name
  `base_rate` returns shares of it: its results are multiplied by the base rate.
- `metrics -> rates`: the first argument is called `metrics`: all metrics of a run in order, as an
  array of one dimension; one rate is due for each. The rest is as for steps.

Which form it is, is read off the signature: two arguments without a default are the first form,
one is another. A hyper-parameter of the technique that a plain function does not name is drawn all
the same: annotate it (`decay_rate: Annotated[float, OneOf((0.5,))]`) to be held to one value.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_NATIVE, _PLAIN = 2, 1


def adapted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a binding of a schedule in any of the three forms.

    Raises:
        TypeError: the signature is of none of them.
    """
    given = inspect.signature(function).parameters.values()
    needed = [p for p in given if _positional(p) and p.default is p.empty]
    plain = [p for p in needed if p.name != "base_rate"]
    first = next(iter(given), None)
    native = len(needed) == _NATIVE and needed[1].name == "base_rate" and needed[0].name != "step"
    if native:
        return function
    if first is None or not _positional(first) or len(plain) != _PLAIN:
        name = getattr(function, "__name__", function)
        message = (
            f"{name}{inspect.signature(function)} is no schedule: write step -> rate,"
            " metrics -> rates, or (steps, base_rate, *, hyper-parameters)"
        )
        raise TypeError(message)
    return _stepwise(function, first.name == "metrics")


def _positional(p: inspect.Parameter) -> bool:
    return p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)


def _stepwise(function: Callable[..., Any], whole: bool) -> Callable[..., Any]:  # noqa: FBT001 - which of two forms
    """A binding that calls a plain function for every step, or once for all metrics."""
    first, *rest = inspect.signature(function).parameters.values()
    takes_all = any(p.kind is p.VAR_KEYWORD for p in rest)
    named = {p.name for p in rest}

    @functools.wraps(function)
    def binding(steps: Any, base_rate: Any, **parameters: Any) -> Any:
        known = {k: v for k, v in parameters.items() if takes_all or k in named}
        scale = base_rate
        if "base_rate" in named:
            known["base_rate"], scale = float(base_rate), base_rate.dtype.type(1)
        flat = steps.reshape(-1)
        found = function(flat, **known) if whole else [function(int(t), **known) for t in flat]
        return (np.asarray(found) * scale).astype(base_rate.dtype).reshape(steps.shape)

    hyper = {p.name for p in rest} - {"base_rate"}
    hints = {k: v for k, v in function.__annotations__.items() if k in hyper}
    binding.__annotations__ = hints
    binding.__dict__["__signature__"] = inspect.Signature([
        first.replace(kind=first.POSITIONAL_ONLY),
        inspect.Parameter("base_rate", first.POSITIONAL_ONLY),
        *(p.replace(kind=p.KEYWORD_ONLY) for p in rest
          if p.name != "base_rate" and p.kind is not p.VAR_KEYWORD),
    ])  # fmt: skip
    return binding
