"""What wrong initializers share: right parts, to be put together wrongly, and their decorators."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias

import numpy as np

from properties.mutants.mutant import Mutant, mutant
from reference.fans import fans
from reference.initializers.variance_scaling import Gain
from reference.numerics import Array

Draw: TypeAlias = Callable[[Array, Array, float], Array]
"""A wrong initializer: seed, weight, gain -> values."""

Fill: TypeAlias = Callable[[Any, Any, Any], Any]
"""A wrong initializer: seed, weight, hyper-parameters as attributes -> values."""


def misdrawn(
    technique: str,
    because: str,
    *,
    layout: Any = Literal["out_in"],
    distribution: Any = Literal["normal"],
    **about: Any,
) -> Callable[[Draw], Mutant]:
    """Declare a mutant that knows one layout and one distribution, as most libraries do."""

    def made(draw: Draw) -> Mutant:
        def binding(
            seed: Array, weight: Array, *, gain: float, layout: str, distribution: str
        ) -> Array:
            del layout, distribution
            return draw(seed, weight, gain)

        binding.__annotations__ |= {"gain": Gain, "layout": layout, "distribution": distribution}
        binding.__name__, binding.__module__ = draw.__name__, draw.__module__
        return mutant(technique, because, **about)(binding)

    return made


def misfilled(
    technique: str,
    because: str,
    *,
    offers: dict[str, Any] | None = None,
    **about: Any,
) -> Callable[[Fill], Mutant]:
    """Declare a mutant that takes every hyper-parameter, or of some what it `offers`: a Literal."""

    def made(fill: Fill) -> Mutant:
        def binding(seed: Any, weight: Any, **chosen: Any) -> Any:
            return fill(seed, weight, SimpleNamespace(**chosen))

        named = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in offers or {}]
        rest = inspect.Parameter("chosen", inspect.Parameter.VAR_KEYWORD)
        binding.__dict__["__signature__"] = inspect.Signature([*named, rest])
        binding.__annotations__ = dict(offers or {})
        binding.__name__, binding.__module__ = fill.__name__, fill.__module__
        return mutant(technique, because, **about)(binding)

    return made


def source(seed: Array | int) -> np.random.Generator:
    """A generator of one's own."""
    return np.random.default_rng(int(seed))


def standard(numbers: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Standard normal numbers."""
    return np.asarray(numbers.standard_normal(shape))


def normal(seed: Array, weight: Array, deviation: float) -> Array:
    """Normal numbers of a standard deviation."""
    return (deviation * standard(source(seed), weight.shape)).astype(weight.dtype)


def uniform(seed: Array, weight: Array, low: float, high: float) -> Array:
    """Uniform numbers between two ends."""
    return np.asarray(source(seed).uniform(low, high, weight.shape)).astype(weight.dtype)


def deviation(weight: Array, gain: float) -> float:
    """Glorot and Bengio's standard deviation."""
    return gain * math.sqrt(2 / sum(fans(weight.shape, "out_in")))


def scaled(numbers: Array, weight: Array, gain: float) -> Array:
    """Numbers of variance 1, brought to Glorot and Bengio's."""
    return (deviation(weight, gain) * numbers).astype(weight.dtype)
