"""Results of steps, params and state: in order, and of every tensor as if there were no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.trial import WrongShapeError
from reference.optimizer_states import Tensors

if TYPE_CHECKING:
    from reference.numerics import Array


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


def joined(tree: Any) -> Any:
    """Every list of tensors as one vector, where elements move alone."""
    if isinstance(tree, dict):
        return {k: joined(v) for k, v in tree.items()}
    if isinstance(tree, tuple):
        return tuple(joined(branch) for branch in tree)
    return [np.concatenate([x.reshape(-1) for x in tree])] if isinstance(tree, list) else tree


def divided(vectors: list[Array], like: tuple[Tensors, dict[str, Any]]) -> list[Array]:
    """The leaves of params and state that these vectors, as `joined` makes them, hold."""
    found: list[Array] = []
    for vector, entry in zip(vectors, (like[0], *like[1].values()), strict=True):
        if not isinstance(entry, list):
            found.append(vector)
            continue
        ends = np.cumsum([w.size for w in entry])[:-1]
        parts = zip(np.split(vector, ends), entry, strict=True)
        found += [part.reshape(w.shape) for part, w in parts]
    return found
