"""Activations of rows, of jax.nn and optax."""

from __future__ import annotations

from typing import Any

import jax
import optax

from backends.binding import absent, deviates
from backends.equations.activations.rows import (
    LOG_OF_SUM,
    LOG_OF_SUM_LESS_LOGIT,
    SHARE_LESS_ONE,
    outweighs,
    right_class,
    shares_pullback,
)

_HIGH = (9.0, *(0.0,) * 7)

softmin = absent("jax.nn has none: its users compose jax.nn.softmax(-x)")


@deviates(
    "gradient_agrees",
    where=outweighs, at_most=shares_pullback(1), because="its own rule is y (c - sum(c y))",
    witness={"x": _HIGH},
)  # fmt: skip
def softmax(x: Any) -> Any:
    return jax.nn.softmax(x, axis=-1)


@deviates(
    "agrees_with_reference",
    where=lambda y: y > -1, at_most=LOG_OF_SUM, because="jax takes log(1 + r), not log1p(r)",
    witness={"x": _HIGH},
)  # fmt: skip
def log_softmax(x: Any) -> Any:
    return jax.nn.log_softmax(x, axis=-1)


@deviates(
    "agrees_with_reference",
    where=lambda y: y < 1, at_most=LOG_OF_SUM_LESS_LOGIT,
    because="optax takes x_t off logsumexp(x), which has been rounded",
    witness={"x": _HIGH, "targets": 0},
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=right_class, at_most=SHARE_LESS_ONE, because="jax adds p and -1 at the target",
    witness={"x": _HIGH, "targets": 0},
)  # fmt: skip
def cross_entropy(x: Any, targets: Any) -> Any:
    return optax.softmax_cross_entropy_with_integer_labels(x, targets)
