"""Trees of arrays: the lists, tuples and dicts that inputs and outputs come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def mapped(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply `function` to every leaf of `tree` (and to the matching leaves of `others`)."""
    if not others:
        return _each(function, tree)
    if isinstance(tree, dict):
        return {k: mapped(function, v, *(o[k] for o in others)) for k, v in tree.items()}
    if isinstance(tree, list | tuple):
        branches = [
            mapped(function, branch, *rest) for branch, *rest in zip(tree, *others, strict=True)
        ]
        return branches if isinstance(tree, list) else tuple(branches)
    return function(tree, *others)


def _each(function: Callable[..., Any], tree: Any) -> Any:
    if isinstance(tree, dict):
        return {k: _each(function, v) for k, v in tree.items()}
    if isinstance(tree, list):
        return [_each(function, branch) for branch in tree]
    if isinstance(tree, tuple):
        return tuple([_each(function, branch) for branch in tree])
    return function(tree)


def leaves(tree: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every leaf of `tree` with its path, such as `grads[0]` or `state.step`."""
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from leaves(branch, f"{at}.{key}" if at else str(key))
    elif isinstance(tree, list | tuple):
        for index, branch in enumerate(tree):
            yield from leaves(branch, f"{at}[{index}]")
    else:
        yield at, tree


def values(tree: Any) -> Iterator[Any]:
    """Yield every leaf of `tree`."""
    if isinstance(tree, dict | list | tuple):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from values(branch)
    else:
        yield tree
