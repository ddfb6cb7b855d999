"""Noise, by optax."""

from __future__ import annotations

from typing import Any

import jax
import optax

from backends.gradient_updates import stepped


def add_noise(seed: Any, steps: Any, *, eta: float = 0.3, gamma: float = 0.55) -> Any:
    step, first = stepped(optax.add_noise(eta, gamma, jax.random.key(seed)), steps)
    return jax.lax.scan(step, first, steps)[1][1]
