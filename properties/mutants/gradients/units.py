"""Wrong treatment of units."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.gradients.norms import scaled_norm
from reference.gradients.units import unit_axes
from reference.numerics import Array


def _norm(x: Array, axes: Any = None) -> Any:
    if axes is None:
        scale, root = scaled_norm([x])
        return scale * root
    scale = np.max(abs(x), initial=x.dtype.type(0)) or x.dtype.type(1)
    return np.sqrt(np.sum(np.square(x / scale), axis=axes, keepdims=True)) * scale


def _adapted(g: Array, norm: Any, limit: Any) -> Array:
    return np.where(norm < limit, g, g * (limit / np.where(norm < limit, 1, norm))).astype(g.dtype)


@mutant(
    "gradients.clip_adaptively",
    "norms of whole tensors, not of units",
    blind_spot="structure",
)
def agc_takes_tensors(grads: Any, params: Any, *, clipping: float, eps: float) -> Any:
    return [
        _adapted(g, _norm(g), np.float32(clipping) * np.maximum(_norm(w), np.float32(eps)))
        for g, w in zip(grads, params, strict=True)
    ]


@mutant(
    "gradients.clip_adaptively",
    "no floor under the norm of the weights: those that begin at 0 never move",
    blind_spot="special values",
)
def agc_has_no_floor(grads: Any, params: Any, *, clipping: float, eps: float) -> Any:
    del eps
    return [
        _adapted(g, _norm(g, unit_axes(g)), np.float32(clipping) * _norm(w, unit_axes(w)))
        for g, w in zip(grads, params, strict=True)
    ]


@mutant(
    "gradients.clip_adaptively",
    "the floor added to the norm, not a maximum with it",
    blind_spot="tolerance",
)
def agc_adds_its_floor(grads: Any, params: Any, *, clipping: float, eps: float) -> Any:
    return [
        _adapted(
            g, _norm(g, unit_axes(g)),
            np.float32(clipping) * (_norm(w, unit_axes(w)) + np.float32(eps)),
        )
        for g, w in zip(grads, params, strict=True)
    ]  # fmt: skip


@mutant(
    "gradients.clip_adaptively",
    "the largest weight of a unit, not its norm",
    blind_spot="structure",
)
def agc_takes_the_largest(grads: Any, params: Any, *, clipping: float, eps: float) -> Any:
    return [
        _adapted(
            g, np.max(abs(g), axis=unit_axes(g), keepdims=True, initial=0),
            np.float32(clipping) * np.maximum(
                np.max(abs(w), axis=unit_axes(w), keepdims=True, initial=0), np.float32(eps)
            ),
        )
        for g, w in zip(grads, params, strict=True)
    ]  # fmt: skip


@mutant(
    "gradients.clip_adaptively",
    "units of (out, in) weights, PyTorch's, where (in, out) are given",
    blind_spot="structure",
)
def agc_takes_rows(grads: Any, params: Any, *, clipping: float, eps: float) -> Any:
    def axes(x: Array) -> Any:
        return tuple(range(1, x.ndim)) if np.squeeze(x).ndim > 1 else unit_axes(x)

    return [
        _adapted(
            g, _norm(g, axes(g)),
            np.float32(clipping) * np.maximum(_norm(w, axes(w)), np.float32(eps)),
        )
        for g, w in zip(grads, params, strict=True)
    ]  # fmt: skip


@mutant(
    "gradients.centralize",
    "means over the first axis, with units in the first",
    blind_spot="structure",
)
def centralize_takes_the_other_axis(grads: Any, *, unit_axis: int) -> Any:
    del unit_axis
    return [g - np.mean(g, axis=0, keepdims=True) if g.ndim > 1 else g for g in grads]


@mutant(
    "gradients.centralize",
    "biases are centralized, too: a scalar becomes 0",
    blind_spot="structure",
)
def centralize_takes_vectors(grads: Any, *, unit_axis: int) -> Any:
    def one(g: Array) -> Any:
        others = tuple(i for i in range(g.ndim) if g.ndim == 1 or i != unit_axis % g.ndim)
        return g - np.mean(g, axis=others, keepdims=True) if g.size and g.ndim else g

    return [one(g) for g in grads]


@mutant(
    "gradients.centralize",
    "one mean for the whole tensor",
    blind_spot="structure",
)
def centralize_takes_one_mean(grads: Any, *, unit_axis: int) -> Any:
    del unit_axis
    return [g - np.mean(g) if g.ndim > 1 else g for g in grads]


@mutant(
    "gradients.centralize",
    "divided by the standard deviation as well: a normalization",
    blind_spot="symmetry and defaults",
)
def centralize_normalizes(grads: Any, *, unit_axis: int) -> Any:
    def one(g: Array) -> Any:
        others = tuple(i for i in range(g.ndim) if i != unit_axis % g.ndim)
        spread = np.std(g, axis=others, keepdims=True) + np.float32(1e-6)
        return (g - np.mean(g, axis=others, keepdims=True)) / spread

    return [one(g) if g.ndim > 1 else g for g in grads]
