"""Truths of functions of several arrays, and how far off from them an implementation may be."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from backends.backend import NotOfferedError
from properties.trial import KERNELS
from reference import exact
from reference.conditioning import conditioning
from reference.numerics import (
    FORMATS,
    Array,
    Format,
    Linearized,
    rounded,
    ulp,
    widened,
)
from reference.stored import stored_conditioning
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Technique


class ArraysPlan(Protocol):
    """What a family draws: hyper-parameters, and the inputs that the plan expands to."""

    @property
    def parameters(self) -> tuple[tuple[str, Any], ...]:
        """Hyper-parameters and conventions."""

    def __hash__(self) -> int:
        """Plans are keys: references are computed once for each."""

    def inputs(self, form: Format) -> tuple[Any, ...]:
        """Trees of NumPy arrays in the format, one for each positional argument."""


@dataclass(frozen=True)
class Truth:
    """One leaf of the true result: float64 plus what that left out, and the accepted error."""

    path: str
    high: Array
    low: Array | float
    allowed: Array


def _outputs(result: Any) -> Any:
    return result.outputs if isinstance(result, Linearized) else result


@functools.lru_cache(maxsize=64)
def given_of(plan: ArraysPlan, dtype: str) -> tuple[Any, ...]:
    """The inputs of a plan, in a format."""
    return plan.inputs(FORMATS[dtype])


@functools.lru_cache(maxsize=64)
def truth_of(technique: Technique, plan: ArraysPlan, dtype: str) -> tuple[list[Truth], Any]:
    """The true outputs and the cotangents that are pulled back: shared by backends and laws."""
    form = FORMATS[dtype]
    given, parameters = given_of(plan, dtype), dict(plan.parameters)

    def forward(inputs: tuple[Any, ...]) -> Any:
        return _outputs(technique(*inputs, **parameters))

    with KERNELS.running(), np.errstate(all="ignore"):
        exactly = None
        if form.bits == 64 and technique.definition is not None:
            exactly = exact.rows(functools.partial(technique.definition, **parameters), given, None)
        truths = accepted(technique, forward, given, form, exactly)
        source = np.random.default_rng(len(truths))
        plain = forward(widened(given))
        cotangents = rounded(mapped(lambda y: source.standard_normal(np.shape(y)), plain), form)
    return truths, cotangents


@functools.lru_cache(maxsize=64)
def true_gradients_of(technique: Technique, plan: ArraysPlan, dtype: str) -> list[Truth]:
    """The true gradients of the inputs, for these cotangents."""
    form = FORMATS[dtype]
    given, parameters = given_of(plan, dtype), dict(plan.parameters)
    _, cotangents = truth_of(technique, plan, dtype)

    def backward(everything: tuple[Any, ...]) -> Any:
        *inputs, c = everything
        return technique(*inputs, **parameters).pullback(c)

    with KERNELS.running(), np.errstate(all="ignore"):
        exactly = None
        if form.bits == 64 and technique.definition is not None:
            definition = functools.partial(technique.definition, **parameters)
            exactly = exact.rows(definition, given, np.asarray(cotangents))
        return accepted(technique, backward, (*given, cotangents), form, exactly)


def accepted(
    technique: Technique,
    function: Callable[[tuple[Any, ...]], Any],
    given: tuple[Any, ...],
    form: Format,
    exactly: list[tuple[Array, Array]] | None = None,
    *,
    elementwise: bool = False,
) -> list[Truth]:
    """Truth in higher precision with a * ulp(y) + b * u * sum_i |x_i dy/dx_i| around it.

    For every intermediate result z that the reference marks as stored, of n roundings, n u
    |z dy/dz| is added. Integers are right or wrong: nothing is allowed around them.
    """
    oracle = np.longdouble if form.bits == 64 and exactly is None else np.float64
    if oracle is np.longdouble and np.finfo(np.longdouble).nmant <= 52:
        message = "this platform has no extended precision to judge float64 with"
        raise NotOfferedError(message)
    result = list(leaves(function(widened(given, oracle))))
    sensitive = conditioning(function, widened(given), elementwise=elementwise)
    through = stored_conditioning(function, widened(given), form.tiny, form.unit_roundoff)
    found = []
    claim = technique.accuracy
    for index, ((path, y), moved, kept) in enumerate(zip(result, sensitive, through, strict=True)):
        high = np.asarray(y, np.float64)
        low = np.asarray(y - high, np.float64)
        if exactly is not None:
            high, low = (part.reshape(np.shape(y)) for part in exactly[index])
        u = form.unit_roundoff  # goes first: next to overflow, many roundings of y are infinite
        slack = claim.ulps * ulp(high, form) + (u * claim.roundings(given)) * moved + kept
        slack = slack if np.issubdtype(np.asarray(y).dtype, np.floating) else np.zeros_like(slack)
        found.append(Truth(path, high, np.nan_to_num(low), np.nan_to_num(slack, posinf=0.0)))
    return found
