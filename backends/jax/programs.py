"""Programs of JAX: calls, derivatives and pullbacks of bindings, compiled once and kept.

Conventions are compiled in; real hyper-parameters are traced, so that new values compile nothing.
"""

from __future__ import annotations

import functools
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from backends.backend import NotOfferedError

if TYPE_CHECKING:
    from collections.abc import Callable


def split(parameters: dict[str, Any]) -> tuple[tuple[tuple[str, Any], ...], dict[str, float]]:
    """Conventions, which are compiled in, and real numbers, which are traced."""
    chosen = tuple(sorted((k, v) for k, v in parameters.items() if not isinstance(v, float)))
    return chosen, {k: v for k, v in parameters.items() if isinstance(v, float)}


def untraceable(because: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """State why a binding cannot be compiled with real hyper-parameters traced: it runs eagerly.

    JAX still compiles its operations, once for every shape.
    """

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        binding.__dict__["untraceable"] = because
        return binding

    return noted


def traceable(binding: Callable[..., Any]) -> bool:
    """Whether a binding is compiled as a whole."""
    return not hasattr(binding, "untraceable")


def compiles_itself(binding: Callable[..., Any]) -> Callable[..., Any]:
    """State that the work within a binding is compiled, as runs share it: it is called as it is."""
    binding.__dict__["compiles_itself"] = True
    return binding


def _jitted(binding: Callable[..., Any], function: Callable[..., Any]) -> Any:
    return jax.jit(function) if traceable(binding) else function


def _recomputed(run: Callable[..., Any], variant: str) -> Callable[..., Any]:
    """The function, or what forgets its intermediate results and computes them again."""
    if variant.startswith(("nnx", "linen")):
        from backends.jax.recomputation import in_linen, in_nnx

        return (in_nnx if variant == "nnx.remat" else in_linen)(run)
    return jax.checkpoint(run) if variant else run


@functools.lru_cache(maxsize=512)
def compiled(binding: Callable[..., Any], chosen: tuple[Any, ...], variant: str) -> Any:
    """A call: of the inputs and the traced hyper-parameters; eagerly, or of each number by vmap."""
    fixed = dict(chosen)

    def run(*arguments: Any) -> Any:
        *inputs, traced = arguments
        return binding(*inputs, **fixed, **traced)

    if variant == "eager" or hasattr(binding, "compiles_itself"):
        return run
    if variant == "vmap":
        return jax.jit(lambda x, traced: jax.vmap(lambda one: run(one, traced))(x))
    return _jitted(binding, run)


@functools.lru_cache(maxsize=64)
def in_ways(binding: Callable[..., Any], chosen: tuple[Any, ...], ways: tuple[str, ...]) -> Any:
    """Calls in several executions, by name, in one program; without those that are not offered."""
    fixed = dict(chosen)

    def run(*arguments: Any) -> dict[str, Any]:
        *inputs, traced = arguments
        found = {}
        for way in ways:
            with suppress(NotOfferedError):
                found[way] = binding(*inputs, **fixed, **traced, execution=way)
        return found

    return jax.jit(run)


@functools.lru_cache(maxsize=1024)
def derivative(
    binding: Callable[..., Any], chosen: tuple[Any, ...], order: int, variant: str
) -> Any:
    """A derivative of a function of one array, by `jax.vjp` (or `jax.grad` under vmap)."""
    fixed = dict(chosen)

    def differentiated(x: Any, traced: Any) -> Any:
        def once(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
            if variant == "vmap":
                return jax.vmap(jax.grad(lambda one: f(one).astype(one.dtype)))

            def slope(x: Any) -> Any:
                y, back = jax.vjp(f, x)
                return back(jax.numpy.ones_like(y))[0]

            return slope

        f: Callable[[Any], Any] = lambda x: binding(x, **fixed, **traced)  # noqa: E731
        for _ in range(order):
            f = once(f)
        return f(x)

    return differentiated if variant == "eager" else _jitted(binding, differentiated)


@functools.lru_cache(maxsize=512)
def pullback(binding: Callable[..., Any], chosen: tuple[Any, ...], variant: str = "") -> Any:
    """What pulls cotangents back to every floating point input."""
    fixed = dict(chosen)

    def pulled(inputs: Any, cotangents: Any, traced: Any) -> Any:
        flat, rebuild = jax.tree.flatten(inputs)
        moving = [i for i, x in enumerate(flat) if jax.numpy.issubdtype(x.dtype, np.floating)]

        def run(parts: list[Any]) -> Any:
            everything = list(flat)
            for i, part in zip(moving, parts, strict=True):
                everything[i] = part
            return binding(*jax.tree.unflatten(rebuild, everything), **fixed, **traced)

        outputs, back = jax.vjp(_recomputed(run, variant), [flat[i] for i in moving])
        return back(jax.tree.unflatten(jax.tree.structure(outputs), jax.tree.leaves(cotangents)))[0]

    return _jitted(binding, pulled)
