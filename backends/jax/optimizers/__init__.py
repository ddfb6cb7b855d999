"""Optimizers of optax, and how a transformation from outside becomes one of them."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import jax
import optax

from backends.backend import NotOfferedError
from backends.jax.optimizers.bindings import at_defaults, steps
from backends.jax.optimizers.states import found

if TYPE_CHECKING:
    from collections.abc import Callable


def adapted(offered: Any, own: Any) -> Any:
    """A binding of a transformation from outside, or of a function that builds one.

    The function takes hyper-parameters by keyword; a transformation has its own. Where its state
    has the entries that optax's own has, they are set and read; else whole runs are compared.
    """
    if hasattr(offered, "built"):
        return offered
    _, names = getattr(own, "built", (None, {}))
    return _bound(offered, tuple(names.items()))


@functools.lru_cache(maxsize=64)
def _bound(offered: Any, names: tuple[tuple[str, str], ...]) -> Any:
    fixed = isinstance(offered, optax.GradientTransformation)
    kinds = () if fixed else [p.kind for p in inspect.signature(offered).parameters.values()]
    if not fixed and kinds[:1] not in ([], [inspect.Parameter.KEYWORD_ONLY]):
        return offered  # a step already

    taken = frozenset() if fixed else frozenset(inspect.signature(offered).parameters)

    def build(**known: Any) -> Any:
        return offered if fixed else offered(**{k: v for k, v in known.items() if k in taken})

    build = build if fixed else functools.wraps(offered)(build)
    known = dict(names)
    kept = at_defaults(build).init([jax.numpy.ones(3)])
    if known and all(found(kept, name) for name in known.values()):
        binding = steps(**known)(build)
    else:
        binding = _opaque(build, known)
    binding.__dict__["takes"] = taken
    return binding


def _opaque(build: Callable[..., Any], known: dict[str, str]) -> Any:
    @functools.wraps(build)
    def binding(grads: Any, state: Any, params: Any, **chosen: Any) -> Any:
        del grads, state, params, chosen
        message = (
            f"its state has entries of its own, not {', '.join(known.values())}:"
            " whole runs are compared"
        )
        raise NotOfferedError(message)

    binding.__dict__["built"] = (build, None)
    return binding
