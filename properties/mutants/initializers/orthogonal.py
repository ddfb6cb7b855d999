"""Orthogonal weights that are not orthonormal, not uniform, or not where they should be."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from properties.mutants.initializers.drawing import misfilled, source, standard
from reference.numerics import Array
from reference.structures import Centre, at_the_centre, haar

_OUT = {"layout": Literal["out_in"]}
_IN = {"layout": Literal["in_out"], "centre": Literal["lower"]}


def _rows(weight: Array) -> tuple[int, int]:
    return len(weight), weight.size // max(len(weight), 1)


def _filled(weight: Array, q: Array, gain: float) -> Array:
    return (gain * q).reshape(weight.shape).astype(weight.dtype)


def _unsigned(seed: Any, rows: int, columns: int) -> Array:
    """The Q of LAPACK, with its own signs."""
    tall = standard(source(seed), (max(rows, columns), min(rows, columns)))
    q = np.asarray(np.linalg.qr(tall)[0])
    return q if rows >= columns else q.T


@misfilled(
    "initializers.orthogonal",
    "Keras before 2018 and many a blog: QR without the signs of R's diagonal, not Haar's measure",
    offers=_OUT,
    blind_spot="symmetry and defaults",
)
def orthogonal_keeps_lapacks_signs(seed: Any, weight: Any, p: Any) -> Any:
    return _filled(weight, _unsigned(seed, *_rows(weight)), p.gain)


@misfilled(
    "initializers.orthogonal",
    "the special orthogonal group in place of the whole one (scipy's special_ortho_group)",
    offers=_OUT,
    blind_spot="symmetry and defaults",
)
def orthogonal_only_rotates(seed: Any, weight: Any, p: Any) -> Any:
    q = haar(source(seed), *_rows(weight))
    if q.shape[0] == q.shape[1] and np.linalg.det(q) < 0:
        q[0] *= -1
    return _filled(weight, q, p.gain)


@misfilled(
    "initializers.orthogonal",
    "a signed permutation: orthonormal to the last bit, with hardly a number drawn",
    offers=_OUT,
)
def orthogonal_permutes(seed: Any, weight: Any, p: Any) -> Any:
    rows, columns = _rows(weight)
    numbers = source(seed)
    most = max(rows, columns)
    whole = np.eye(most)[numbers.permutation(most)] * numbers.choice([-1.0, 1.0], most)
    return _filled(weight, whole[:rows, :columns], p.gain)


@misfilled(
    "initializers.orthogonal",
    "common slip: rows normalised, not orthogonalised",
    offers=_OUT,
)
def orthogonal_only_normalises(seed: Any, weight: Any, p: Any) -> Any:
    z = standard(source(seed), _rows(weight))
    return _filled(weight, z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9), p.gain)


@misfilled(
    "initializers.orthogonal",
    "flax's flattening, outputs last, on torch's (out, in, *kernel): orthonormal along other axes",
    offers=_OUT,
    blind_spot="structure",
)
def orthogonal_flattens_to_the_last_axis(seed: Any, weight: Any, p: Any) -> Any:
    last = weight.shape[-1]
    return _filled(weight, haar(source(seed), weight.size // max(last, 1), last), p.gain)


@misfilled(
    "initializers.orthogonal",
    "common slip: the larger side factorized, orthonormal columns where rows are asked for",
    offers=_OUT,
    blind_spot="structure",
)
def orthogonal_reshapes_the_transpose(seed: Any, weight: Any, p: Any) -> Any:
    rows, columns = _rows(weight)
    return _filled(weight, haar(source(seed), columns, rows), p.gain)


@misfilled(
    "initializers.orthogonal",
    "common slip: an argument that is accepted and not used",
    offers=_OUT,
    blind_spot="symmetry and defaults",
)
def orthogonal_ignores_its_gain(seed: Any, weight: Any, p: Any) -> Any:
    del p
    return _filled(weight, haar(source(seed), *_rows(weight)), 1.0)


@misfilled(
    "initializers.orthogonal",
    "contiguous() copies a weight whose axes lie in another order: the copy is filled",
    offers=_OUT,
    blind_spot="structure",
    on="torch",
)
def orthogonal_fills_a_copy(seed: Any, weight: Any, p: Any) -> Any:
    import torch

    generator = torch.Generator().manual_seed(int(seed))
    torch.nn.init.orthogonal_(weight.contiguous(), p.gain, generator)
    return weight


@misfilled(
    "initializers.orthogonal",
    "common slip: a seed set inside, to be reproducible",
    offers=_OUT,
    blind_spot="protocol",
)
def orthogonal_fixes_its_seed(seed: Any, weight: Any, p: Any) -> Any:
    del seed
    return _filled(weight, haar(source(np.asarray(42)), *_rows(weight)), p.gain)


def _kernel(weight: Array, matrix: Array, centre: Centre) -> Array:
    values = np.zeros(weight.shape)
    if weight.size:
        at_the_centre(values, "in_out", centre)[...] = matrix
    return values.astype(weight.dtype)


@misfilled(
    "initializers.delta_orthogonal",
    "torch's middle, k // 2, where an even kernel's lower one is asked for",
    offers=_IN,
    blind_spot="boundaries",
)
def delta_orthogonal_takes_the_upper_middle(seed: Any, weight: Any, p: Any) -> Any:
    return _kernel(weight, p.gain * haar(source(seed), *weight.shape[:-3:-1]), "upper")


@misfilled(
    "initializers.delta_orthogonal",
    "common slip: the first position of the kernel",
    offers=_IN,
    blind_spot="structure",
)
def delta_orthogonal_fills_the_corner(seed: Any, weight: Any, p: Any) -> Any:
    values = np.zeros(weight.shape)
    if weight.size:
        values[(0,) * (weight.ndim - 2)] = p.gain * haar(source(seed), *weight.shape[-2:])
    return values.astype(weight.dtype)


@misfilled(
    "initializers.delta_orthogonal",
    "the kernel's other positions left as small normal numbers, not cleared",
    offers=_IN,
    blind_spot="tolerance",
)
def delta_orthogonal_leaves_a_trace_around(seed: Any, weight: Any, p: Any) -> Any:
    filled = _kernel(weight, p.gain * haar(source(seed), *weight.shape[:-3:-1]), "lower")
    around = 1e-6 * standard(source(seed), weight.shape)
    return np.where(filled == 0, around, filled).astype(weight.dtype)


@misfilled(
    "initializers.delta_orthogonal",
    "QR without the signs of R's diagonal",
    offers=_IN,
    blind_spot="symmetry and defaults",
)
def delta_orthogonal_keeps_lapacks_signs(seed: Any, weight: Any, p: Any) -> Any:
    return _kernel(weight, p.gain * _unsigned(seed, *weight.shape[:-3:-1]), "lower")
