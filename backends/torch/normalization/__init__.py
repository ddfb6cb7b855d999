"""Normalization, by torch; and by modules from outside, made bindings."""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn
from torch.func import functional_call

from backends.modules import is_class, of_class

_SIZED_BY_SHAPE = ("layer_norm", "rms_norm")
_CONVENTIONS = ("mode", "momentum_of", "running_variance")


def adapted(offered: Any, own: Any) -> Any:
    """A binding of a class of modules from outside; a function is one already.

    It is made with the size of its weight (a number; a shape, for layers over the last axes) and
    with the hyper-parameters that it takes, by our names or torch's. Its parameters are set in
    their order, weight before bias, and its floating point buffers are the running statistics.
    """
    return _bound(offered, own) if is_class(offered, nn.Module) else offered


def _bound(kind: Any, own: Any) -> Any:
    named = set(inspect.signature(kind).parameters)
    by_shape = getattr(own, "__name__", "") in _SIZED_BY_SHAPE

    @of_class(kind, own, {*_CONVENTIONS, *_known(named)})
    def binding(x: Any, weight: Any, *rest: Any, **known: Any) -> Any:
        size = tuple(weight.shape) if by_shape else len(weight)
        module = _made(kind, size, known, named).to(x).train(known.get("mode") != "eval")
        held = [n for n, _ in module.named_parameters()]
        state = [n for n, b in module.named_buffers() if b.is_floating_point()]
        running = [t.detach().clone() for t in rest[len(rest) - len(state) :]]
        given = dict(zip((*held, *state), (weight, *rest), strict=False))
        given |= dict(zip(state, running, strict=True))
        y = functional_call(module, given, x)
        return (y, *running) if running else y

    return binding


def _known(named: set[str]) -> dict[str, str]:
    """Our names of the hyper-parameters that a class takes, and its own."""
    ours = {"num_groups": "groups", "epsilon": "eps"}
    return {ours.get(n, n): n for n in named - {"num_features", "normalized_shape"}}


def _made(kind: Any, size: Any, known: dict[str, Any], named: set[str]) -> Any:
    taken = {theirs: known[ours] for ours, theirs in _known(named).items() if ours in known}
    first = next(iter(n for n in inspect.signature(kind).parameters if n not in taken))
    return kind(**{first: size, **taken})
