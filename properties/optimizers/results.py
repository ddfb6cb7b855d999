"""Results of steps, params and state: in order, and of every tensor as if there were no other."""

from __future__ import annotations

from typing import Any

from properties.trial import WrongShapeError
from reference.optimizer_states import Tensors


def in_order(result: tuple[Tensors, Any], state: dict[str, Any]) -> tuple[Tensors, dict[str, Any]]:
    """New params and state, the entries of the state in the order of the old one's."""
    params, new = result
    if set(new) != set(state):
        message = f"state has {', '.join(sorted(new))}; due were {', '.join(sorted(state))}"
        raise WrongShapeError(message)
    return params, {name: new[name] for name in state}


def each_alone(params: Tensors, state: dict[str, Any]) -> list[tuple[Tensors, dict[str, Any]]]:
    """Params and state of every tensor as if there were no other."""
    return [
        ([w], {k: [v[i]] if isinstance(v, list) else v for k, v in state.items()})
        for i, w in enumerate(params)
    ]


def among(path: str, i: int) -> str:
    """The path of a tensor's own leaf as that of tensor i; a shared one's stays."""
    return path.removesuffix("[0]") + f"[{i}]" if path.endswith("[0]") else path
