"""Runs of torch.optim's optimizers, which keep their own state."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from backends.torch import array, tensor

if TYPE_CHECKING:
    from collections.abc import Callable


class TorchLive:
    """A run of a torch optimizer."""

    may_miss = True
    may_grow = True
    may_change_rate = True

    def __init__(
        self,
        kind: Any,
        names: dict[str, str | None] | None,
        options: Callable[..., Any],
        params: list[Any],
        known: dict[str, Any],
        device: str,
        *,
        sparing: bool = False,
    ) -> None:
        """Begin at these parameters; a sparing one keeps not every entry for every tensor."""
        self._made, self._sparing = (kind, names, options), sparing
        self._known, self._device, self._names = known, device, names
        self._owned = [tensor(w, device).clone().requires_grad_() for w in params]
        self._optimizer = kind(self._owned, **options(**known))
        self._taken = [0 for _ in params]

    def step(self, grads: list[Any | None], rate: float) -> None:
        """Set the rate of every group, hand the gradients over, step, and destroy them."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        for w, g in zip(self._owned, grads, strict=True):
            w.grad = None if g is None else tensor(g, self._device).clone()
        self._optimizer.step()
        self._taken = [n + (g is not None) for n, g in zip(self._taken, grads, strict=True)]
        for w in self._owned:
            if w.grad is not None:
                w.grad.fill_(float("nan"))

    def params(self) -> list[Any]:
        """The parameters as they are now."""
        return [array(w) for w in self._owned]

    def states(self) -> list[dict[str, Any]] | None:
        """State of every parameter; None where it keeps other things than torch's own class."""
        if self._names is None:
            return None
        found = []
        for w, taken in zip(self._owned, self._taken, strict=True):
            kept = self._optimizer.state.get(w, {})
            complete = set(self._names.values()) - {None} <= set(kept)
            if kept and not complete and not self._sparing:
                return None
            found.append(
                {
                    ours: np.array(taken) if theirs is None else array(kept[theirs])
                    for ours, theirs in self._names.items()
                    if kept and (theirs is None or theirs in kept)
                }
            )
        return found

    def restored(self) -> TorchLive:
        """What torch.save keeps of the optimizer, loaded into a new one."""
        saved = io.BytesIO()
        torch.save(self._optimizer.state_dict(), saved)
        saved.seek(0)
        another = TorchLive(
            *self._made, self.params(), self._known, self._device, sparing=self._sparing
        )
        another._regroup([len(g["params"]) for g in self._optimizer.param_groups])
        another._optimizer.load_state_dict(torch.load(saved))
        another._taken = list(self._taken)
        return another

    def _regroup(self, sizes: list[int]) -> None:
        """Groups of these sizes, as they had been added."""
        kind, _, options = self._made
        first, *rest = torch.split(torch.arange(len(self._owned)), sizes)
        self._optimizer = kind([self._owned[i] for i in first], **options(**self._known))
        for group in rest:
            self._optimizer.add_param_group({"params": [self._owned[i] for i in group]})

    def grown(self, params: list[Any]) -> None:
        """Add a parameter group."""
        more = [tensor(w, self._device).clone().requires_grad_() for w in params]
        self._owned += more
        self._taken += [0 for _ in more]
        self._optimizer.add_param_group({"params": more})
