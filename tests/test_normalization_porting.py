"""The recipes under *Differences*: with the arguments they name, torch and flax agree."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import torch
from flax import linen
from torch.nn.utils import parametrizations

SOURCE = np.random.default_rng(0)
FAR = (1e3 + SOURCE.standard_normal((4, 3, 2, 2))).astype(np.float32)
WEIGHT, BIAS = np.array([0.5, -2.0, 1.5], np.float32), np.array([1.0, 0.0, -1.0], np.float32)
CLOSE: Any = {"rtol": 2e-4, "atol": 2e-4}  # x is off by 2^-24 of 1e3 in both


def _flax(layer: Any, x: Any, **stats: Any) -> Any:
    variables = {"params": {"scale": WEIGHT, "bias": BIAS}, **stats}
    return layer.apply(variables, jnp.moveaxis(x, 1, -1), mutable=["batch_stats"])


def _torch(layer: Any, x: Any) -> Any:
    layer.load_state_dict(
        {"weight": torch.tensor(WEIGHT), "bias": torch.tensor(BIAS)}, strict=False
    )
    return layer(torch.tensor(x)).detach().numpy()


def test_batch_normalization_is_carried_over() -> None:
    """Momentum 1 - m, two passes; the running variance times n / (n - 1) for a first batch."""
    ours: Any = torch.nn.BatchNorm2d(3, momentum=0.25)
    y = _torch(ours, FAR)
    layer = linen.BatchNorm(
        use_running_average=False, momentum=1 - 0.25, epsilon=1e-5, use_fast_variance=False
    )
    fresh = {"mean": np.zeros(3, np.float32), "var": np.zeros(3, np.float32)}
    z, after = _flax(layer, FAR, batch_stats=fresh)
    np.testing.assert_allclose(np.moveaxis(z, -1, 1), y, **CLOSE)
    state, count = after["batch_stats"], FAR.size // 3
    np.testing.assert_allclose(state["mean"], ours.running_mean, rtol=1e-6)
    unbiased = 0.75 + state["var"] * count / (count - 1)  # torch began with ones
    np.testing.assert_allclose(unbiased, ours.running_var, rtol=1e-4)


def test_batch_normalization_at_its_defaults_is_not() -> None:
    """What the recipe is for: at a mean of 1000 deviations the fast variance is lost."""
    y = _torch(torch.nn.BatchNorm2d(3), FAR)
    layer = linen.BatchNorm(use_running_average=False)
    fresh = {"mean": np.zeros(3, np.float32), "var": np.ones(3, np.float32)}
    z, _ = _flax(layer, FAR, batch_stats=fresh)
    assert np.max(np.abs(np.moveaxis(z, -1, 1) - y)) > 1e-2


def test_group_and_instance_normalization_are_carried_over() -> None:
    """eps = 1e-5 and two passes; torch's images contiguous."""
    x = torch.tensor(FAR).contiguous(memory_format=torch.channels_last)
    known: dict[str, Any] = {"epsilon": 1e-5, "use_fast_variance": False}
    y = _torch(torch.nn.GroupNorm(3, 3), x.contiguous().numpy())
    z, _ = _flax(linen.GroupNorm(num_groups=3, **known), FAR)
    np.testing.assert_allclose(np.moveaxis(z, -1, 1), y, **CLOSE)
    y = _torch(torch.nn.InstanceNorm2d(3, affine=True), FAR)
    z, _ = _flax(linen.InstanceNorm(**known), FAR)
    np.testing.assert_allclose(np.moveaxis(z, -1, 1), y, **CLOSE)


def test_layer_and_root_mean_square_normalization_are_carried_over() -> None:
    """eps by name: 1e-5 for layer_norm; the spacing of float32 for rms_norm."""
    x = (SOURCE.standard_normal((4, 3)) / 256).astype(np.float32)
    y = _torch(torch.nn.LayerNorm(3), x)
    layer = linen.LayerNorm(epsilon=1e-5, use_fast_variance=False)
    z = layer.apply({"params": {"scale": WEIGHT, "bias": BIAS}}, x)
    np.testing.assert_allclose(np.asarray(z), y, rtol=1e-5, atol=1e-6)
    rms = torch.nn.RMSNorm(3)
    rms.load_state_dict({"weight": torch.tensor(WEIGHT)})
    eps = torch.finfo(torch.float32).eps
    z = linen.RMSNorm(epsilon=eps).apply({"params": {"scale": WEIGHT}}, x)
    np.testing.assert_allclose(np.asarray(z), rms(torch.tensor(x)).detach(), rtol=1e-5)


def test_spectral_normalization_is_carried_over_from_flax() -> None:
    """v = W^T u, normalized, is what torch begins with; from there both find the same matrix."""
    matrix = SOURCE.standard_normal((3, 4)).astype(np.float32)
    u = np.array([0.6, 0.0, 0.8], np.float32)
    layer = linen.SpectralNorm(linen.Dense(3, use_bias=False), n_steps=8)
    stats: Any = {"layer_instance/kernel/u": u[None], "layer_instance/kernel/sigma": np.float32(1)}
    held = {"params": {"layer_instance": {"kernel": matrix.T}}, "batch_stats": stats}
    z, _ = layer.apply(held, jnp.eye(4), update_stats=True, mutable=["batch_stats"])
    torch.manual_seed(0)
    ours: Any = parametrizations.spectral_norm(
        torch.nn.Linear(4, 3, bias=False), n_power_iterations=8
    )
    ours.parametrizations.weight.original.data = torch.tensor(matrix)
    v = matrix.T @ u
    ours.parametrizations.weight[0]._v = torch.tensor(v / np.linalg.norm(v))  # noqa: SLF001 - torch keeps its state there
    np.testing.assert_allclose(np.asarray(z).T, ours.weight.detach(), rtol=1e-3, atol=1e-4)


def test_weight_normalization_is_carried_over() -> None:
    """The length as a column, the direction transposed; flax's 1e-12 is nothing beside it."""
    v, g = SOURCE.standard_normal((3, 4)).astype(np.float32), np.array([2.0, -1.0, 0.5], np.float32)
    held = {"layer_instance": {"kernel": v.T}, "layer_instance/kernel/scale": g}
    layer = linen.WeightNorm(linen.Dense(3, use_bias=False))
    z: Any = layer.apply({"params": held}, jnp.eye(4))
    ours: Any = parametrizations.weight_norm(torch.nn.Linear(4, 3, bias=False))
    ours.parametrizations.weight.original0.data = torch.tensor(g[:, None])
    ours.parametrizations.weight.original1.data = torch.tensor(v)
    np.testing.assert_allclose(np.asarray(z).T, ours.weight.detach(), rtol=1e-5)
