"""Second-order steps, composed of JAX's derivatives and its linear solver."""

from __future__ import annotations

from typing import Any

import jax
import optax

from backends.binding import offers
from backends.nonsense import accepts

_SOLVES = "jax.numpy.linalg.solve takes no 16-bit numbers"


@accepts("learning_rate=-0.5", "damping=-0.5", because="a composition checks nothing")
@offers("float64", "float32", because=_SOLVES)
def newton(
    features: Any,
    targets: Any,
    weights: Any,
    *,
    learning_rate: float = 1.0,
    damping: float = 0.0,
    loss: str = "logistic",
) -> Any:
    each = {"squares": optax.l2_loss, "logistic": optax.sigmoid_binary_cross_entropy}[loss]

    def summed(w: Any) -> Any:
        return jax.numpy.sum(each(features @ w, targets))

    gradient, hessian = jax.grad(summed)(weights), jax.hessian(summed)(weights)
    return weights - learning_rate * jax.numpy.linalg.solve(_damped(hessian, damping), gradient)


@accepts("learning_rate=-0.5", "damping=-0.5", because="a composition checks nothing")
@offers("float64", "float32", because=_SOLVES)
def gauss_newton(
    features: Any,
    targets: Any,
    weights: Any,
    *,
    learning_rate: float = 1.0,
    damping: float = 0.0,
    model: str = "logistic",
) -> Any:
    def residuals(w: Any) -> Any:
        scores = features @ w
        return (jax.nn.sigmoid(scores) if model == "logistic" else scores) - targets

    jacobian, gap = jax.jacobian(residuals)(weights), residuals(weights)
    curvature = _damped(jacobian.T @ jacobian, damping)
    return weights - learning_rate * jax.numpy.linalg.solve(curvature, jacobian.T @ gap)


def _damped(curvature: Any, damping: Any) -> Any:
    return curvature + damping * jax.numpy.eye(len(curvature), dtype=curvature.dtype)
