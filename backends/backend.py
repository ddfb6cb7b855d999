"""A backend: it converts arrays, calls a library's bindings, differentiates, and knows its own."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from backends.binding import Absent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from backends.live import Live
    from reference.technique import Technique

_REFERENCE = Path(__file__).resolve().parent.parent / "reference"


@dataclass(frozen=True)
class Flushing:
    """What a device does with subnormal numbers: reads them as zero, returns zero for them."""

    inputs: bool = False
    outputs: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a call gave: outputs as a tree of NumPy arrays, and the inputs as they are after it."""

    outputs: Any
    inputs_after: tuple[Any, ...]


def kept_strides(x: Any) -> Any:
    """A copy of an array; of a strided one, a strided view of a copy with gaps of zeros."""
    if x.ndim != 1 or x.strides[0] == x.itemsize or not x.size:
        return np.array(x, order="K", copy=True)
    step = max(2, abs(x.strides[0]) // x.itemsize)
    wide = np.zeros(step * x.size, x.dtype)
    wide[::step] = x
    return wide[::step]


class NotOfferedError(Exception):
    """The backend cannot do this with this binding (no second derivative, say): an absence."""


@dataclass
class Backend(ABC):
    """A library on a device: it converts arrays, calls bindings and differentiates them.

    `replaced` maps technique ids to bindings that stand in for the library's own; `only` says
    whether the rest is still offered. An outside backend is an instance or a subclass.
    """

    name: str = ""
    replaced: Mapping[str, Any] = field(default_factory=dict)
    only: bool = False

    package: ClassVar[str] = ""
    dtypes: ClassVar[tuple[str, ...]] = ("float64", "float32", "bfloat16", "float16")
    variants: ClassVar[tuple[str, ...]] = ()
    thorough_variants: ClassVar[tuple[str, ...]] = ()
    walks: ClassVar[bool] = True
    """Whether a schedule may be an object that is stepped: rows of steps are then legs of a run."""

    checkpoints: ClassVar[Mapping[str, bool]] = {}
    """Ways to recompute a function on its way back, and whether they repeat it to the last bit."""

    def __post_init__(self) -> None:
        """Take the class's own name where none is given."""
        self.name = self.name or type(self).package.rpartition(".")[2] or type(self).__name__

    @classmethod
    def replacing(cls, name: str, bindings: Mapping[str, Any]) -> Backend:
        """Make this library with some bindings replaced by others."""
        return cls(name, dict(bindings), only=False)

    @classmethod
    def offering(cls, name: str, bindings: Mapping[str, Any]) -> Backend:
        """Make a backend that offers these bindings and nothing else, run by this library."""
        return cls(name, dict(bindings), only=True)

    def binding(self, technique: Technique) -> Any:
        """Look up what is offered under a technique's name: a callable, or an `Absent`."""
        if technique.id in self.replaced:
            return self.adapted(technique, self.replaced[technique.id])
        if self.only:
            return Absent(f"{self.name} does not provide {technique.id}")
        return self.own_binding(technique)

    def adapted(self, technique: Technique, offered: Any) -> Any:
        """Make a binding of what was offered from outside in the plain form of its family.

        The family's package says how, with a function `adapted(offered, own)`; `own` is the
        library's own binding.
        """
        path = f"{self.package}.{technique.family}"
        if isinstance(offered, Absent) or importlib.util.find_spec(path) is None:
            return offered
        door = getattr(importlib.import_module(path), "adapted", None)
        return offered if door is None else door(offered, self.own_binding(technique))

    def own_binding(self, technique: Technique) -> Any:
        """Look up the library's own binding, in the file of the same name as the technique's."""
        path = f"{self.package}.{technique.module}"
        if importlib.util.find_spec(path) is None:
            return Absent(f"backends has no file {path.replace('.', '/')}.py")
        try:
            module = importlib.import_module(path)
        except ImportError as error:  # optax or flax, say
            return Absent(f"not installed: {error}")
        return getattr(module, technique.name, Absent(f"{path} says nothing of {technique.name}"))

    def own_modules(self) -> Iterable[str]:
        """Paths below the backend's folder of every file that holds bindings: of `reference`'s."""
        package = importlib.import_module(self.package)
        for info in pkgutil.walk_packages(package.__path__, f"{self.package}."):
            path = info.name.removeprefix(f"{self.package}.")
            if not info.ispkg and (_REFERENCE / f"{path.replace('.', '/')}.py").exists():
                yield path

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """Versions of the libraries that compute."""

    @abstractmethod
    def devices(self) -> tuple[str, ...]:
        """Devices of this machine that the library can use: `cpu` first."""

    def kernels(self, device: str) -> tuple[str, ...]:
        """Names of the kernels at work, where a library chooses among several for a device."""
        del device
        return ()

    @abstractmethod
    def flushing(self, dtype: str, device: str) -> Flushing:
        """Probe what the device does with subnormal numbers."""

    @abstractmethod
    def call(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        device: str = "cpu",
        variant: str = "",
    ) -> Outcome:
        """Call a binding on trees of NumPy arrays; give its outputs back as NumPy."""

    @abstractmethod
    def derivative(
        self,
        binding: Callable[..., Any],
        x: Any,
        parameters: dict[str, Any],
        *,
        order: int,
        device: str = "cpu",
        variant: str = "",
    ) -> Any:
        """Differentiate an elementwise binding `order` times, at every element of x."""

    @abstractmethod
    def pullback(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        cotangents: Any,
        *,
        device: str = "cpu",
        variant: str = "",
    ) -> tuple[Any, ...]:
        """Vector-Jacobian product of a binding: one gradient for each floating point input.

        A variant is one of `checkpoints`.
        """

    def executions(self, binding: Callable[..., Any], device: str) -> tuple[str, ...]:
        """Other ways to run an optimizer's step, on which its numbers should not depend."""
        del device
        return getattr(binding, "executions", ())

    def call_in_ways(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        ways: tuple[str, ...],
        *,
        device: str = "cpu",
    ) -> dict[str, Outcome]:
        """Call in each of these executions; one that the device does not offer is left out."""
        found = {}
        for way in ways:
            known = parameters | {"execution": way}
            with suppress(NotOfferedError):
                found[way] = self.call(binding, inputs, known, device=device)
        return found

    def live(
        self,
        binding: Callable[..., Any],
        start: tuple[list[Any], dict[str, Any]],
        parameters: dict[str, Any],
        *,
        device: str = "cpu",
    ) -> Live:
        """An optimizer that runs, from (params, state) before its first step."""
        from backends.live import FunctionalLive

        made = getattr(binding, "live", None)
        if made is not None:
            running: Live = made(start[0], parameters)
            return running
        return FunctionalLive(self, binding, start, parameters, device)

    def stepped(
        self, binding: Callable[..., Any], params: list[Any], grads: list[Any], way: str
    ) -> Callable[[], Any]:
        """Make an optimizer's step ready to be timed: the library's own loop, at its defaults."""
        raise NotImplementedError(binding, params, grads, way)

    @abstractmethod
    def prepared(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        order: int = 0,
    ) -> Callable[[], Any]:
        """Make a call (or, with order 1, value and gradient) ready to be timed.

        Arrays are converted and programs compiled; it returns when the result is there.
        """

    def compiled_afresh(self, binding: Callable[..., Any]) -> None:
        """Compile value and gradient of an elementwise binding with no cache to help."""
        raise NotImplementedError(binding)

    def compilations(self) -> int:
        """How often the library has compiled in this process so far."""
        return 0

    def unburden(self) -> bool:
        """Let go of compiled programs where this process keeps too many; whether it did."""
        return False
