"""States of optimizers: what is kept from step to step, what it starts at, and how it averages.

The type of an optimizer's `state` says what is kept: every entry is annotated with what it starts
at. A state is a dict: a list of arrays for each entry, one for every parameter tensor; or, of an
entry that all tensors share, one array.
"""

from __future__ import annotations

import functools
import typing
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from reference.numerics import Array

if typing.TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Technique

Tensors: TypeAlias = list[Array]


class Nothing(typing.TypedDict):
    """The state of an optimizer that keeps nothing."""


@dataclass(frozen=True)
class Starts:
    """What an entry of an optimizer's state is before the first step.

    `at` is a number, the name of a hyper-parameter, or "params". `per` says how many there are: one
    for each element, for each tensor, for each row or column of its last two axes (a tensor of
    fewer keeps one number), or for the whole optimizer: then a count, of int32, unless `real`. With
    `only_if` ("convention", "value") there is such an entry only under that convention. What is
    `given` at every step comes from outside the optimizer. `per` may be a function of a tensor's
    shape and the hyper-parameters, and gives the entry's shape.
    """

    at: float | str = 0.0
    per: (
        Literal["element", "tensor", "row", "column", "optimizer"]
        | Callable[[tuple[int, ...], dict[str, Any]], tuple[int, ...]]
    ) = "element"
    real: bool = False
    only_if: tuple[str, str] | None = None
    given: bool = False

    def tensor(self, params: Array, known: dict[str, Any]) -> Array:
        """The entry of one parameter tensor."""
        if self.at == "params":
            return params.copy()
        at = known[self.at] if isinstance(self.at, str) else self.at
        return np.full(self.shape(params.shape, known), at, params.dtype)

    def shape(self, shape: tuple[int, ...], known: dict[str, Any]) -> tuple[int, ...]:
        """Shape of the entry of a parameter tensor of this shape."""
        if callable(self.per):
            return self.per(shape, known)
        few = len(shape) < 2
        return {
            "element": shape,
            "tensor": (),
            "row": () if few else shape[:-1],
            "column": () if few else (*shape[:-2], shape[-1]),
        }[self.per]


@functools.cache
def entries(optimizer: Technique) -> dict[str, Starts]:
    """The entries of an optimizer's state, in order."""
    kept = typing.get_type_hints(optimizer.reference)["state"]
    found = {}
    for name, hint in typing.get_type_hints(kept, include_extras=True).items():
        (found[name],) = (note for note in hint.__metadata__ if isinstance(note, Starts))
    return found


def beginning(
    optimizer: Technique, params: Tensors, known: dict[str, Any] | None = None
) -> dict[str, Any]:
    """State before the first step, at these hyper-parameters (or the defaults)."""
    defaults = {name: p.default for name, p in optimizer.parameters.items()}
    known = defaults | (known or {})
    found: dict[str, Any] = {}
    for name, starts in entries(optimizer).items():
        if starts.only_if and known[starts.only_if[0]] != starts.only_if[1]:
            continue
        if starts.per == "optimizer":
            at = known[starts.at] if isinstance(starts.at, str) else starts.at
            kind = params[0].dtype if starts.real and params else np.float64
            found[name] = np.array(at, kind if starts.real else np.int32)
        else:
            found[name] = [starts.tensor(w, known) for w in params]
    return found


def longest(grads: Tensors) -> int:
    """How many terms the longest sum over a tensor has: the numbers of the largest one."""
    return max((g.size for g in grads), default=0)


def average(old: Array, new: Array, decay: float) -> Array:
    """Exponential moving average, decay * old + (1 - decay) * new, the weights rounded once."""
    weight = old.dtype.type(np.longdouble(1) - np.longdouble(decay))
    return old.dtype.type(decay) * old + weight * new


def bias_correction(decay: float, step: Array, dtype: np.dtype[Any]) -> Any:
    """1 - decay^step: what an average from zero lacks of its full weight after `step` steps.

    Evaluated as -expm1(step * log(decay)) in extended precision: the difference would cancel.
    """
    with np.errstate(divide="ignore"):
        return dtype.type(-np.expm1(step * np.log(np.longdouble(decay))))
