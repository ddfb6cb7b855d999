"""Wrong clipping tensor by tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.gradients.clipping import norm_of, share_of
from properties.mutants.mutant import mutant
from reference.numerics import Array


@mutant(
    "gradients.clip_by_norm",
    "the norm of the tree taken for that of every tensor",
    blind_spot="structure",
)
def clip_by_norm_takes_the_tree(grads: Any, *, max_norm: float, norm_type: Any, eps: float) -> Any:
    return [g * share_of(norm_of(grads, norm_type), max_norm, eps) for g in grads]


@mutant(
    "gradients.clip_by_norm",
    "a norm for every row of a matrix: numpy.linalg.norm with an axis",
    blind_spot="structure",
)
def clip_by_norm_takes_rows(grads: Any, *, max_norm: float, norm_type: Any, eps: float) -> Any:
    def one(g: Array) -> Any:
        rows = [g] if g.ndim < 2 else list(g)
        parts = [x * share_of(norm_of([x], norm_type), max_norm, eps) for x in rows]
        return parts[0] if g.ndim < 2 else np.stack(parts)

    return [one(g) for g in grads]


@mutant(
    "gradients.clip_by_norm",
    "fails on a tree of no tensors: an empty model part",
    blind_spot="special values",
)
def clip_by_norm_invents_a_tensor(
    grads: Any, *, max_norm: float, norm_type: Any, eps: float
) -> Any:
    return [g * share_of(norm_of([g], norm_type), max_norm, eps) for g in grads] or [np.zeros(())]


@mutant(
    "gradients.clip_by_block_rms",
    "the norm, not the root of the mean square: large tensors are clipped too early",
    blind_spot="structure",
)
def rms_forgets_the_mean(grads: Any, *, threshold: float) -> Any:
    return [g * share_of(norm_of([g]), threshold, 0.0) for g in grads]


@mutant(
    "gradients.clip_by_block_rms",
    "the mean square, not its root: alike at 1",
    blind_spot="scale",
)
def rms_forgets_the_root(grads: Any, *, threshold: float) -> Any:
    return [
        g * share_of(np.square(norm_of([g])) / np.float32(max(1, g.size)), threshold, 0.0)
        for g in grads
    ]


@mutant(
    "gradients.clip_by_block_rms",
    "one mean square for the whole tree",
    blind_spot="structure",
)
def rms_takes_the_tree(grads: Any, *, threshold: float) -> Any:
    mean = norm_of(grads) / np.float32(np.sqrt(sum(g.size for g in grads)))
    return [g * share_of(mean, threshold, 0.0) for g in grads]


@mutant(
    "gradients.clip_by_block_rms",
    "the quotient r / c without its maximum with 1: short gradients grow",
    blind_spot="boundaries",
)
def rms_stretches_short_gradients(grads: Any, *, threshold: float) -> Any:
    norms = [norm_of([g]) / np.float32(np.sqrt(max(1, g.size))) for g in grads]
    return [g * (np.float32(threshold) / n) for g, n in zip(grads, norms, strict=True)]
