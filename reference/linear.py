"""Linear equations in any precision, of stacks of matrices as well."""

from __future__ import annotations

import numpy as np

from reference.numerics import Array
from reference.stored import stored


def solved(a: Array, b: Array) -> Array:
    """x with a x = b, by Gaussian elimination with partial pivoting; a is (..., n, n), b (..., n).

    Whoever solves so gets the exact solution of (a + E) x = b with |E| <= 3 n u |L| |U| (Higham
    2002, theorem 9.4), L and U being the factors of a: a is marked as stored, off by that much.
    """
    n = a.shape[-1]
    lower, upper, order = _factors(a)
    size = np.zeros_like(a)
    np.put_along_axis(size, order[..., None] + 0 * size.astype(int), abs(lower) @ abs(upper), -2)
    lower, upper, order = _factors(stored(a, 3 * n, of=size))
    y = np.take_along_axis(b + 0 * a[..., 0], order, -1)
    for i in range(n):
        y[..., i] -= np.sum(lower[..., i, :i] * y[..., :i], axis=-1)
    for i in reversed(range(n)):
        y[..., i] -= np.sum(upper[..., i, i + 1 :] * y[..., i + 1 :], axis=-1)
        y[..., i] /= upper[..., i, i]
    return y


def _factors(a: Array) -> tuple[Array, Array, Array]:
    """L, U and the order of rows, for which a[order] = L U."""
    n = a.shape[-1]
    upper = np.array(a, copy=True)
    lower = np.zeros_like(upper)
    order = np.broadcast_to(np.arange(n), a.shape[:-1]).copy()
    for k in range(n):
        pivot = k + np.argmax(abs(upper[..., k:, k]), axis=-1)[..., None]
        swap = np.broadcast_to(np.arange(n), order.shape).copy()
        np.put_along_axis(swap, pivot, k, -1)
        swap[..., k] = pivot[..., 0]
        upper, lower = (np.take_along_axis(m, swap[..., None], -2) for m in (upper, lower))
        order = np.take_along_axis(order, swap, -1)
        lower[..., k, k] = 1
        lower[..., k + 1 :, k] = upper[..., k + 1 :, k] / upper[..., k, k][..., None]
        upper[..., k + 1 :, :] -= lower[..., k + 1 :, k, None] * upper[..., k, None, :]
    return lower, upper, order
