"""Normalization of samples by themselves, by flax."""

from __future__ import annotations

from typing import Annotated, Any

from flax import linen, nnx

from backends.binding import entered_by
from backends.equations.normalization.fast_variance import subtracts_squares
from backends.jax.normalization import filled, rngs, with_features_last
from reference.groups import last, over_features, over_places, over_some_features, second
from reference.technique import OneOf

_FAR_FEATURES = ((1000.1, 1000.7, 999.2, 1000.4, 999.6), (3.0, 3.5, 3.1, 3.7, 3.3))
_FAR_CHANNELS = ((1000.1, 1000.7, 1000.4, 999.6), (3.0, 3.5, 3.1, 3.7), (7.2, 7.1, 7.9, 7.3))
_FAR_PLACES = (((1000.1, 1000.7, 999.2), (3.0, 3.5, 3.1), (7.2, 7.1, 7.9), (1.0, 1.5, 1.2)),)


def _last_axes(weight: Any) -> tuple[int, ...]:
    return tuple(range(-weight.ndim, 0))


def _applied(layer: Any, weight: Any, bias: Any) -> Any:
    variables = {"params": {"scale": weight, "bias": bias}}
    return lambda x: layer.apply(variables, x)


def _nnx_layer_norm(x: Any, weight: Any, bias: Any, *, eps: float) -> Any:
    axes = _last_axes(weight)
    layer = nnx.LayerNorm(
        weight.size, epsilon=eps, reduction_axes=axes, feature_axes=axes, rngs=rngs()
    )
    return filled(layer, weight, bias)(x)


def _layer_norm_as_it_is(x: Any, weight: Any, bias: Any) -> Any:
    axes = _last_axes(weight)
    return _applied(linen.LayerNorm(reduction_axes=axes, feature_axes=axes), weight, bias)(x)


@entered_by(nnx=_nnx_layer_norm, defaults=_layer_norm_as_it_is)
@subtracts_squares(over_features, last, {"x": _FAR_FEATURES})
def layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-6) -> Any:
    axes = _last_axes(weight)
    layer = linen.LayerNorm(epsilon=eps, reduction_axes=axes, feature_axes=axes)
    return _applied(layer, weight, bias)(x)


def _nnx_rms_norm(x: Any, weight: Any, *, eps: float) -> Any:
    axes = _last_axes(weight)
    layer = nnx.RMSNorm(
        weight.size, epsilon=eps, reduction_axes=axes, feature_axes=axes, rngs=rngs()
    )
    return filled(layer, weight)(x)


def _rms_norm_as_it_is(x: Any, weight: Any) -> Any:
    axes = _last_axes(weight)
    layer = linen.RMSNorm(reduction_axes=axes, feature_axes=axes)
    return layer.apply({"params": {"scale": weight}}, x)


@entered_by(nnx=_nnx_rms_norm, defaults=_rms_norm_as_it_is)
def rms_norm(x: Any, weight: Any, *, eps: float = 1e-6) -> Any:
    axes = _last_axes(weight)
    layer = linen.RMSNorm(epsilon=eps, reduction_axes=axes, feature_axes=axes)
    return layer.apply({"params": {"scale": weight}}, x)


def _nnx_group_norm(x: Any, weight: Any, bias: Any, *, groups: int, eps: float) -> Any:
    layer = nnx.GroupNorm(x.shape[1], num_groups=groups, epsilon=eps, rngs=rngs())
    return with_features_last(filled(layer, weight, bias), x)


def _group_norm_as_it_is(x: Any, weight: Any, bias: Any, *, groups: int) -> Any:
    return with_features_last(_applied(linen.GroupNorm(groups), weight, bias), x)


@entered_by(nnx=_nnx_group_norm, defaults=_group_norm_as_it_is)
@subtracts_squares(over_some_features, second, {"x": _FAR_CHANNELS, "groups": 2})
def group_norm(
    x: Any, weight: Any, bias: Any, *, groups: Annotated[int, OneOf((2, 1, 4))], eps: float = 1e-6
) -> Any:
    return with_features_last(_applied(linen.GroupNorm(groups, epsilon=eps), weight, bias), x)


def _nnx_instance_norm(x: Any, weight: Any, bias: Any, *, eps: float) -> Any:
    layer = nnx.InstanceNorm(x.shape[1], epsilon=eps, rngs=rngs())
    return with_features_last(filled(layer, weight, bias), x)


def _instance_norm_as_it_is(x: Any, weight: Any, bias: Any) -> Any:
    return with_features_last(_applied(linen.InstanceNorm(), weight, bias), x)


@entered_by(nnx=_nnx_instance_norm, defaults=_instance_norm_as_it_is)
@subtracts_squares(over_places, second, {"x": _FAR_PLACES})
def instance_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-6) -> Any:
    return with_features_last(_applied(linen.InstanceNorm(epsilon=eps), weight, bias), x)
