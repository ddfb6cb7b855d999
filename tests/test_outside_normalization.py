"""Normalizations from outside: NumPy with its own backward, torch modules, flax modules."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
import torch
from flax import linen, nnx

from gradproof import assert_conforms
from reference.groups import over_batch


def forward(x: Any, weight: Any, bias: Any, *, eps: float) -> Any:
    """Layer normalization by hand, and what its backward pass needs."""
    axes = tuple(range(x.ndim - weight.ndim, x.ndim))
    centered = x - x.mean(axis=axes, keepdims=True)
    s = 1 / np.sqrt((centered**2).mean(axis=axes, keepdims=True) + x.dtype.type(eps))
    normalized = centered * s
    return weight * normalized + bias, (normalized, s, weight, axes)


def backward(c: Any, cache: Any) -> Any:
    """Gradients of x, weight and bias."""
    normalized, s, weight, axes = cache
    samples = tuple(range(c.ndim - weight.ndim))
    pulled = weight * c
    moved = pulled - pulled.mean(axis=axes, keepdims=True)
    moved = moved - normalized * (pulled * normalized).mean(axis=axes, keepdims=True)
    return s * moved, (c * normalized).sum(axis=samples), c.sum(axis=samples)


def _constant_statistics(c: Any, cache: Any) -> Any:
    """As if mean and deviation did not depend on x."""
    _, s, weight, _ = cache
    return s * weight * c, *backward(c, cache)[1:]


def test_numpy_with_its_own_backward_conforms() -> None:
    """A pair (forward, backward) is a layer."""
    mine: Any = (forward, backward)
    assert_conforms(mine, to="layer_norm", backend="numpy", profile="quick")


def test_a_wrong_backward_is_caught() -> None:
    """Statistics taken for constants: the message names the law."""
    mine: Any = (forward, _constant_statistics)
    with pytest.raises(AssertionError, match="gradient_is_orthogonal"):
        assert_conforms(mine, to="layer_norm", backend="numpy", profile="quick")


def test_without_hyper_parameters_it_is_held_to_the_default() -> None:
    """A layer with an eps of its own is asked at the technique's default only."""

    class Fixed:
        """Eps as it is."""

        backward = staticmethod(backward)

        @staticmethod
        def forward(x: Any, weight: Any, bias: Any) -> Any:
            """At 1e-5."""
            return forward(x, weight, bias, eps=1e-5)

    assert_conforms(Fixed, to="layer_norm", backend="numpy", profile="quick")


def test_running_statistics_are_told_with_the_output() -> None:
    """Batch normalization by hand: (y, mean, var), and gradients of the three that have one."""

    def batch(
        x: Any, weight: Any, bias: Any, mean: Any, var: Any, *,
        eps: float, momentum: float, mode: str, momentum_of: str, running_variance: str,
    ) -> Any:  # fmt: skip
        groups = over_batch(x.shape, 1, {})
        rows = groups.rows(x)
        if mode == "train" and rows.shape[1] == 1:
            message = "one number has no variance"
            raise ValueError(message)
        new = x.dtype.type(momentum if momentum_of == "new" else 1 - momentum)
        m, v = (mean[:, None], var[:, None])
        if mode == "train":
            m, v = rows.mean(axis=1, keepdims=True), rows.var(axis=1, keepdims=True)
            factor = rows.shape[1] / (rows.shape[1] - 1) if running_variance == "unbiased" else 1
            mean = (1 - new) * mean + new * m[:, 0]
            var = ((1 - new) * var + new * x.dtype.type(factor) * v[:, 0]).astype(x.dtype)
        s = 1 / np.sqrt(v + x.dtype.type(eps))
        normalized = (rows - m) * s
        y = groups.array(weight[:, None] * normalized + bias[:, None], x)
        return (y, mean, var), (groups, normalized, s, weight[:, None], mode)

    def back(c: Any, cache: Any) -> Any:
        groups, normalized, s, weight, mode = cache
        c = groups.rows(c)
        pulled = weight * c
        if mode == "train":
            along = (pulled * normalized).mean(axis=1, keepdims=True)
            pulled = pulled - pulled.mean(axis=1, keepdims=True) - normalized * along
        found = np.empty(pulled.size, c.dtype)
        found[groups.places] = s * pulled
        return found, (c * normalized).sum(axis=1), c.sum(axis=1)

    def shaped(c: Any, cache: Any) -> Any:
        found, *rest = back(c, cache)
        return found.reshape(c.shape), *rest

    mine: Any = (batch, shaped)
    assert_conforms(mine, to="batch_norm", backend="numpy", profile="quick")


class TorchRMS(torch.nn.Module):
    """Root mean square normalization as model files have it."""

    def __init__(self, size: Any, eps: float = 1e-6) -> None:
        """A weight of ones."""
        super().__init__()
        self.weight, self.eps = torch.nn.Parameter(torch.ones(size)), eps

    def forward(self, x: Any) -> Any:
        """Divide, then scale."""
        axes = tuple(range(-self.weight.ndim, 0))
        return self.weight * (x * (x.square().mean(axes, keepdim=True) + self.eps).rsqrt())


class GemmaRMS(TorchRMS):
    """Scaled by 1 + w."""

    def forward(self, x: Any) -> Any:
        """Wrong under this name."""
        return super().forward(x) + x * 0 + super().forward(x) / self.weight


def test_a_torch_module_conforms() -> None:
    """A class of modules; and torch's own, with its running statistics."""
    assert_conforms(TorchRMS, to="rms_norm", profile="quick")
    assert_conforms(torch.nn.LayerNorm, to="layer_norm", profile="quick")


def test_a_wrong_torch_module_is_caught() -> None:
    """1 + w for w."""
    with pytest.raises(AssertionError, match=r"GemmaRMS is not normalization\.rms_norm"):
        assert_conforms(GemmaRMS, to="rms_norm", profile="quick")


class LinenRMS(linen.Module):
    """Root mean square normalization in linen."""

    epsilon: float = 1e-6

    @linen.compact
    def __call__(self, x: Any) -> Any:
        """Divide, then scale."""
        scale = self.param("scale", linen.initializers.ones, x.shape[-1:])
        square = jax.numpy.mean(x * x, -1, keepdims=True)
        return x * jax.lax.rsqrt(square + self.epsilon) * scale


class NnxInstance(nnx.Module):
    """Instance normalization in nnx, in two passes."""

    def __init__(self, features: int, epsilon: float = 1e-5, *, rngs: Any) -> None:
        """Ones and zeros."""
        del rngs
        self.scale, self.bias = (nnx.Param(f(features)) for f in (jax.numpy.ones, jax.numpy.zeros))
        self.epsilon = epsilon

    def __call__(self, x: Any) -> Any:
        """Features last."""
        axes = tuple(range(1, x.ndim - 1))
        centered = x - x.mean(axes, keepdims=True)
        square = (centered**2).mean(axes, keepdims=True)
        normalized = centered * jax.lax.rsqrt(square + self.epsilon)
        return normalized * self.scale[...] + self.bias[...]


def test_flax_modules_conform() -> None:
    """Classes of linen and of nnx."""
    assert_conforms(NnxInstance, to="instance_norm", backend="jax", profile="quick")


def test_a_linen_module_over_one_axis_is_caught_where_the_weight_has_two() -> None:
    """It conforms, but for weights of two axes: the message says what came out."""
    with pytest.raises(AssertionError, match="LinenRMS is not"):
        assert_conforms(LinenRMS, to="rms_norm", backend="jax", profile="default")


def test_a_pair_that_is_none_is_told() -> None:
    """Three functions are no layer."""
    mine: Any = (forward, backward, forward)
    with pytest.raises(TypeError, match="give a pair of functions"):
        assert_conforms(mine, to="layer_norm", backend="numpy")
