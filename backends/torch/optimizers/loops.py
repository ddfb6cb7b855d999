"""Steps of torch.optim's optimizers one after another, as they are timed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.torch import tensor
from backends.torch.optimizers.executions import chosen_by

if TYPE_CHECKING:
    from collections.abc import Callable


def loop_of(binding: Any, params: list[Any], grads: list[Any], way: str) -> Callable[[], Any]:
    """Steps from where the last one ended, at the binding's defaults, run in this way."""
    kind, _, options = binding.built
    owned = [tensor(w, "cpu").requires_grad_() for w in params]
    for w, g in zip(owned, grads, strict=True):
        w.grad = tensor(g, "cpu")
    return kind(owned, **(chosen_by(kind, way) | options())).step
