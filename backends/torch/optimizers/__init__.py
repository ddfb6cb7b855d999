"""Optimizers of torch.optim: one step from a given state, and runs that keep their own.

A binding names torch's class and what that calls the entries of its state; the function below it
says which of its arguments the hyper-parameters are.
"""

from __future__ import annotations

import functools
import inspect
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from backends.backend import NotOfferedError

if TYPE_CHECKING:
    from collections.abc import Callable


def steps(
    kind: Any,
    *,
    shaped: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None,
    empty: bool = True,
    **names: str,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Bind a torch optimizer: ours = theirs are the names of the entries of its state.

    The decorated function takes hyper-parameters and returns the arguments of `kind`. Where torch
    keeps entries in other shapes, or other entries for some tensors, `shaped` makes them of ours,
    given under its names with the parameter. One that cannot step a tensor without numbers is not
    `empty`: there it is given no gradient.
    """
    kept = Kept(names, shaped, empty)

    def bound(options: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(options)
        def binding(
            grads: Any, state: Any, params: Any, *, execution: str = "loop", **chosen: Any
        ) -> Any:
            if execution == "capturable" and not params[0].is_cuda:
                message = "torch captures steps in graphs of CUDA only"
                raise NotOfferedError(message)
            given = _executed(kind, execution) | options(**chosen)
            return _stepped(kind, grads, state, params, kept, given, execution)

        binding.__dict__["executions"] = _executions(kind)
        binding.__dict__["live"] = begun = functools.partial(TorchLive, kind, kept, options)
        begun.__dict__["takes_empty"] = empty
        return binding

    return bound


@dataclass(frozen=True)
class Kept:
    """What a torch optimizer calls the entries of its state, and how it keeps them."""

    names: dict[str, str]
    shaped: Callable[[dict[str, Any], Any], dict[str, Any]] | None
    empty: bool

    def given(self, state: Any, i: int, w: Any) -> dict[str, Any]:
        """State of a parameter, as torch keeps it: what we share, it keeps for each, in float32."""
        own = {
            theirs: state[ours][i].clone()
            if isinstance(state[ours], list)
            else state[ours].to(torch.float32)
            for ours, theirs in self.names.items()
        }
        return self.shaped(own, w) if self.shaped else own

    def read(self, kept: list[dict[str, Any]], state: Any) -> dict[str, Any]:
        """New state in our names and shapes; of what a tensor does not keep, the old."""
        return {
            ours: [
                k[theirs].reshape(old.shape) if theirs in k else old
                for k, old in zip(kept, state[ours], strict=True)
            ]
            if isinstance(state[ours], list)
            else kept[0][theirs].to(state[ours].dtype)
            for ours, theirs in self.names.items()
        }


def _stepped(
    kind: Any, grads: Any, state: Any, params: Any, kept: Kept, options: Any, execution: str
) -> Any:
    """One step of a torch optimizer from this state.

    Parameters and state are copied first, since torch writes new values into them.
    """
    owned = [w.clone().requires_grad_() for w in params]
    if execution == "differentiable":  # torch writes into parameters, which leaves do not allow
        owned = [w.clone() for w in owned]
    optimizer = kind(
        [{"params": [w]} for w in owned] if execution == "groups" else owned, **options
    )
    loaded = {i: kept.given(state, i, w) for i, w in enumerate(params)}
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": loaded, "param_groups": groups})
    for w, g in zip(owned, grads, strict=True):
        if execution == "differentiable":
            w.retain_grad()
        if kept.empty or w.numel():
            w.grad = -g if execution == "maximize" else g
    run = torch.compile(optimizer.step) if execution == "compile" else optimizer.step
    run()
    return [w.detach() for w in owned], kept.read([optimizer.state[w] for w in owned], state)


def _executions(kind: Any) -> tuple[str, ...]:
    """How this optimizer may be run besides in a loop over its parameters."""
    known = inspect.signature(kind.__init__).parameters
    named = ("foreach", "fused", "capturable", "differentiable", "maximize")
    return (*(name for name in named if name in known), "groups")


def _executed(kind: Any, execution: str) -> dict[str, bool]:
    known = inspect.signature(kind.__init__).parameters
    chosen = {execution: True} if execution in known else {}
    return chosen if chosen or "foreach" not in known else {"foreach": False}


class TorchLive:
    """A run of a torch optimizer."""

    may_miss = True
    may_grow = True

    def __init__(
        self,
        kind: Any,
        kept: Kept,
        options: Callable[..., Any],
        params: list[Any],
        known: dict[str, Any],
        device: str,
    ) -> None:
        """Begin at these parameters, with these hyper-parameters."""
        from backends.torch import tensor

        self._made = (kind, kept, options)
        self._known, self._device, self._kept = known, device, kept
        self.takes_empty = kept.empty
        self._owned = [tensor(w, device).clone().requires_grad_() for w in params]
        self._optimizer = kind(self._owned, **options(**known))

    def step(self, grads: list[Any | None], rate: float) -> None:
        """Set the rate of every group, hand the gradients over, step, and destroy them."""
        from backends.torch import tensor

        for group in self._optimizer.param_groups:
            group["lr"] = rate
        for w, g in zip(self._owned, grads, strict=True):
            w.grad = None if g is None else tensor(g, self._device).clone()
        self._optimizer.step()
        for w in self._owned:
            if w.grad is not None:
                w.grad.fill_(float("nan"))

    def params(self) -> list[Any]:
        """The parameters as they are now."""
        from backends.torch import array

        return [array(w) for w in self._owned]

    def states(self) -> list[dict[str, Any]] | None:
        """State of every parameter; None where it keeps other things than torch's own class."""
        from backends.torch import array

        found = []
        for w in self._owned:
            kept = self._optimizer.state.get(w, {})
            names = self._kept.names
            if kept and not (self._kept.shaped or set(names.values()) <= set(kept)):
                return None
            found.append({our: array(kept[own]) for our, own in names.items() if own in kept})
        return found

    def restored(self) -> TorchLive:
        """What torch.save keeps of the optimizer, loaded into a new one."""
        saved = io.BytesIO()
        torch.save(self._optimizer.state_dict(), saved)
        saved.seek(0)
        another = TorchLive(*self._made, self.params(), self._known, self._device)
        another._regroup([len(g["params"]) for g in self._optimizer.param_groups])
        another._optimizer.load_state_dict(torch.load(saved))
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
        from backends.torch import tensor

        more = [tensor(w, self._device).clone().requires_grad_() for w in params]
        self._owned += more
        self._optimizer.add_param_group({"params": more})
