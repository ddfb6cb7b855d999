"""The recipes of connections, in their *Differences*: each is carried out, and makes two equal."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
import torch
from torch.nn import functional

from backends.backend import Backend
from backends.catalogue import backend
from backends.jax.connections import linear
from gradproof import assert_conforms
from reference.catalogue import techniques

SOURCE = np.random.default_rng(0)
X = SOURCE.standard_normal((3, 4))
W1, B1, W2, B2 = (SOURCE.standard_normal(s) for s in ((5, 4), (5,), (4, 5), (4,)))
HOSTS = ("torch", "jax")


def _called(host: str, technique: str, *inputs: Any, **parameters: Any) -> Any:
    found = backend(host)
    assert isinstance(found, Backend)
    binding = found.binding(techniques()[f"connections.{technique}"])
    return found.call(binding, inputs, parameters).outputs


def highway_by_logarithms(x: Any, wh: Any, bh: Any, wt: Any, bt: Any) -> Any:
    """Both gates from the logarithm of a logistic function: neither is 1 minus the other."""
    a = functional.linear(x, wt, bt)
    t, carried = functional.logsigmoid(a).exp(), functional.logsigmoid(-a).exp()
    return t * functional.relu(functional.linear(x, wh, bh)) + carried * x


def highway_by_logarithms_in_jax(x: Any, wh: Any, bh: Any, wt: Any, bt: Any) -> Any:
    """The same in JAX."""
    a = linear(x, wt, bt)
    t, carried = jax.numpy.exp(jax.nn.log_sigmoid(a)), jax.numpy.exp(jax.nn.log_sigmoid(-a))
    return t * jax.nn.relu(linear(x, wh, bh)) + carried * x


@pytest.mark.parametrize("seed", [0, 1])
def test_gates_from_logarithms_deviate_nowhere(seed: int) -> None:
    """exp(logsigmoid(-a)) in the place of 1 - t: value and gradients are right in open gates."""
    assert_conforms(highway_by_logarithms, to="highway", seed=seed)
    mine = highway_by_logarithms_in_jax
    assert_conforms(mine, to="highway", backend="jax", seed=seed, profile="quick")


@pytest.mark.parametrize("host", HOSTS)
def test_scalar_biases_become_those_of_layers(host: str) -> None:
    """A Fixup block is a residual block with b1 = w1 b_1 + b_2 and k times the last layer."""
    b, k = np.array([0.5, -0.25, 0.75, 1.5]), np.array(0.5)
    fixed = _called(host, "fixup", X, [W1, W2], b, k)
    first, last = W1 @ np.full(4, b[0]) + b[1], k * (W2 @ np.full(5, b[2])) + b[3]
    plain = _called(host, "residual", X, W1, first, k * W2, last, activation="post")
    np.testing.assert_allclose(plain, fixed, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("host", HOSTS)
def test_the_papers_stochastic_depth_is_ported_by_its_last_layer(host: str, mode: str) -> None:
    """1 - p times the last layer: trained by the paper, run by a library, in either mode."""
    kept, rate = np.array([1, 0, 1], np.int32), 0.25
    paper = techniques()["connections.stochastic_depth_block"]
    known = {"rate": rate, "mode": mode}
    due = paper(X, W1, B1, W2, B2, kept, scaling="eval", **known).outputs
    weights = (X, W1, B1, (1 - rate) * W2, (1 - rate) * B2, kept)
    seen = _called(host, "stochastic_depth_block", *weights, scaling="train", **known)
    np.testing.assert_allclose(seen, due, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("host", HOSTS)
def test_other_eps_are_ported_by_a_larger_sum(host: str) -> None:
    """Flax's eps is a tenth of torch's: alpha and F times sqrt(10) are the same block."""
    affine, root = (np.ones(4), np.zeros(4)), 10**0.5
    one = _called(host, "deepnorm", X, W1, B1, W2, B2, *affine, alpha=2.0, eps=1e-6)
    other = _called(
        host, "deepnorm", X, W1, B1, root * W2, root * B2, *affine, alpha=2 * root, eps=1e-5
    )
    np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-12)


def test_torchs_post_norm_layer_is_deepnorm_at_one() -> None:
    """TransformerEncoderLayer's second half: LN(x + F(x)), eps 1e-5."""
    layer = torch.nn.TransformerEncoderLayer(
        4, 1, 5, dropout=0.0, batch_first=True, dtype=torch.float64
    )
    x = torch.from_numpy(X)
    with torch.no_grad():
        layer.norm2.weight.mul_(1.5).add_(0.25)
        due = layer.norm2(x + layer._ff_block(x)).numpy()  # noqa: SLF001 - its second half alone
    parts = (layer.linear1.weight, layer.linear1.bias, layer.linear2.weight, layer.linear2.bias)
    weights = (p.detach().numpy() for p in (*parts, layer.norm2.weight, layer.norm2.bias))
    seen = _called("torch", "deepnorm", X, *weights, alpha=1.0, eps=1e-5)
    np.testing.assert_allclose(seen, due, rtol=1e-13, atol=1e-13)
