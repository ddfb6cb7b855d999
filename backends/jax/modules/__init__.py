"""Modules from outside, made bindings: a technique's inputs become a module's parameters."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from flax import linen, nnx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def of_module(build: Callable[..., Any], **places: str) -> Callable[..., Any]:
    """A binding that calls a flax module, of linen or of nnx, on its first input.

    `build` has the binding's signature, and makes a module for inputs of these shapes (and for
    these conventions). `places` names the parameter that each further input is, in the order of the
    inputs; one that flax keeps transposed (a kernel is (inputs, outputs)) ends in .T:
    `w1="first.kernel.T"`. Gradients flow to the inputs.

    Raises:
        ValueError: when it is called, and an nnx module has other parameters than those. Linen
            raises errors of its own.
    """

    @functools.wraps(build)
    def binding(x: Any, *given: Any, **parameters: Any) -> Any:
        module = build(x, *given, **parameters)
        tree = _nested(_placed(p, v) for p, v in zip(places.values(), given, strict=True))
        if isinstance(module, linen.Module):
            return module.apply({"params": tree}, x)
        names = {".".join(map(str, path)) for path, _ in nnx.to_flat_state(nnx.state(module))}
        if names != {place.removesuffix(".T") for place in places.values()}:
            message = f"the module has {sorted(names)}; named are {sorted(places.values())}"
            raise ValueError(message)
        nnx.update(module, tree)
        return module(x)

    return binding


def filled(make: Callable[[], Any], params: Any) -> Any:
    """An nnx module that is made without numbers, and given these parameters."""
    module = nnx.eval_shape(make)
    nnx.update(module, params)
    return module


def _placed(place: str, value: Any) -> tuple[list[str], Any]:
    turned = place.endswith(".T")
    return place.removesuffix(".T").split("."), value.T if turned else value


def _nested(pairs: Iterable[tuple[list[str], Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for (*owners, name), value in pairs:
        inside = tree
        for owner in owners:
            inside = inside.setdefault(owner, {})
        inside[name] = value
    return tree
