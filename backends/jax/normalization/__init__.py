"""Normalization, by flax: linen, and nnx beside it; and by modules from outside, made bindings.

Features are last in both. Where a binding's inputs have them second, they are moved there and back.
"""

from __future__ import annotations

import inspect
from typing import Any

import jax
from flax import linen, nnx
from jax import lax
from jax import numpy as jnp

from backends.modules import is_class, of_class

_FEATURES_LAST = ("layer_norm", "rms_norm")
_CONVENTIONS = ("mode", "momentum_of", "running_variance")
_NAMES = {"epsilon": "eps", "num_groups": "groups", "use_running_average": "mode"}


def with_features_last(layer: Any, x: Any) -> Any:
    """A layer's result, features second before and after."""
    return jnp.moveaxis(layer(jnp.moveaxis(x, 1, -1)), -1, 1)


def rngs() -> Any:
    """What nnx layers want for weights that are replaced at once."""
    return nnx.Rngs(0)


def filled(layer: Any, scale: Any, bias: Any = None) -> Any:
    """A layer of nnx with these weights."""
    layer.scale.set_value(scale)
    if bias is not None:
        layer.bias.set_value(bias)
    return layer


def adapted(offered: Any, own: Any) -> Any:
    """A binding of a class of flax modules from outside, linen or nnx; a function is one already.

    It is made with the hyper-parameters that it takes, by our names or flax's, and an nnx class
    first with the number of features. Its input has features last. Its parameters are set by name:
    scale or weight, and bias; its running statistics are mean and var.
    """
    if is_class(offered, linen.Module):
        return _bound(offered, own, _linen)
    if is_class(offered, nnx.Module):
        return _bound(offered, own, _nnx)
    return offered


def _bound(kind: Any, own: Any, run: Any) -> Any:
    named = set(inspect.signature(kind.__init__).parameters)
    moved = getattr(own, "__name__", "") not in _FEATURES_LAST

    @of_class(kind, own, {*_CONVENTIONS, *(_NAMES.get(n, n) for n in named)})
    def binding(x: Any, *rest: Any, **known: Any) -> Any:
        taken = {n: known[_NAMES.get(n, n)] for n in named if _NAMES.get(n, n) in known}
        if "use_running_average" in taken:
            taken["use_running_average"] = known["mode"] == "eval"
        y, *state = run(kind, taken, jnp.moveaxis(x, 1, -1) if moved else x, rest)
        y = jnp.moveaxis(y, -1, 1) if moved else y
        return (y, *(lax.stop_gradient(s).astype(x.dtype) for s in state)) if state else y

    return binding


def _inputs(rest: tuple[Any, ...]) -> dict[str, Any]:
    names = ("scale", "bias", "mean", "var")
    held = dict(zip(names, rest, strict=False))
    return held | ({"weight": held["scale"]} if "scale" in held else {})


def _linen(kind: Any, taken: dict[str, Any], x: Any, rest: tuple[Any, ...]) -> Any:
    layer, given = kind(**taken), _inputs(rest)
    made = jax.eval_shape(layer.init, jax.random.key(0), x)
    held = {part: {n: given[n] for n in names} for part, names in made.items()}
    y, after = layer.apply(held, x, mutable=["batch_stats"])
    return y, *(after["batch_stats"][n] for n in ("mean", "var") if "batch_stats" in after)


def _nnx(kind: Any, taken: dict[str, Any], x: Any, rest: tuple[Any, ...]) -> Any:
    layer = kind(x.shape[-1], **taken, rngs=rngs())
    for name, value in _inputs(rest).items():
        if hasattr(layer, name):
            getattr(layer, name).set_value(value)
    y = layer(x)
    return y, *(getattr(layer, n).get_value() for n in ("mean", "var") if hasattr(layer, n))
