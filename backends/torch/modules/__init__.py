"""Modules from outside, made bindings: a technique's inputs become a module's parameters."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from torch.func import functional_call

if TYPE_CHECKING:
    from collections.abc import Callable


def of_module(build: Callable[..., Any], **places: str) -> Callable[..., Any]:
    """A binding that calls a torch module on its first input.

    `build` has the binding's signature, and makes a module for inputs of these shapes (and for
    these conventions). `places` names the parameter or buffer that each further input is, in the
    order of the inputs: `w1="first.weight"`. All that the module has must be named; gradients flow
    to the inputs.

    Raises:
        ValueError: when it is called, and the module has other parameters and buffers than those.
    """

    @functools.wraps(build)
    def binding(x: Any, *given: Any, **parameters: Any) -> Any:
        module = build(x, *given, **parameters)
        names = {name for name, _ in (*module.named_parameters(), *module.named_buffers())}
        if names != set(places.values()):
            message = f"the module has {sorted(names)}; named are {sorted(places.values())}"
            raise ValueError(message)
        return functional_call(module, dict(zip(places.values(), given, strict=True)), (x,))

    return binding
