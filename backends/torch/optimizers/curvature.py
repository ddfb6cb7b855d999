"""Second-order steps, composed of torch's derivatives and its linear solver."""

from __future__ import annotations

from typing import Any

import torch

from backends.binding import offers
from backends.nonsense import accepts

_SOLVES = "torch.linalg.solve takes no 16-bit numbers"


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
    def summed(w: Any) -> Any:
        scores = features @ w
        if loss == "squares":
            return torch.nn.functional.mse_loss(scores, targets, reduction="sum") / 2
        return torch.nn.functional.binary_cross_entropy_with_logits(
            scores, targets, reduction="sum"
        )

    gradient, hessian = torch.func.grad(summed)(weights), torch.func.hessian(summed)(weights)
    return weights - learning_rate * torch.linalg.solve(_damped(hessian, damping), gradient)


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
        return (torch.sigmoid(scores) if model == "logistic" else scores) - targets

    jacobian, gap = torch.func.jacrev(residuals)(weights), residuals(weights)
    curvature = _damped(jacobian.T @ jacobian, damping)
    return weights - learning_rate * torch.linalg.solve(curvature, jacobian.T @ gap)


def _damped(curvature: Any, damping: float) -> Any:
    return curvature + damping * torch.eye(len(curvature)).to(curvature)
