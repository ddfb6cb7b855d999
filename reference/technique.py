"""The first noun: a technique is a NumPy function that knows its source, accuracy and facts."""

from __future__ import annotations

import functools
import inspect
import typing
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Between:
    """Domain of a real hyper-parameter: low <= value <= high, drawn log-uniformly if `log`."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class OneOf:
    """Domain of a convention: one of several legitimate values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Parameter:
    """A hyper-parameter or convention of a technique, read off its signature."""

    name: str
    default: Any
    domain: Between | OneOf | None

    @property
    def traced(self) -> bool:
        """Whether it is a real number (passed as data) rather than a choice (compiled in)."""
        return isinstance(self.domain, Between)


@dataclass(frozen=True, eq=False)
class Fact:
    """A piece of mathematics that holds for a technique, and the name of the law it entails."""

    law: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))


@dataclass(frozen=True)
class Accuracy:
    """How far an implementation may be off: ulps * ulp(y) + inputs * u * sum_i |x_i dy/dx_i|.

    `ulps` counts the roundings on the way to the output, `inputs` the roundings on the way in
    (of arguments, constants and intermediate arguments); both stand in the docstring's Numerics.
    `terms` counts, from the inputs of a function of arrays, the terms of its longest sums: each may
    round once more on the way in.
    """

    ulps: float
    inputs: float = 1.0
    terms: Callable[..., int] | None = None

    def roundings(self, inputs: tuple[Any, ...]) -> float:
        """Roundings on the way in, at these inputs: `terms` takes as many of them as it names."""
        if self.terms is None:
            return self.inputs
        named = len(inspect.signature(self.terms).parameters)
        return self.inputs + self.terms(*inputs[:named])


@dataclass(frozen=True, eq=False)
class Technique:
    """A technique of the catalogue. Its name and family are read off its function and module."""

    reference: Callable[..., Any]
    source: str
    accuracy: Accuracy
    facts: tuple[Fact, ...] = ()
    definition: Callable[..., Any] | None = None

    @property
    def name(self) -> str:
        """The literature's name, in snake_case."""
        return self.reference.__name__

    @property
    def module(self) -> str:
        """Path below a layer's folder, such as `activations.gates`: the same in every layer."""
        return self.reference.__module__.partition(".")[2]

    @property
    def family(self) -> str:
        """First part of the module's path."""
        return self.module.partition(".")[0]

    @property
    def id(self) -> str:
        """Family and name, such as `activations.gelu`."""
        return f"{self.family}.{self.name}"

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Hyper-parameters and conventions: the keyword-only part of the signature."""
        return parameters(self.reference)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the positional arguments: what data goes in."""
        signature = inspect.signature(self.reference)
        return tuple(p.name for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY)

    @property
    def kind(self) -> str:
        """What the reference returns, read off its annotation: Jet, Linearized or plain arrays."""
        annotation = inspect.signature(self.reference).return_annotation
        return annotation if isinstance(annotation, str) else annotation.__name__

    @property
    def formula(self) -> str:
        """Second paragraph of the docstring."""
        return (inspect.getdoc(self.reference) or "").split("\n\n")[1]

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        """Evaluate the reference; overflow and NaN are among its inputs by design."""
        with np.errstate(all="ignore"):
            return self.reference(*inputs, **parameters)


def parameters(function: Callable[..., Any]) -> dict[str, Parameter]:
    """Read the keyword-only parameters of a reference or binding, with their domains."""
    return dict(_parameters(function))


@functools.cache
def _parameters(function: Callable[..., Any]) -> dict[str, Parameter]:
    hints = typing.get_type_hints(function, include_extras=True)
    found = {}
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.KEYWORD_ONLY:
            default = None if p.default is p.empty else p.default
            found[p.name] = Parameter(p.name, default, _domain(hints.get(p.name)))
    return found


def _domain(hint: Any) -> Between | OneOf | None:
    if typing.get_origin(hint) is Literal:
        return OneOf(typing.get_args(hint))
    for note in getattr(hint, "__metadata__", ()):
        if isinstance(note, Between | OneOf):
            return note
    return None


def technique(
    *,
    source: str,
    accuracy: Accuracy,
    facts: tuple[Fact, ...] = (),
    definition: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Technique]:
    """Make a reference function a technique. The fields stand beside the function they describe."""

    def made(reference: Callable[..., Any]) -> Technique:
        return Technique(reference, source, accuracy, facts, definition)

    return made
