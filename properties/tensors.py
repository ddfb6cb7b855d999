"""Trees of tensors of several sizes: a scalar, a vector, matrices, an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reference.numerics import Array, Format

SHAPES = ((), (7,), (4, 3), (2, 1, 3), (0,))


def drawn_tensors(
    source: np.random.Generator,
    form: Format,
    middle: float = 0.0,
    spread: float = 0.0,
    *,
    reach: tuple[int, int] = (-66, 33),
    zeros: bool = True,
    shapes: tuple[tuple[int, ...], ...] = SHAPES,
) -> list[Array]:
    """A tree of tensors of these shapes: signs at random, sizes log-uniform within 2^(m +- spread).

    m is the `middle`. Sizes stay within 2^reach, 1e-20 to 1e10 unless told, as far as the format
    has such numbers. With `zeros`, the first two numbers of the second tensor are 0 and -0.
    """
    low, high = max(reach[0], form.min_exponent - 8), min(reach[1], -form.min_exponent)
    found = []
    for shape in shapes:
        exponent = middle + spread * source.uniform(-1, 1, shape)
        sign = 2.0 * source.integers(0, 2, shape) - 1
        found.append(np.asarray(sign * 2.0 ** np.minimum(np.maximum(exponent, low), high)))
    if zeros:
        found[1].reshape(-1)[:2] = 0.0, -0.0
    return found
