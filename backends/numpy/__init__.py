"""NumPy: the references themselves in the working precision, and any plain NumPy function.

A binding here speaks as a reference does: it returns a Jet (value, first and second derivative), a
Linearized (outputs and pullback), or plain arrays. Sixteen-bit formats are computed in float32 and
rounded once, as the libraries do.

From outside, a function may also be written in the plain form that its family's file here names (a
schedule as `step -> rate`, say): `adapted` makes a binding of it.
"""

from __future__ import annotations

import importlib
import importlib.util
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import Backend, Flushing, NotOfferedError, Outcome, kept_strides
from reference.distributions import Drawn
from reference.numerics import Jet, Linearized
from reference.starts import Start
from reference.structures import DRAWINGS
from reference.trees import mapped, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Technique

_SIXTEEN_BITS = 2
_MIXED = 2


class NumpyBackend(Backend):
    """The references in the working precision; or, from outside, anyone's NumPy functions."""

    package = "backends.numpy"

    def adapted(self, technique: Technique, offered: Any) -> Any:
        """Make a binding of a function in the plain form of its family."""
        path = f"backends.numpy.{technique.family}"
        if importlib.util.find_spec(path) is None:
            return offered
        return importlib.import_module(path).adapted(offered)

    def own_binding(self, technique: Technique) -> Any:
        """The reference itself."""
        return technique.reference

    def own_modules(self) -> tuple[str, ...]:
        """No files: the bindings are the references."""
        return ()

    def versions(self) -> dict[str, str]:
        """Version of NumPy."""
        return {name: version(name) for name in ("numpy", "scipy")}

    def devices(self) -> tuple[str, ...]:
        """The CPU."""
        return ("cpu",)

    def flushing(self, dtype: str, device: str) -> Flushing:
        """NumPy keeps subnormal numbers."""
        del dtype, device
        return Flushing()

    def call(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        device: str = "cpu",
        variant: str = "",
    ) -> Outcome:
        """Call the function; take a Jet's value, a Linearized's outputs, values that were drawn."""
        del device, variant
        given = mapped(_working, inputs)
        with np.errstate(all="ignore"):
            result = binding(*given, **parameters)
        result = result.value if isinstance(result, Jet) else result
        result = result.outputs if isinstance(result, Linearized) else result
        result = result.values if isinstance(result, (Drawn, Start, *DRAWINGS)) else result
        return Outcome(_like(result, inputs), _like(given, inputs))

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
        """Take the derivative that the function's Jet holds."""
        del device, variant
        with np.errstate(all="ignore"):
            result = binding(_working(x), **parameters)
        if not isinstance(result, Jet) or result[order] is None:
            message = "the NumPy function returns no Jet with this derivative"
            raise NotOfferedError(message)
        return _like(result[order], (x,))

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
        """Call the pullback that the function's Linearized holds."""
        del device, variant
        with np.errstate(all="ignore"):
            result = binding(*mapped(_working, inputs), **parameters)
            if not isinstance(result, Linearized):
                message = "the NumPy function returns no Linearized with a pullback"
                raise NotOfferedError(message)
            return tuple(_like(result.pullback(mapped(_working, cotangents)), inputs))

    def prepared(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        order: int = 0,
    ) -> Callable[[], Any]:
        """Bind the arguments; a reference computes value and derivatives in one go.

        A pullback is called with a cotangent of ones.
        """
        given = mapped(_working, inputs)

        def run() -> Any:
            with np.errstate(all="ignore"):
                result = binding(*given, **parameters)
                if order and isinstance(result, Linearized):
                    return result.pullback(mapped(np.ones_like, result.outputs))
                return result

        return run


def _working(x: Any) -> Any:
    """A copy in the precision to compute in; a strided input stays strided."""
    x = np.asarray(x)
    return x.astype(np.float32) if _sixteen(x) else kept_strides(x)


def _sixteen(x: Any) -> bool:
    """Whether x is a 16-bit floating point array (ml_dtypes' bfloat16 counts as a void kind)."""
    return x.dtype.itemsize == _SIXTEEN_BITS and x.dtype.kind in "fV"


def _like(result: Any, inputs: tuple[Any, ...]) -> Any:
    """The result, in the 16-bit dtype of the inputs where they have one."""
    each = _each_like(result, inputs)
    if each is not None:
        return each
    narrow = next((x.dtype for x in values(inputs) if _sixteen(np.asarray(x))), None)
    if narrow is None:
        return mapped(np.asarray, result)

    def leaf(y: Any) -> Any:
        y = np.asarray(y)
        return y.astype(narrow) if y.dtype == np.float32 else y

    with np.errstate(over="ignore"):
        return mapped(leaf, result)


def _each_like(result: Any, inputs: tuple[Any, ...]) -> Any:
    """A list of arrays that was made of a list of mixed dtypes, array by array in those dtypes.

    None where that is not what was made.
    """
    given = inputs[0] if inputs and isinstance(inputs[0], list) else []
    kinds = [np.asarray(x).dtype for x in given if not isinstance(x, list)]
    tensors = result[0] if isinstance(result, tuple) and result else result
    if len(set(kinds)) < _MIXED or not isinstance(tensors, list) or len(tensors) != len(kinds):
        return None
    with np.errstate(over="ignore"):
        cast = [np.asarray(y).astype(kind) for y, kind in zip(tensors, kinds, strict=True)]
    return (cast, *result[1:]) if isinstance(result, tuple) else cast
