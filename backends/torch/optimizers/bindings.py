"""Bind an optimizer of torch.optim: one step from a given state.

A binding names torch's class and what that calls the entries of its state; the function below it
says which of its arguments the hyper-parameters are.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from backends.torch.optimizers.executions import chosen_by, compiled, grouped, owned, paired
from backends.torch.optimizers.states import after_step, as_kept, load

if TYPE_CHECKING:
    from collections.abc import Callable


def steps(
    kind: Any,
    *unused: str,
    shaped: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None,
    empty: bool = True,
    counts_in_integers: bool = False,
    follows: Callable[..., dict[str, float]] | None = None,
    **names: str | None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Bind a torch optimizer: ours = theirs are the names of the entries of its state.

    The decorated function takes hyper-parameters and returns the arguments of `kind`. `unused` are
    the counts that torch keeps besides and its steps do not depend on. A count that torch keeps no
    entry for (None) is the number of steps that it was told to take. Where torch keeps entries in
    other shapes, or other entries for some tensors, `shaped` makes them of ours, given under its
    names with the parameter. One that cannot step a tensor without numbers is not `empty`: there it
    is given no gradient. torch's own classes count in float32; those from outside may in integers.
    What torch keeps besides that `follows` from the count and hyper-parameters is made of them.
    """

    def bound(options: Callable[..., Any]) -> Callable[..., Any]:
        def kept(state: Any, params: Any, chosen: dict[str, Any]) -> dict[int, Any]:
            """A state as torch keeps it, parameter by parameter."""
            told = dict.fromkeys(unused, 0.0)
            told |= {} if follows is None else follows(int(state["step"]), **chosen)
            loaded = {
                i: as_kept(state, i, names, in_integers=counts_in_integers)
                | {k: torch.tensor(x, dtype=torch.float64) for k, x in told.items()}
                for i in range(len(params))
            }
            if shaped is not None:
                loaded = {i: shaped(own, params[i]) for i, own in loaded.items()}
            return loaded

        @functools.wraps(options)
        def binding(
            grads: Any, state: Any, params: Any, *, execution: str = "loop", **chosen: Any
        ) -> Any:
            given = chosen_by(kind, execution) | options(**chosen)
            if execution == "complex":
                return paired(binding, grads, state, params, chosen)
            if not empty:
                grads = [g if g.numel() else None for g in grads]
            loaded = kept(state, params, chosen)
            moved, after = _stepped(kind, given, execution, loaded, grads, params)
            return moved, after_step(after, state, names)

        binding.__dict__["kept"] = kept
        binding.__dict__["built"] = (kind, names, options)
        binding.__dict__["unused"] = unused
        binding.__dict__["sparing"] = shaped is not None
        binding.__dict__["takes_empty"] = empty
        return binding

    return bound


def _stepped(
    kind: Any,
    options: dict[str, Any],
    execution: str,
    loaded: dict[int, Any],
    grads: list[Any | None],
    params: list[Any],
) -> tuple[list[Any], list[dict[str, Any]]]:
    """Parameters after one step from what is loaded, and what torch then keeps of each."""
    moved, slopes = owned(params, grads, execution)
    optimizer = kind(grouped(moved, execution), **options)
    load(optimizer, loaded)
    for w, g in zip(moved, slopes, strict=True):
        w.grad = g
    compiled(optimizer.step, execution)()
    moved = moved[: len(params)]
    return [w.detach() for w in moved], [optimizer.state[w] for w in moved]
