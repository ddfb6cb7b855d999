"""Normalization over the batch, by flax: running statistics are float32 beside 16-bit inputs."""

from __future__ import annotations

from typing import Any, Literal

from flax import linen, nnx
from jax import lax
from jax import numpy as jnp

from backends.binding import Bound, absent, deviates, entered_by
from backends.equations.normalization.fast_variance import OF_LAYERS, OF_STATE, subtracts_squares
from backends.jax.normalization import filled, rngs, with_features_last
from reference.groups import over_batch, second

_FAR = ((1000.1, 3.0, -7.2), (1000.7, 3.5, -7.1), (999.2, 3.1, -7.9),
        (1000.4, 3.7, -7.4), (999.6, 3.3, -7.5), (1000.9, 3.2, -7.7))  # fmt: skip

batch_renorm = absent("flax has none: its users clip r and d by hand, around running statistics")


def _kept(x: Any, running: Any) -> Any:
    return lax.stop_gradient(running.astype(jnp.promote_types(x.dtype, jnp.float32)))


def _nnx(
    x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any,
    *, eps: float, momentum: float, mode: Literal["train", "eval"],
) -> Any:  # fmt: skip
    layer = nnx.BatchNorm(x.shape[1], momentum=momentum, epsilon=eps, dtype=x.dtype, rngs=rngs())
    return _run(layer, mode, x, weight, bias, running_mean, running_var)


def _nnx_as_it_is(x: Any, *rest: Any, mode: Literal["train", "eval"]) -> Any:
    return _run(nnx.BatchNorm(x.shape[1], rngs=rngs()), mode, x, *rest)


def _run(
    layer: Any, mode: str, x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any
) -> Any:
    filled(layer, weight, bias).set_attributes(use_running_average=mode == "eval")
    layer.mean.set_value(_kept(x, running_mean))
    layer.var.set_value(_kept(x, running_var))
    y = with_features_last(layer, x)
    after = (lax.stop_gradient(s.get_value()).astype(x.dtype) for s in (layer.mean, layer.var))
    return y, *after


def _linen(layer: Any, x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any) -> Any:
    state = {"mean": _kept(x, running_mean), "var": _kept(x, running_var)}
    variables = {"params": {"scale": weight, "bias": bias}, "batch_stats": state}
    y, after = layer.apply(variables, jnp.moveaxis(x, 1, -1), mutable=["batch_stats"])
    moved = lax.stop_gradient(after["batch_stats"])
    return jnp.moveaxis(y, -1, 1), moved["mean"].astype(x.dtype), moved["var"].astype(x.dtype)


def _as_it_is(x: Any, *rest: Any, mode: Literal["train", "eval"]) -> Any:
    return _linen(linen.BatchNorm(use_running_average=mode == "eval"), x, *rest)


@entered_by(nnx=_nnx, defaults=_as_it_is, nnx_defaults=_nnx_as_it_is)
@deviates(
    "every_entry_keeps_its_format",
    where=lambda entry: entry == "nnx_defaults", at_most=Bound("one lost format", lambda: 1.0),
    because="nnx.BatchNorm promotes x with its running statistics, which are float32: it returns "
    "float32 for 16-bit inputs; with dtype=x.dtype it agrees, as linen.BatchNorm does by itself",
    witness={"x": _FAR}, dtypes=("bfloat16", "float16"),
)  # fmt: skip
@subtracts_squares(over_batch, second, {"x": _FAR}, OF_LAYERS + OF_STATE)
def batch_norm(
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    *,
    eps: float = 1e-5,
    momentum: float = 0.99,
    mode: Literal["train", "eval"] = "train",
    momentum_of: Literal["old"] = "old",
    running_variance: Literal["biased"] = "biased",
) -> Any:
    del momentum_of, running_variance
    layer = linen.BatchNorm(momentum=momentum, epsilon=eps, use_running_average=mode == "eval")
    return _linen(layer, x, weight, bias, running_mean, running_var)
