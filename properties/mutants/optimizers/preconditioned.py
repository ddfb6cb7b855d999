"""Wrong optimizers that precondition a matrix from both sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.numerics import Array
from reference.optimizers.preconditioned import shampoo

SHAMPOO = "optimizers.shampoo"


def _power(a: Array, ridge: float, power: float = -0.25, *, relative: bool = True) -> Array:
    """A power of a symmetric matrix, damped."""
    mean = float(np.trace(a)) / len(a)
    damping = ridge * mean if relative else ridge
    if not np.isfinite(a).all():
        return np.full(a.shape, np.nan)
    values, vectors = np.linalg.eigh(a + damping * np.eye(len(a)))
    raised = np.where(values > 0, abs(values) ** power, 0.0)
    return np.asarray((vectors * raised) @ vectors.T)


def _moved(grads: Any, sides: Any, params: Any, p: dict[str, Any], root: Any = _power) -> Any:
    """Shampoo's step between these sides, by another root."""
    parts = zip(params, grads, sides["left"], sides["right"], strict=True)
    rate, e = p["learning_rate"], p["ridge"]
    return [w - rate * root(a, e) @ g @ root(b, e) for w, g, a, b in parts]


@wrong(
    SHAMPOO,
    "the inverse square root on each side, as full-matrix Adagrad has on one",
    blind_spot="scale",
)
def shampoo_takes_square_roots(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    return _moved(grads, kept, params, p, lambda a, e: _power(a, e, -0.5)), kept


@wrong(
    SHAMPOO,
    "one side only, by its square root: K-FAC's and full-matrix Adagrad's form",
    blind_spot="structure",
)
def shampoo_preconditions_one_side(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    parts = zip(params, grads, kept["left"], strict=True)
    rate = p["learning_rate"]
    return [w - rate * _power(a, p["ridge"], -0.5) @ g for w, g, a in parts], kept


@wrong(
    SHAMPOO,
    "roots of the diagonals: Adagrad of rows and columns",
    blind_spot="structure",
)
def shampoo_sees_diagonals(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    return _moved(grads, kept, params, p, lambda a, e: _power(np.diag(np.diag(a)), e)), kept


@wrong(
    SHAMPOO,
    "the sides before this gradient: the first step is none, and every one a step late",
    blind_spot="time",
)
def shampoo_is_a_step_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    return _moved(grads, state, params, p), kept


@wrong(
    SHAMPOO,
    "averages in place of sums: steps that never shorten",
    blind_spot="time",
)
def shampoo_averages(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    mixed = {
        k: [0.95 * old + 0.05 * (new - old) for old, new in zip(state[k], kept[k], strict=True)]
        for k in kept
    }
    return _moved(grads, mixed, params, p), mixed


@wrong(
    SHAMPOO,
    "the ridge in units of squared gradients: a step goes by the loss's scale",
    blind_spot="scale",
)
def shampoo_damps_absolutely(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    root = lambda a, e: _power(a, e, relative=False)  # noqa: E731
    return _moved(grads, kept, params, p, root), kept


@wrong(
    SHAMPOO,
    "eighth roots, as a tensor of four axes has",
    blind_spot="structure",
)
def shampoo_counts_its_axes_twice(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    return _moved(grads, kept, params, p, lambda a, e: _power(a, e, -0.125)), kept


@wrong(
    SHAMPOO,
    "the right side sums what the left does where a matrix is square, G G^T for G^T G",
    blind_spot="structure",
)
def shampoo_forgets_to_transpose(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    kept["right"] = [b + abs(g).T @ abs(g) for b, g in zip(state["right"], grads, strict=True)]
    return _moved(grads, kept, params, p), kept


@wrong(
    SHAMPOO,
    "a singular value decomposition of this gradient alone: Muon without its past",
    blind_spot="dynamics",
)
def shampoo_forgets_its_past(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = shampoo(grads, state, params, **p)
    moved = []
    for w, g in zip(params, grads, strict=True):
        u, _, v = np.linalg.svd(np.nan_to_num(g), full_matrices=False)
        moved.append(w - p["learning_rate"] * (u @ v))
    return moved, kept
