"""Classes of modules from outside, made bindings: what libraries and families have in common."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def is_class(offered: Any, kind: type) -> bool:
    """Whether a class of such modules is offered, and not a function."""
    return isinstance(offered, type) and issubclass(offered, kind)


def of_class(
    offered: type, own: Any, takes: Iterable[str]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Name a binding that makes modules of a class and calls them.

    It has the class's name, the signature of the library's own binding (where there is one), and
    takes these hyper-parameters and conventions; others stay at their defaults.
    """

    def named(binding: Callable[..., Any]) -> Callable[..., Any]:
        made = functools.wraps(own, updated=())(binding) if callable(own) else binding
        made.__name__ = offered.__name__
        made.__dict__["takes"] = frozenset(takes)
        return made

    return named
