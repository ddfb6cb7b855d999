"""States of torch.optim's optimizers: by the names that torch keeps them under, and by ours.

`names` are theirs by ours. What all parameters share with us, torch keeps for each.
"""

from __future__ import annotations

from typing import Any

import torch

from backends.torch import array, tensor


def as_kept(
    state: dict[str, Any], i: int, names: dict[str, str | None], *, in_integers: bool = False
) -> dict[str, Any]:
    """The state of parameter i as torch keeps it, its counts in float32 or as integers."""

    def counted(x: Any) -> Any:
        return int(x) if in_integers else x.to(torch.float32)

    return {
        theirs: state[ours][i].clone() if isinstance(state[ours], list) else counted(state[ours])
        for ours, theirs in names.items()
        if theirs is not None
    }


def after_step(
    kept: list[dict[str, Any]], before: dict[str, Any], names: dict[str, str | None]
) -> dict[str, Any]:
    """The state under canonical names, of what torch keeps of every parameter after a step.

    A count that it keeps no entry for is one more than `before`; an entry that it does not keep for
    a parameter is as it was.
    """
    return {
        ours: before[ours] + 1
        if theirs is None
        else [
            own[theirs].reshape(old.shape) if theirs in own else old
            for own, old in zip(kept, before[ours], strict=True)
        ]
        if isinstance(before[ours], list)
        else torch.as_tensor(kept[0][theirs]).to(before[ours].dtype)
        for ours, theirs in names.items()
    }


def load(optimizer: Any, kept: dict[int, dict[str, Any]]) -> None:
    """Load what torch keeps of every parameter, by its number, the groups as they are."""
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": kept, "param_groups": groups})


def read(optimizer: Any, binding: Any) -> dict[str, Any]:
    """The state of a torch optimizer under canonical names, parameters in the order of its groups.

    Raises:
        ValueError: a parameter has no state yet, or its entries have other names.
    """
    _, names, _ = binding.built
    owned = [w for group in optimizer.param_groups for w in group["params"]]
    for i, w in enumerate(owned):
        if missing := set(names.values()) - set(optimizer.state.get(w, {})):
            message = (
                f"parameter {i} of {type(optimizer).__name__} has no"
                f" {', '.join(sorted(missing))}: take a step first, or name another technique"
            )
            raise ValueError(message)
    kept = [optimizer.state[w] for w in owned]
    return {ours: [array(torch.as_tensor(k[name])) for k in kept] for ours, name in names.items()}


def write(optimizer: Any, binding: Any, entries: dict[str, Any]) -> None:
    """Load a state under canonical names into a torch optimizer, its groups as they are."""
    _, names, _ = binding.built
    count = sum(len(group["params"]) for group in optimizer.param_groups)
    kept = {
        i: {theirs: tensor(entries[ours][i], "cpu") for ours, theirs in names.items()}
        | {theirs: torch.zeros(()) for theirs in binding.unused}
        for i in range(count)
    }
    load(optimizer, kept)
