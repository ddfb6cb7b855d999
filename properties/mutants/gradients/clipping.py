"""Wrong clipping."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.gradients.clipping import scaled_norm
from reference.numerics import Array


def _norm(grads: list[Array]) -> Any:
    scale, root = scaled_norm(grads)
    return scale * root


def _share(norm: Any, max_norm: float, eps: float) -> Any:
    kind = norm.dtype.type
    return np.minimum(kind(1), kind(max_norm) / (norm + kind(eps)))


@mutant(
    "gradients.clip_by_global_norm",
    "every tensor clipped by its own norm: the direction changes where sizes differ",
    blind_spot="structure",
)
def clip_takes_every_tensor_alone(grads: Any, *, max_norm: float, eps: float) -> Any:
    return [g * _share(_norm([g]), max_norm, eps) for g in grads], _norm(grads)


@mutant(
    "gradients.clip_by_global_norm",
    "the norm of the first tensor taken for that of the tree",
    blind_spot="structure",
)
def clip_looks_at_the_first_tensor_only(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = _norm(grads[:1])
    return [g * _share(norm, max_norm, eps) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "norms of tensors added, not their squares",
    blind_spot="structure",
)
def clip_adds_norms(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = np.asarray(sum(_norm([g]) for g in grads))
    return [g * _share(norm, max_norm, eps) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "the root forgotten: the sum of squares taken for the norm, alike at a norm of 1",
    blind_spot="scale",
)
def clip_forgets_the_root(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = np.square(_norm(grads))
    return [g * _share(norm, max_norm, eps) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "the mean of squares under the root: clips later, the more numbers there are",
    blind_spot="structure",
)
def clip_takes_the_root_mean_square(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = _norm(grads) / np.float32(np.sqrt(sum(g.size for g in grads)))
    return [g * _share(norm, max_norm, eps) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "no minimum with 1: short gradients are stretched to the bound, and zeros become NaN",
    blind_spot="boundaries",
)
def clip_stretches_short_gradients(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = _norm(grads)
    return [g * (norm.dtype.type(max_norm) / (norm + norm.dtype.type(eps))) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "0 / 0 before the choice: a tree of zeros becomes NaN",
    blind_spot="special values",
)
def clip_divides_zero_by_zero(grads: Any, *, max_norm: float, eps: float) -> Any:
    del eps
    norm = _norm(grads)
    return [g / norm * np.minimum(norm, norm.dtype.type(max_norm)) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "A2 3.3 programs clipping by value, each number by itself, as gradient clipping",
    blind_spot="symmetry and defaults",
)
def clip_bounds_every_number(grads: Any, *, max_norm: float, eps: float) -> Any:
    del eps
    return [np.clip(g, -max_norm, max_norm).astype(g.dtype) for g in grads], _norm(grads)


@mutant(
    "gradients.clip_by_global_norm",
    "NaN taken out of the tree in silence: a spoiled step looks like a good one",
    blind_spot="special values",
)
def clip_hides_nan(grads: Any, *, max_norm: float, eps: float) -> Any:
    clean = [np.nan_to_num(g) for g in grads]
    norm = _norm(clean)
    return [g * _share(norm, max_norm, eps) for g in clean], norm


@mutant(
    "gradients.clip_by_global_norm",
    "squares summed as they are: they overflow in float32 from norms of 1e19 on",
    blind_spot="scale",
)
def clip_loses_large_gradients(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = np.sqrt(sum((np.sum(g * g) for g in grads), grads[0].dtype.type(0)))
    return [g * _share(norm, max_norm, eps) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "gradients are clipped in place, so that those that were given are lost",
    blind_spot="protocol",
)
def clip_writes_into_its_gradients(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = _norm(grads)
    for g in grads:
        g[...] = g * _share(norm, max_norm, eps)
    return grads, norm


@mutant(
    "gradients.clip_by_global_norm",
    "eps of 1e-6 whatever is asked for: seen where max_norm is small",
    blind_spot="tolerance",
    dtypes=("float64",),
)
def clip_adds_its_own_eps(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = _norm(grads)
    return [g * _share(norm, max_norm, eps or 1e-6) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "half of the bound: safe, and wrong",
    blind_spot="tolerance",
)
def clip_again_by_half(grads: Any, *, max_norm: float, eps: float) -> Any:
    norm = _norm(grads)
    share = _share(norm, max_norm, eps)
    return [g * share * (np.float32(0.5) if share < 1 else 1) for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "the norm after clipping is told, not the one before",
    blind_spot="protocol",
)
def clip_tells_the_new_norm(grads: Any, *, max_norm: float, eps: float) -> Any:
    clipped = [g * _share(_norm(grads), max_norm, eps) for g in grads]
    return clipped, _norm(clipped)
