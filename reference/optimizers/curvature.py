"""Second-order optimization: a step divides the gradient by the curvature of the loss."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.demands import demand
from reference.linear import solved
from reference.numerics import Array, logistic
from reference.optimizer_facts import follows_units, minimizes_quadratics, refuses, rests_at_minima
from reference.stored import stored
from reference.technique import Accuracy, Between, technique

_LOGISTIC = 6
"""Roundings of p = 1 / (1 + exp(-z)): an exponential (3), a sum, a quotient, and one of z."""


def _rows(features: Array, values: Array) -> Array:
    """X^T v, each sum rounding once for every term, relative to the sum of magnitudes."""
    turned = np.swapaxes(features, -2, -1)
    size = (abs(turned) @ abs(values)[..., None])[..., 0]
    return stored((turned @ values[..., None])[..., 0], features.shape[-2] + 1, of=size)


def _squares(features: Array, weights: Array) -> Array:
    """X^T diag(weights) X."""
    turned, weighted = np.swapaxes(features, -2, -1), weights[..., None] * features
    return stored(turned @ weighted, features.shape[-2] + 3, of=abs(turned) @ abs(weighted))


def _scores(features: Array, weights: Array) -> Array:
    """X w, a score for each sample."""
    size = (abs(features) @ abs(weights)[..., None])[..., 0]
    return stored((features @ weights[..., None])[..., 0], features.shape[-1] + 1, of=size)


def _moved(
    weights: Array, gradient: Array, curvature: Array, learning_rate: float, damping: float
) -> Array:
    real = weights.dtype.type
    damped = curvature + real(damping) * np.eye(weights.shape[-1], dtype=weights.dtype)
    return weights - real(learning_rate) * solved(stored(damped), gradient)


@technique(
    source="Nocedal and Wright 2006, Numerical optimization, section 3.3; for logistic regression"
    " Bishop 2006, Pattern recognition and machine learning, section 4.3.3",
    accuracy=Accuracy(ulps=3, inputs=0),
    facts=(
        minimizes_quadratics(loss="squares"),
        follows_units,
        rests_at_minima(lambda loss, scores: scores if loss == "squares" else logistic(scores)),
        refuses(learning_rate=(-0.5,), damping=(-0.5,)),
    ),
)
def newton(
    features: Array,
    targets: Array,
    weights: Array,
    *,
    learning_rate: Annotated[float, Between(0.1, 1.0)] = 1.0,
    damping: Annotated[float, Between(1e-3, 1.0, log=True)] = 0.0,
    loss: Literal["logistic", "squares"] = "logistic",
) -> Array:
    """A Newton step on a regression: to the minimum of the parabola that fits the loss here.

    w <- w - a (H + l I)^-1 g,  g = X^T r,  H = X^T diag(c) X

    w are the weights, X the features, a the learning rate, l the damping; of the sum of losses, g
    is the gradient and H the Hessian. With z = X w and targets y: of squares, (z - y)^2 / 2 summed,
    r = z - y and c = 1; of logistic regression, r = p - y and c = p (1 - p), p = 1 / (1 + e^-z).

    *Numerics*: z, r, c, g and H are stored: sums round once for every term, relative to the sum of
    magnitudes; p takes 6 roundings, and p - y and 1 - p cancel, so that r and c keep the error of
    p. Elimination with partial pivoting solves a system that is off by at most 3 n u |L| |U|. What
    these errors do to w is differentiated: the condition number of H enters so. The product and the
    last difference make 3 roundings.

    Args:
        features: (N, D), one row for each sample.
        targets: (N,), numbers; of logistic regression, probabilities.
        weights: (D,), those that the step starts from.
        learning_rate: share of the full step.
        damping: Levenberg's: added to the diagonal of H, in units of H; not to the gradient.
        loss: of which the sum over the samples is minimized.

    Returns:
        New weights, (D,).

    Raises:
        ValueError: learning_rate or damping is negative.

    *Differences*: neither library has the step; both differentiate twice (torch.func.hessian,
    jax.hessian) and solve (torch.linalg.solve, jax.numpy.linalg.solve), in 32 and 64 bits only.
    The mean over samples instead of the sum changes nothing but the damping's unit.

    Example:
        >>> features = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
        >>> targets = np.array([3.0, 4.0, 7.0])
        >>> newton(features, targets, np.zeros(2), loss="squares")
        array([3., 2.])
    """
    demand(learning_rate=learning_rate >= 0, damping=damping >= 0)
    scores = _scores(features, weights)
    if loss == "squares":
        residuals = stored(scores - targets)
        curvature = np.ones_like(residuals)
    else:
        p = logistic(scores)
        residuals = stored(p - targets, _LOGISTIC + 1, of=p + abs(targets))
        curvature = stored(p * (1 - p), _LOGISTIC + 2, of=p)
    gradient = _rows(features, residuals)
    return _moved(weights, gradient, _squares(features, curvature), learning_rate, damping)


@technique(
    source="Nocedal and Wright 2006, Numerical optimization, section 10.3; the damping is"
    " Levenberg's of 1944",
    accuracy=Accuracy(ulps=3, inputs=0),
    facts=(
        minimizes_quadratics(model="linear"),
        follows_units,
        rests_at_minima(lambda model, scores: scores if model == "linear" else logistic(scores)),
        refuses(learning_rate=(-0.5,), damping=(-0.5,)),
    ),
)
def gauss_newton(
    features: Array,
    targets: Array,
    weights: Array,
    *,
    learning_rate: Annotated[float, Between(0.1, 1.0)] = 1.0,
    damping: Annotated[float, Between(1e-3, 1.0, log=True)] = 0.0,
    model: Literal["logistic", "linear"] = "logistic",
) -> Array:
    """A Gauss-Newton step: to the least squares solution of the model, linearized here.

    w <- w - a (J^T J + l I)^-1 J^T r,  r = f(X w) - y,  J = diag(f'(X w)) X

    w are the weights, X the features, y the targets, a the learning rate, l the damping; f is the
    identity (linear) or the logistic function. Of the Hessian of |r|^2 / 2 the term r'' r is left
    out: the step is Newton's where the model is linear or fits, and always goes downhill.

    *Numerics*: as for `newton`. The slope f (1 - f) cancels, and keeps the error of f, as r does.
    J is stored, and so are J^T J and J^T r. That J^T J has the square of J's condition number is
    the method's own.

    Args:
        features: (N, D), one row for each sample.
        targets: (N,), what the model is fitted to.
        weights: (D,), those that the step starts from.
        learning_rate: share of the full step.
        damping: Levenberg's: added to the diagonal of J^T J, in its units.
        model: f.

    Returns:
        New weights, (D,).

    Raises:
        ValueError: learning_rate or damping is negative.

    *Differences*: neither library has the step; both differentiate the residuals
    (torch.func.jacrev, jax.jacobian) and solve, in 32 and 64 bits only.

    Example:
        >>> features = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
        >>> targets = np.array([3.0, 4.0, 7.0])
        >>> gauss_newton(features, targets, np.zeros(2), model="linear")
        array([3., 2.])
    """
    demand(learning_rate=learning_rate >= 0, damping=damping >= 0)
    scores = _scores(features, weights)
    if model == "linear":
        residuals = stored(scores - targets)
        jacobian = features
    else:
        p = logistic(scores)
        residuals = stored(p - targets, _LOGISTIC + 1, of=p + abs(targets))
        slope = stored(p * (1 - p), _LOGISTIC + 2, of=p)
        jacobian = stored(slope[..., None] * features)
    curvature = _squares(jacobian, np.ones_like(residuals))
    return _moved(weights, _rows(jacobian, residuals), curvature, learning_rate, damping)
