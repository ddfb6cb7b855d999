"""The second noun: a binding is what a backend offers under a name, and what it states of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Absent:
    """A technique that a backend does not offer, and why."""

    reason: str


def absent(reason: str) -> Any:
    """State in a sentence why a library offers no such technique, and how its users compose it."""
    return Absent(reason)


@dataclass(frozen=True)
class Bound:
    """An equation for the size of a deviation: as text, and as a function of what it names.

    The function's arguments are chosen by name from the case: its inputs and hyper-parameters, `u`
    (unit roundoff), `tiny` (smallest normal number), `largest`, `y` (the true result), `allowed`
    (what the law allows without the deviation).
    """

    equation: str
    size: Callable[..., Any]


@dataclass(frozen=True)
class Deviation:
    """A known disagreement: which law, where (a predicate), how much at most (an equation), why.

    `witness` is an input at which it shows. It is re-run first, every time: when it no longer
    disagrees, the deviation is stale and the cell fails.
    """

    law: str
    where: Callable[..., Any]
    at_most: Bound
    because: str
    witness: Mapping[str, Any]
    dtypes: tuple[str, ...]
    link: str = ""
    devices: tuple[str, ...] = ("cpu", "cuda", "gpu")
    kernels: tuple[str, ...] = ()


def deviates(
    *laws: str,
    where: Callable[..., Any],
    at_most: Bound,
    because: str,
    witness: Mapping[str, Any],
    dtypes: tuple[str, ...] = ("float64", "float32", "bfloat16", "float16"),
    link: str = "",
    devices: tuple[str, ...] = ("cpu", "cuda", "gpu"),
    kernels: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a known disagreement beside the binding that has it, under each law it breaks.

    Where no one input shows it in all formats, `witness` has one for each: {"float32": {"x": 9.0},
    "float16": {"x": 4.0}}; the formats are then those named. Where a library has several kernels
    for one device and chooses by the processor, `kernels` names those that disagree
    (`Backend.kernels` tells which are at work).
    """
    by_format = bool(witness) and set(witness) <= set(FORMATS)
    inputs = witness.items() if by_format else ((None, witness),)

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        known = tuple(
            Deviation(
                law, where, at_most, because, x, (name,) if name else dtypes, link, devices, kernels
            )
            for law in laws
            for name, x in inputs
        )
        binding.__dict__["deviations"] = known + deviations(binding)
        return binding

    return noted


def each(**x: float) -> dict[str, dict[str, float]]:
    """One witness for every format named: `float32=9.0` makes {"float32": {"x": 9.0}}."""
    return {name: {"x": value} for name, value in x.items()}


def deviations(binding: Callable[..., Any]) -> tuple[Deviation, ...]:
    """All disagreements registered for a binding."""
    return getattr(binding, "deviations", ())


def offers(*dtypes: str, because: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """State which formats a binding offers, and in a sentence why no others."""

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        binding.__dict__["offered"] = (dtypes, because)
        return binding

    return noted


def withheld(binding: Callable[..., Any], dtype: str) -> str:
    """Why a binding does not offer a format; nothing where it does."""
    dtypes, because = getattr(binding, "offered", ((dtype,), ""))
    return "" if dtype in dtypes else because


@dataclass(frozen=True)
class Entry:
    """Another way into the technique that a library has: a layer beside a function, say.

    `call` takes the hyper-parameters that its signature names; of the others the library's own
    defaults are at work, which `unsaid` tells (a function of `u`, the unit roundoff, where they
    depend on the format), or the binding's signature.
    """

    call: Callable[..., Any]
    unsaid: Mapping[str, Any] = field(default_factory=dict)


def entered_by(**entries: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Name a library's other ways into a technique: `layer=...`, `nnx=...`, `defaults=...`."""

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        made = {k: e if isinstance(e, Entry) else Entry(e) for k, e in entries.items()}
        binding.__dict__["entries"] = made
        return binding

    return noted


def entries(binding: Callable[..., Any]) -> Mapping[str, Entry]:
    """A library's other ways into a technique, by name."""
    return getattr(binding, "entries", {})


def subgradient(convention: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """State which subgradient a binding takes at kinks: left, right, lower, upper, middle or outer.

    Left and right are the one-sided derivatives, lower and upper the smaller and the larger of
    them, middle their mean, outer the one on the side away from 0. A binding that states none may
    take any value between the two.
    """

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        binding.__dict__["subgradient"] = convention
        return binding

    return noted
