"""Normalization of weights, by flax: what a dense layer makes of the unit matrix."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from flax import linen, nnx
from jax import lax
from jax import numpy as jnp

from backends.binding import Bound, absent, deviates, entered_by
from backends.equations import UNBOUNDED
from backends.equations.normalization.weights import (
    ZERO_MATRIX,
    ZERO_ROW,
    all_zero,
    without_direction,
)
from backends.jax.normalization import rngs
from reference.technique import OneOf

_TURNED = {"direction": ((3.0, 4.0), (1.0, -1.0)), "length": (-2.0, 3.0)}

weight_standardization = absent(
    "flax has none: its users call jax.nn.standardize on the kernel, over the axes of its inputs"
)


def _dense(like: Any) -> Any:
    return linen.Dense(like.shape[0], use_bias=False)


def _nnx_dense(like: Any) -> Any:
    outputs, inputs = like.shape
    layer = nnx.Linear(inputs, outputs, use_bias=False, rngs=rngs())
    layer.kernel.set_value(like.T)
    return layer


def _unit(like: Any) -> Any:
    return jnp.eye(like.shape[1], dtype=like.dtype)


def _normed(direction: Any, length: Any, **known: Any) -> Any:
    held = {"layer_instance": {"kernel": direction.T}, "layer_instance/kernel/scale": length}
    layer = linen.WeightNorm(_dense(direction), **known)
    w: Any = layer.apply({"params": held}, _unit(direction))
    return w.T


def _nnx_layer(direction: Any, length: Any, eps: float) -> Any:
    layer = nnx.WeightNorm(_nnx_dense(direction), epsilon=eps, rngs=rngs())
    layer.scales[("kernel",)] = length  # type: ignore[index] # a dict, with use_scale
    return layer


def _nnx(direction: Any, length: Any, *, eps: float) -> Any:
    return _nnx_layer(direction, length, eps)(_unit(direction)).T


def _nnx_twice(direction: Any, length: Any, *, eps: float) -> Any:
    layer = _nnx_layer(direction, length, eps)
    layer(_unit(direction))
    return layer(_unit(direction)).T


def _without_length(entry: str, of: str, length: Any, eps: float, u: float, tiny: float) -> Any:
    """Rows of length 0, where eps is 0 in the format, the second time."""
    again = entry == "nnx_called_twice" and of == "value" and eps <= u * tiny
    return (length[:, None] == 0) if again else False


@entered_by(nnx=_nnx, nnx_called_twice=_nnx_twice, defaults=_normed)
@deviates(
    "keeps_zero_weights",
    where=without_direction, at_most=UNBOUNDED, dtypes=("float16",),
    because="eps = 1e-12 is 0 in float16: a row of zeros is divided by its norm, 0 / 0",
    witness=ZERO_ROW,
)  # fmt: skip
@deviates(
    "agrees_through_every_entry",
    where=_without_length,
    at_most=UNBOUNDED,
    dtypes=("float16",),
    because="a weight of length 0 stands in the kernel the second time, in place of the direction, "
    "and eps = 1e-12 is 0 in float16: 0 / 0",
    witness=_TURNED | {"length": (0.0, 3.0)},
    link="https://github.com/google/flax/issues/5576",
)
@deviates(
    "agrees_through_every_entry",
    where=lambda entry: entry == "nnx_called_twice",
    at_most=Bound("2 |y|: the sign is lost; gradients: all", lambda y, of: np.where(
        of == "gradient", np.inf, 3 * np.abs(y))),
    because="nnx.WeightNorm writes the normalized weight into the layer's kernel, in place of the "
    "direction: where a length is negative, every other call turns the weight round. And the "
    "lengths it keeps are plain arrays, not nnx.Param, which no optimizer trains",
    witness=_TURNED, link="https://github.com/google/flax/issues/5576",
)  # fmt: skip
def weight_norm(direction: Any, length: Any, *, eps: float = 1e-12) -> Any:
    return _normed(direction, length, epsilon=eps)


def _spectral(layer: Any, matrix: Any, u: Any, mode: str) -> Any:
    stats = {
        "layer_instance/kernel/u": u[None],
        "layer_instance/kernel/sigma": jnp.ones((), u.dtype),
    }
    held = {"params": {"layer_instance": {"kernel": matrix.T}}, "batch_stats": stats}
    y, after = layer.apply(
        held, _unit(matrix), update_stats=mode == "train", mutable=["batch_stats"]
    )
    return y.T, lax.stop_gradient(after["batch_stats"]["layer_instance/kernel/u"])[0]


def _as_it_is(matrix: Any, u: Any, v: Any, *, mode: Literal["train", "eval"]) -> Any:
    del v
    return _spectral(linen.SpectralNorm(_dense(matrix)), matrix, u, mode)


def _nnx_spectral(
    matrix: Any, u: Any, v: Any, *, steps: int, eps: float, mode: Literal["train", "eval"]
) -> Any:
    del v
    layer = nnx.SpectralNorm(_nnx_dense(matrix), n_steps=steps, epsilon=eps, rngs=rngs())
    layer.batch_stats[("kernel", "u")].set_value(u[None])
    y = layer(_unit(matrix), update_stats=mode == "train")
    return y.T, lax.stop_gradient(layer.batch_stats[("kernel", "u")].get_value())[0]


@entered_by(nnx=_nnx_spectral, defaults=_as_it_is)
@deviates(
    "keeps_zero_weights",
    where=all_zero, at_most=UNBOUNDED, dtypes=("float16",),
    because="eps = 1e-12 is 0 in float16: v = W^T u of zeros is divided by its norm, 0 / 0",
    witness=ZERO_MATRIX,
)  # fmt: skip
def spectral_norm(
    matrix: Any,
    u: Any,
    v: Any,
    *,
    steps: Annotated[int, OneOf((1, 3))] = 1,
    eps: float = 1e-12,
    mode: Literal["train", "eval"] = "train",
    begins_with: Literal["u"] = "u",
    eps_as: Literal["added"] = "added",
    evaluation: Literal["iterated"] = "iterated",
) -> Any:
    del v, begins_with, eps_as, evaluation
    layer = linen.SpectralNorm(_dense(matrix), n_steps=steps, epsilon=eps)
    return _spectral(layer, matrix, u, mode)
