"""Wrong optimizers of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from properties.mutants.optimizers import wrong
from reference.numerics import Array
from reference.optimizers.matrices import muon, orthogonalized, shape_factor

MUON = "optimizers.muon"


def _moved(
    grads: Any, state: Any, params: Any, p: dict[str, Any], turned: Any, factor: Any = shape_factor
) -> Any:
    """Muon with another way to orthogonalize, or another shape factor."""
    _, kept = muon(grads, state, params, **p)
    m, rate, decay = p["momentum"], p["learning_rate"], p["weight_decay"]
    new = []
    for w, g, b in zip(params, grads, kept["momentum_buffer"], strict=True):
        ahead = m * b + (1 - m) * g if p["nesterov"] else b
        s = factor(w.shape, p["scale"], p["layout"])
        new.append(w - rate * (s * turned(ahead, p["eps"]) + decay * w))
    return new, kept


def _divided(x: Array, eps: float) -> Array:
    return x / max(float(np.linalg.norm(x)), eps)


@wrong(
    MUON, "momentum descent: the matrix is divided by its norm, and no more", blind_spot="structure"
)
def muon_moves_by_the_normalized_momentum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return _moved(grads, state, params, p, _divided)


@wrong(
    MUON,
    "U V^T by a singular value decomposition, which the iteration is up to 32 percent away from",
    blind_spot="tolerance",
)
def muon_is_exactly_orthogonal(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def polar(x: Array, eps: float) -> Array:
        del eps
        u, _, v = np.linalg.svd(np.nan_to_num(x), full_matrices=False)
        return np.asarray(u @ v)

    return _moved(grads, state, params, p, polar)


@wrong(
    MUON,
    "the cubic iteration 1.5 X - 0.5 X X^T X: five of its steps leave small singular values small",
    blind_spot="dynamics",
)
def muon_iterates_a_cubic(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def cubic(x: Array, eps: float) -> Array:
        x = _divided(x, eps)
        for _ in range(5):
            x = 1.5 * x - 0.5 * x @ x.T @ x
        return x

    return _moved(grads, state, params, p, cubic)


@wrong(
    MUON,
    "X X^T of a matrix that is transposed by reshape: its rows are torn apart",
    blind_spot="structure",
)
def muon_reshapes_high_matrices(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def torn(x: Array, eps: float) -> Array:
        flat = np.reshape(_divided(x, eps), (min(x.shape), max(x.shape)))
        return np.reshape(orthogonalized(flat), x.shape)

    return _moved(grads, state, params, p, torn)


@wrong(MUON, "four iterations in place of five", blind_spot="tolerance")
def muon_stops_an_iteration_early(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def shorter(x: Array, eps: float) -> Array:
        x = _divided(x, eps)
        for _ in range(4):
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        return x

    return _moved(grads, state, params, p, shorter)


@wrong(
    MUON,
    "the norm of the largest row in place of that of the matrix: singular values beyond 1 diverge",
    blind_spot="boundaries",
)
def muon_divides_by_the_largest_row(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def turned(x: Array, eps: float) -> Array:
        row = max(float(np.max(np.linalg.norm(x, axis=1))), eps)
        return orthogonalized(x / row)

    return _moved(grads, state, params, p, turned)


@wrong(
    MUON,
    "the layout of the other library: inputs and outputs change places; alike for square matrices",
    blind_spot="protocol",
)
def muon_takes_rows_for_columns(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    other = {"outputs_first": "inputs_first", "inputs_first": "outputs_first"}[p["layout"]]
    return muon(grads, state, params, **(p | {"layout": other}))


@mutant(
    MUON,
    "a bias is orthogonalized as a matrix of one column, where there is nothing to orthogonalize",
    blind_spot="special values",
)
def muon_takes_vectors_for_matrices(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    def columns(tensors: Any) -> list[Array]:
        return [x.reshape(-1, 1) if x.ndim == 1 else x for x in tensors]

    buffers = columns(state["momentum_buffer"])
    given = state | {"momentum_buffer": buffers}
    new, kept = muon(columns(grads), given, columns(params), **p)
    shaped = [np.reshape(b, w.shape) for b, w in zip(kept["momentum_buffer"], params, strict=True)]
    moved = [np.reshape(v, w.shape) for v, w in zip(new, params, strict=True)]
    return moved, {"step": kept["step"], "momentum_buffer": shaped}


@wrong(
    MUON,
    "torch without Nesterov's look-ahead, in bfloat16: the buffer itself is divided by its norm",
    blind_spot="protocol",
)
def muon_normalizes_its_buffer(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = muon(grads, state, params, **p)
    kept["momentum_buffer"] = [_divided(b, p["eps"]) for b in kept["momentum_buffer"]]
    return new, kept


@wrong(
    MUON, "the decay of the momentum form, B <- m B + G: seen where eps matters", blind_spot="scale"
)
def muon_sums_its_gradients(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = muon(grads, state, params, **p)
    pairs = zip(state["momentum_buffer"], grads, strict=True)
    kept["momentum_buffer"] = [p["momentum"] * b + g for b, g in pairs]
    return new, kept


@wrong(
    MUON,
    "weight decay added to the gradient: the iteration takes its size away",
    blind_spot="structure",
)
def muon_decays_through_the_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decayed = [g + p["weight_decay"] * w for g, w in zip(grads, params, strict=True)]
    new, kept = muon(decayed, state, params, **(p | {"weight_decay": 0.0}))
    return new, kept
