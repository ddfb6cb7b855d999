"""`assert_conforms`: someone's own function, held to a technique's laws in their own test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.backend import Backend
from backends.catalogue import backend as find_backend
from properties.grid import selected
from properties.judge import judge
from properties.strategies import PROFILES
from reference.catalogue import techniques

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def assert_conforms(
    function: Callable[..., Any],
    *,
    to: str,
    backend: str = "torch",
    dtypes: Sequence[str] = ("float32",),
    device: str = "cpu",
    profile: str = "default",
    seed: int = 0,
    except_laws: Sequence[str] = (),
) -> None:
    """Hold a function to every law of a technique; raise AssertionError that tells each failure.

    Args:
        function: called as the technique's binding is: arrays first, hyper-parameters by keyword.
            Torch tensors for backend "torch", JAX arrays for "jax"; for "numpy" it returns what a
            reference returns (`Jet`, `Linearized` or arrays).
        to: the technique, such as "activations.gelu" or, where it is unambiguous, "gelu".
        backend: whose arrays it takes and who differentiates it.
        dtypes: formats to judge it in.
        device: where to run it.
        profile: quick, default or thorough.
        seed: another seed draws other inputs.
        except_laws: laws that it is not held to.

    Raises:
        AssertionError: a law fails, or the function raises; the message has every witness.
        ValueError: there is no such technique or backend.
    """
    host = find_backend(backend)
    if not isinstance(host, Backend):
        message = f"backend {backend!r} is {host.reason}"
        raise ValueError(message)  # noqa: TRY004 - a wrong name, not a wrong type
    (name,) = _one(to)
    mine = type(host).offering("yours", {name: function})
    problems = []
    for dtype in dtypes:
        rows = judge(techniques()[name], mine, dtype, PROFILES[profile], device=device, seed=seed)
        problems += [
            f"{row.law} ({dtype}) {row.verdict}: {row.reason}\n  {row.witness}"
            for row in rows
            if not row.explained and row.law not in except_laws
        ]
    if problems:
        message = f"{getattr(function, '__name__', function)} is not {name}:\n" + "\n".join(
            problems
        )
        raise AssertionError(message)


def _one(to: str) -> list[str]:
    found = selected([to])
    if len(found) != 1:
        message = f"{to!r} names {len(found)} techniques: {', '.join(found)}; name one"
        raise ValueError(message)
    return found
