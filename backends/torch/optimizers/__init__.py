"""Optimizers of torch.optim, and how a class of optimizers from outside becomes one of them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from backends.backend import NotOfferedError
from backends.torch.optimizers.bindings import steps

if TYPE_CHECKING:
    from collections.abc import Callable


def adapted(offered: Any, own: Any) -> Any:
    """A binding of a class of optimizers from outside; a function is one already.

    It is given the arguments that torch's own optimizer of this technique is given, or, where there
    is none, the hyper-parameters by torch's usual names. Where it keeps the entries of its state
    under torch's names, they are set and read; else whole runs are compared.
    """
    if not (isinstance(offered, type) and issubclass(offered, torch.optim.Optimizer)):
        return offered
    _, names, options = getattr(own, "built", (None, {}, _usual))
    kind: Any = offered
    return _bound(kind, options, tuple(names.items()))


@functools.lru_cache(maxsize=64)
def _bound(kind: Any, options: Callable[..., Any], names: tuple[tuple[str, str], ...]) -> Any:
    known: dict[str, Any] = dict(names)
    kept = _kept(kind, options) if known else {}
    if known and set(known.values()) <= set(kept):
        integers = any(isinstance(entry, int) for entry in kept.values())
        return steps(kind, counts_in_integers=integers, **known)(options)

    @functools.wraps(options)
    def binding(grads: Any, state: Any, params: Any, **chosen: Any) -> Any:
        del grads, state, params, chosen
        message = (
            f"{kind.__name__} keeps its state under names of its own, not"
            f" {', '.join(known.values())}: whole runs are compared"
        )
        raise NotOfferedError(message)

    binding.__dict__["built"] = (kind, None, options)
    return binding


def _kept(kind: Any, options: Callable[..., Any]) -> dict[str, Any]:
    """What such an optimizer keeps of a parameter after a step, under its own names."""
    w = torch.ones(3, requires_grad=True)
    optimizer = kind([w], **options())
    w.grad = torch.ones(3)
    optimizer.step()
    return dict(optimizer.state.get(w, {}))


def _usual(**chosen: Any) -> dict[str, Any]:
    """Hyper-parameters by the names that torch's optimizers have for them."""
    renamed = {"learning_rate": "lr"}
    found = {renamed.get(k, k): v for k, v in chosen.items() if k not in ("beta1", "beta2")}
    if "beta1" in chosen and "beta2" in chosen:
        found["betas"] = (chosen["beta1"], chosen["beta2"])
    return found
