"""Ways to run a step of torch.optim's optimizers, on which its numbers should not depend."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import torch

from backends.backend import NotOfferedError

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPILERS = {"traced": "aot_eager", "compiled": "inductor"}


def executions(kind: Any, device: str) -> tuple[str, ...]:
    """How this optimizer may be run besides in a loop over its parameters.

    Graphs, which "capturable" is for, are CUDA's: on a CPU torch refuses it. What torch.compile
    makes of a step is looked at in `tests/test_compiled_optimizers.py`, as it takes seconds.
    """
    known = inspect.signature(kind.__init__).parameters
    graphs = ("capturable",) if device == "cuda" else ()
    named = ("foreach", "fused", *graphs, "differentiable", "maximize")
    own = ("complex",) if kind.__module__.startswith("torch.optim") else ()
    return (*(name for name in named if name in known), "groups", "mixed", *own)


def chosen_by(kind: Any, execution: str) -> dict[str, bool]:
    """The arguments of an optimizer that choose this execution, and else its loop."""
    known = inspect.signature(kind.__init__).parameters
    execution = "foreach" if execution == "mixed" else execution  # where dtypes are told apart
    chosen = {execution: True} if execution in known else {}
    return chosen if chosen or "foreach" not in known else {"foreach": False}


def owned(
    params: list[Any], grads: list[Any | None], execution: str
) -> tuple[list[Any], list[Any | None]]:
    """Copies of the parameters, since torch writes into them, and the gradients they are given.

    A mixed execution has a parameter more, of another dtype.
    """
    copies = [w.clone().requires_grad_() for w in params]
    if execution == "differentiable":  # torch writes into parameters, which leaves do not allow
        copies = [w.clone() for w in copies]
        for w in copies:
            w.retain_grad()
    if execution == "maximize":
        grads = [None if g is None else -g for g in grads]
    if execution == "mixed":
        other = torch.float32 if params[0].dtype == torch.float64 else torch.float64
        copies.append(torch.ones_like(params[0], dtype=other).requires_grad_())
        grads = [*grads, torch.ones_like(copies[-1])]
    return copies, grads


def grouped(params: list[Any], execution: str) -> list[Any]:
    """The parameters as an optimizer takes them: each in a group of its own, or all in one."""
    return [{"params": [w]} for w in params] if execution == "groups" else params


def compiled(step: Callable[[], Any], execution: str) -> Callable[[], Any]:
    """A step as torch.compile makes it, where that is the execution."""
    compiler = _COMPILERS.get(execution)
    return torch.compile(step, backend=compiler) if compiler else step


def paired(binding: Any, grads: Any, state: Any, params: Any, chosen: dict[str, Any]) -> Any:
    """One step of complex numbers: of each tensor with its own reverse for an imaginary part.

    Of the result, every second number is taken from the one part, the others from the other.
    """
    if params[0].dtype.itemsize == 2:
        message = "torch has no optimizers of complex numbers of 16 bits each"
        raise NotOfferedError(message)
    kind, names, options = binding.built
    entries = _complex_entries(kind, options)
    both = {k for k, theirs in names.items() if theirs in entries}
    given = {k: _each(_pair, v) if k in both else v for k, v in state.items()}
    moved, new = binding(_each(_pair, grads), given, _each(_pair, params), **chosen)
    return _each(_apart, moved), {k: _each(_apart, v) if k in both else v for k, v in new.items()}


def _each(change: Callable[[Any], Any], tensors: list[Any]) -> list[Any]:
    return [change(x) for x in tensors]


def _reverse(x: Any) -> Any:
    return x.reshape(-1).flip(0).reshape(x.shape)


def _pair(x: Any) -> Any:
    return torch.complex(x, _reverse(x))


def _apart(z: Any) -> Any:
    second = torch.arange(z.numel(), device=z.device).reshape(z.shape) % 2 == 1
    return torch.where(second, _reverse(z.imag), z.real)


@functools.lru_cache(maxsize=64)
def _complex_entries(kind: Any, options: Callable[..., Any]) -> frozenset[str]:
    """Which entries of its state such an optimizer keeps as complex numbers."""
    w = torch.ones(3, dtype=torch.complex64, requires_grad=True)
    w.grad = torch.ones_like(w)
    try:
        optimizer = kind([w], **options())
        optimizer.step()
    except (RuntimeError, ValueError) as error:
        raise NotOfferedError(str(error)) from None
    return frozenset(k for k, v in optimizer.state[w].items() if getattr(v, "is_complex", bool)())
