"""The articles' worked example with flax's layers, optax's loss and optimizer."""

from __future__ import annotations

from typing import Any

import jax
import optax
from jax import numpy as jnp

from backends.binding import offers
from backends.jax.flow import linear
from reference.flow.training import NARROW


@offers("float64", "float32", because=NARROW)
def classifier_training(
    images: Any, labels: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any,
    *, learning_rate: float = 1e-3,
) -> Any:  # fmt: skip
    optimizer = optax.adam(learning_rate)

    def loss(weights: Any, x: Any, label: Any) -> Any:
        h = jax.nn.relu(linear(x, *weights[:2]))
        h = jax.nn.relu(linear(h, *weights[2:4]))
        logits = linear(h, *weights[4:])
        return optax.softmax_cross_entropy_with_integer_labels(logits, label).mean()

    def step(carry: Any, batch: Any) -> Any:
        weights, state = carry
        value, gradients = jax.value_and_grad(loss)(weights, *batch)
        updates, state = optimizer.update(gradients, state, weights)
        return (optax.apply_updates(weights, updates), state), value

    weights = (w1, b1, w2, b2, w3, b3)
    batches = images, labels
    first, value = step((weights, optimizer.init(weights)), (images[0], labels[0]))
    (last, _), values = jax.lax.scan(step, first, jax.tree.map(lambda a: a[1:], batches))
    return jnp.concatenate([value[None], values]), first[0], last
