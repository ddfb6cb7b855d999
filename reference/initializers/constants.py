"""Initializers without chance: every number the same."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.numerics import Array
from reference.technique import Accuracy, Between, technique


@technique(
    source="A constant; the usual initialization of biases and of scales",
    accuracy=Accuracy(ulps=0.5, inputs=0),
)
def constant(
    seed: Array, weight: Array, *, value: Annotated[float, Between(-8.0, 8.0)] = 1.0
) -> Array:
    """Every number the same.

    W = v

    v: value. As a weight it leaves all units alike for ever: their gradients are equal.

    *Numerics*: v is rounded once to the weight's dtype (ulps = 1/2), nothing is computed.

    Args:
        seed: one integer; unused.
        weight: the array to fill, of any shape.
        value: what to fill it with.

    Returns:
        An array shaped like weight, in its dtype.

    *Differences*: none; torch's constant_ fills in place.

    Example:
        >>> import numpy as np
        >>> constant(0, np.empty(2), value=0.5)
        array([0.5, 0.5])
    """
    del seed
    return np.full(weight.shape, value).astype(weight.dtype)


@technique(source="Zero; the usual initialization of biases", accuracy=Accuracy(ulps=0, inputs=0))
def zeros(seed: Array, weight: Array) -> Array:
    """All zeros: for biases, and for the last layer of a residual branch.

    W = 0

    *Numerics*: exact.

    Args:
        seed: one integer; unused.
        weight: the array to fill, of any shape.

    Returns:
        An array shaped like weight, in its dtype.

    *Differences*: none.

    Example:
        >>> import numpy as np
        >>> zeros(0, np.empty(2))
        array([0., 0.])
    """
    del seed
    return np.zeros_like(weight)


@technique(
    source="One; the usual initialization of the scales of normalization layers",
    accuracy=Accuracy(ulps=0, inputs=0),
)
def ones(seed: Array, weight: Array) -> Array:
    """All ones: for the scales of normalization layers.

    W = 1

    *Numerics*: exact.

    Args:
        seed: one integer; unused.
        weight: the array to fill, of any shape.

    Returns:
        An array shaped like weight, in its dtype.

    *Differences*: none.

    Example:
        >>> import numpy as np
        >>> ones(0, np.empty(2))
        array([1., 1.])
    """
    del seed
    return np.ones_like(weight)
