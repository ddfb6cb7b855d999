"""Complex parameters: torch steps their two parts apart, optax takes the size of both."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import pytest
import torch

SOURCE = np.random.default_rng(0)
START, *GRADS = SOURCE.standard_normal((6, 5)) + 1j * SOURCE.standard_normal((6, 5))
RATE = 0.125

PAIRS: dict[str, tuple[Any, Any]] = {
    "sgd": (lambda w: torch.optim.SGD(w, RATE, 0.9), optax.sgd(RATE, 0.9)),
    "adam": (lambda w: torch.optim.Adam(w, RATE), optax.adam(RATE)),
    "adamw": (
        lambda w: torch.optim.AdamW(w, RATE, weight_decay=0.5),
        optax.adamw(RATE, weight_decay=0.5),
    ),
    "rmsprop": (
        lambda w: torch.optim.RMSprop(w, RATE, 0.9),
        optax.rmsprop(RATE, 0.9, eps_in_sqrt=False),
    ),
}


def _torch(make: Any) -> Any:
    w = torch.tensor(START, requires_grad=True)
    optimizer = make([w])
    for g in GRADS:
        w.grad = torch.tensor(g)
        optimizer.step()
    return w.detach().numpy()


def _optax(optimizer: Any) -> Any:
    with jax.enable_x64(True):
        w = jnp.asarray(START)
        state = optimizer.init(w)
        for g in GRADS:
            # optax takes the gradient as jax.grad gives it: the conjugate of torch's
            updates, state = optimizer.update(jnp.asarray(g), state, w)
            w = optax.apply_updates(w, updates)
        return np.asarray(w)


@pytest.mark.parametrize("name", PAIRS)
def test_split_into_parts_optax_is_torch(name: str) -> None:
    """optax.contrib.split_real_and_imaginary is what ports a run with complex parameters."""
    ours, theirs = PAIRS[name]
    split = optax.contrib.split_real_and_imaginary(theirs)
    np.testing.assert_allclose(_optax(split), _torch(ours), rtol=1e-12)


@pytest.mark.parametrize("name", ["adam", "adamw", "rmsprop"])
def test_as_it_is_optax_divides_by_the_size(name: str) -> None:
    """Second moments are of |g|^2: both parts move by one rate, which torch has for each."""
    ours, theirs = PAIRS[name]
    assert np.max(abs(_optax(theirs) - _torch(ours))) > RATE / 4


def test_the_first_step_of_adam_tells_the_two_apart() -> None:
    """torch moves both parts by the rate, optax the number by the rate, along its gradient."""
    g = np.array([3.0 + 4.0j])
    w = torch.zeros(1, dtype=torch.complex128, requires_grad=True)
    w.grad = torch.tensor(g)
    torch.optim.Adam([w], RATE, eps=0.0).step()
    optimizer = optax.adam(RATE, eps=0.0)
    with jax.enable_x64(True):
        zero = jnp.zeros(1, complex)
        update, _ = optimizer.update(jnp.asarray(g), optimizer.init(zero), zero)
    np.testing.assert_allclose(w.detach().numpy(), -RATE * (1 + 1j), rtol=1e-12)
    np.testing.assert_allclose(update, -RATE * g / 5, rtol=1e-12)
