"""Wrong norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.gradients.norms import scaled_norm


def _norm(grads: Any, norm_type: Any = 2) -> Any:
    scale, root = scaled_norm(grads, norm_type)
    return np.asarray(scale * root)


@mutant(
    "gradients.global_norm",
    "norms of tensors added: right for the city block only",
    blind_spot="structure",
)
def norm_adds_norms(grads: Any, *, norm_type: Any, foreach: bool) -> Any:
    del foreach
    return np.asarray(sum(_norm([g], norm_type) for g in grads))


@mutant(
    "gradients.global_norm",
    "squares summed as they are: infinite in float32 from 1e19 on",
    blind_spot="scale",
)
def norm_overflows(grads: Any, *, norm_type: Any, foreach: bool) -> Any:
    del foreach
    if norm_type != 2:
        return _norm(grads, norm_type)
    return np.sqrt(sum((np.sum(g * g) for g in grads), grads[0].dtype.type(0)))


@mutant(
    "gradients.global_norm",
    "the root of order 2 for every order",
    blind_spot="symmetry and defaults",
)
def norm_takes_square_roots(grads: Any, *, norm_type: Any, foreach: bool) -> Any:
    del foreach
    if norm_type == "inf":
        return _norm(grads, norm_type)
    return np.asarray(np.sqrt(np.power(_norm(grads, norm_type), np.float32(norm_type))))


@mutant(
    "gradients.global_norm",
    "walking all tensors in one call leaves out the last one",
    blind_spot="structure",
)
def norm_walks_past_the_end(grads: Any, *, norm_type: Any, foreach: bool) -> Any:
    return _norm(grads[:3] if foreach else grads, norm_type)


@mutant(
    "gradients.global_norm",
    "numpy.nanmax and nansum: NaN passes for 0",
    blind_spot="special values",
)
def norm_hides_nan(grads: Any, *, norm_type: Any, foreach: bool) -> Any:
    del foreach
    return _norm([np.where(np.isnan(g), 0, g).astype(g.dtype) for g in grads], norm_type)


@mutant(
    "gradients.normalize_by_norm",
    "every tensor brought to the length by itself",
    blind_spot="structure",
)
def normalize_takes_every_tensor_alone(grads: Any, *, scale_factor: float, eps: float) -> Any:
    return [g * np.float32(scale_factor) / (_norm([g]) + np.float32(eps)) for g in grads]


@mutant(
    "gradients.normalize_by_norm",
    "eps under the root: alike where the norm is large",
    blind_spot="tolerance",
)
def normalize_roots_eps(grads: Any, *, scale_factor: float, eps: float) -> Any:
    norm = np.hypot(_norm(grads), np.sqrt(np.float32(eps)))
    return [g * (np.float32(scale_factor) / norm) for g in grads]


@mutant(
    "gradients.normalize_by_norm",
    "divided by the factor, not multiplied: alike at 1",
    blind_spot="symmetry and defaults",
)
def normalize_divides_by_its_factor(grads: Any, *, scale_factor: float, eps: float) -> Any:
    return [g / (np.float32(scale_factor) * (_norm(grads) + np.float32(eps))) for g in grads]
