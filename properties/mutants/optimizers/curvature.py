"""Wrong second-order steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, logistic
from reference.optimizers.curvature import gauss_newton, newton

NEWTON, GAUSS_NEWTON = "optimizers.newton", "optimizers.gauss_newton"


def _parts(x: Array, y: Array, w: Array, straight: bool) -> tuple[Array, Array]:  # noqa: FBT001
    """Residuals and slopes of the model."""
    z = x @ w
    p = z if straight else logistic(z)
    return p - y, np.ones_like(z) if straight else p * (1 - p)


def _like(w: Array, value: Any) -> Array:
    return np.asarray(value).astype(w.dtype)


def _newton(x: Array, y: Array, w: Array, p: dict[str, Any], hessian: Any) -> Array:
    """A Newton step with another Hessian, a function of features, residuals, slopes."""
    newton(x, y, w, **p)  # refuses what the reference does
    r, c = _parts(x, y, w, p["loss"] == "squares")
    h = hessian(x, r, c) + p["damping"] * np.eye(len(w))
    return _like(w, w - p["learning_rate"] * np.linalg.solve(h, x.T @ r))


def _gauss_newton(x: Array, y: Array, w: Array, p: dict[str, Any], parts: Any) -> Array:
    """A Gauss-Newton step with other curvature and gradient, functions of features, r, slopes."""
    gauss_newton(x, y, w, **p)
    curvature, gradient = parts(x, *_parts(x, y, w, p["model"] == "linear"))
    h = curvature + p["damping"] * np.eye(len(w))
    return _like(w, w - p["learning_rate"] * np.linalg.solve(h, gradient))


@mutant(
    NEWTON,
    "A2 3.8 prints plain descent with a falling rate as second-order (there: second-stage)"
    " optimization: no curvature at all",
    blind_spot="structure",
)
def newton_is_descent_with_a_schedule(x: Array, y: Array, w: Array, **p: Any) -> Array:
    newton(x, y, w, **p)
    r, _ = _parts(x, y, w, p["loss"] == "squares")
    return _like(w, w - p["learning_rate"] / (1 + p["damping"]) * x.T @ r)


@mutant(NEWTON, "the diagonal of the Hessian for the whole of it", blind_spot="structure")
def newton_divides_by_the_diagonal(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return _newton(x, y, w, p, lambda x, _, c: np.diag(np.diag(x.T @ (c[:, None] * x))))


@mutant(
    NEWTON,
    "the Hessian of squares under any loss: weights p (1 - p) left out; alike for least squares",
    blind_spot="structure",
)
def newton_forgets_the_loss(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return _newton(x, y, w, p, lambda x, r, c: x.T @ x + 0 * np.sum(r * c))


@mutant(
    NEWTON,
    "the mean of gradients over the sum of Hessians: a step of an N-th",
    blind_spot="scale",
)
def newton_averages_the_gradient_only(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return _newton(x, y, w, p, lambda x, _, c: len(x) * x.T @ (c[:, None] * x))


@mutant(
    NEWTON,
    "the outer product of per-sample gradients (the empirical Fisher matrix) for the Hessian",
    blind_spot="structure",
)
def newton_takes_the_empirical_fisher(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return _newton(x, y, w, p, lambda x, r, c: x.T @ ((r**2 + 0 * c + 1e-12)[:, None] * x))


@mutant(
    NEWTON,
    "the step is added: it climbs to where the parabola is stationary",
    blind_spot="symmetry and defaults",
)
def newton_goes_the_other_way(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return _like(w, 2 * w - newton(x, y, w, **p))


@mutant(
    NEWTON,
    "Levenberg's damping taken for a penalty: the gradient gets l w too, and minima move",
    blind_spot="structure",
)
def newton_penalizes_its_weights(x: Array, y: Array, w: Array, **p: Any) -> Array:
    newton(x, y, w, **p)
    r, c = _parts(x, y, w, p["loss"] == "squares")
    h = x.T @ (c[:, None] * x) + p["damping"] * np.eye(len(w))
    gradient = x.T @ r + p["damping"] * w
    return _like(w, w - p["learning_rate"] * np.linalg.solve(h, gradient))


@mutant(
    NEWTON,
    "the inverse in half the digits: a Hessian kept in float16 under float32 weights",
    blind_spot="tolerance",
)
def newton_keeps_its_hessian_in_half(x: Array, y: Array, w: Array, **p: Any) -> Array:
    def halved(x: Array, _: Array, c: Array) -> Array:
        return np.asarray((x.T @ (c[:, None] * x)).astype(np.float16), np.float64)

    return _newton(x, y, w, p, halved)


@mutant(
    NEWTON,
    "the ridge that makes every Hessian invertible, 1e-4, always there: scale decides what it does",
    blind_spot="scale",
)
def newton_always_damps(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return newton(x, y, w, **(p | {"damping": p["damping"] + 1e-4}))


@mutant(NEWTON, "features are centred in place on the way to the Hessian", blind_spot="protocol")
def newton_writes_into_its_features(x: Array, y: Array, w: Array, **p: Any) -> Array:
    new = newton(x, y, w, **p)
    x -= x.mean(axis=0)
    return np.asarray(new)


@mutant(
    NEWTON,
    "no hyper-parameter is checked: a negative damping turns the curvature's sign",
    blind_spot="special values",
)
def newton_takes_negative_damping(x: Array, y: Array, w: Array, **p: Any) -> Array:
    checked = {k: abs(v) if isinstance(v, float) else v for k, v in p.items()}
    return newton(x, y, w, **checked)


@mutant(
    GAUSS_NEWTON,
    "A2 3.8 prints plain descent with a falling rate as second-order optimization",
    blind_spot="structure",
)
def gauss_newton_is_descent_with_a_schedule(x: Array, y: Array, w: Array, **p: Any) -> Array:
    gauss_newton(x, y, w, **p)
    r, c = _parts(x, y, w, p["model"] == "linear")
    return _like(w, w - p["learning_rate"] / (1 + p["damping"]) * x.T @ (c * r))


@mutant(
    GAUSS_NEWTON,
    "Newton's Hessian of |r|^2 / 2, with the curvature of the model: alike where that is linear",
    blind_spot="structure",
)
def gauss_newton_keeps_the_models_curvature(x: Array, y: Array, w: Array, **p: Any) -> Array:
    straight = p["model"] == "linear"

    def parts(x: Array, r: Array, c: Array) -> tuple[Array, Array]:
        bend = 0.0 if straight else c * (1 - 2 * (r + y))
        return x.T @ ((c**2 + r * bend)[:, None] * x), x.T @ (c * r)

    return _gauss_newton(x, y, w, p, parts)


@mutant(
    GAUSS_NEWTON,
    "logistic regression's gradient, X^T (p - y), under a squared loss: f' is left out once",
    blind_spot="structure",
)
def gauss_newton_leaves_out_a_slope(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return _gauss_newton(
        x, y, w, p, lambda x, r, c: (x.T @ (c[:, None] ** 2 * x), x.T @ (r + 0 * c))
    )


@mutant(
    GAUSS_NEWTON,
    "the Fisher weights of logistic regression, p (1 - p), where their square is due",
    blind_spot="structure",
)
def gauss_newton_weighs_as_newton_does(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return _gauss_newton(x, y, w, p, lambda x, r, c: (x.T @ (c[:, None] * x), x.T @ (c * r)))


@mutant(
    GAUSS_NEWTON,
    "Marquardt's damping under Levenberg's name: the diagonal is multiplied by 1 + l",
    blind_spot="scale",
)
def gauss_newton_damps_by_shares(x: Array, y: Array, w: Array, **p: Any) -> Array:
    share = p["damping"]

    def parts(x: Array, r: Array, c: Array) -> tuple[Array, Array]:
        h = x.T @ (c[:, None] ** 2 * x)
        return h + share * (np.diag(np.diag(h)) - np.eye(len(h))), x.T @ (c * r)

    return _gauss_newton(x, y, w, p, parts)


@mutant(
    GAUSS_NEWTON,
    "targets are subtracted the other way round in the residual, but not in its Jacobian",
    blind_spot="symmetry and defaults",
)
def gauss_newton_climbs(x: Array, y: Array, w: Array, **p: Any) -> Array:
    return _like(w, 2 * w - gauss_newton(x, y, w, **p))
