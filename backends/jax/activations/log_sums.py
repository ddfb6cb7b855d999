"""Smooth maxima, of jax.nn."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from backends.binding import deviates
from backends.equations.activations.rows import LOG_OF_MEAN, LOG_OF_SUM


@deviates(
    "agrees_with_reference",
    where=lambda y: np.abs(y) < 1, at_most=LOG_OF_SUM,
    because="jax takes log(1 + r), not log1p(r)", witness={"x": (0.0, *(-9.0,) * 7)},
)  # fmt: skip
def logsumexp(x: Any) -> Any:
    return jax.nn.logsumexp(x, axis=-1)


@deviates(
    "agrees_with_reference",
    where=lambda y: np.abs(y) < 1, at_most=LOG_OF_MEAN,
    because="jax takes log(n) off logsumexp(x)", witness={"x": (0.01, *(0.0,) * 7)},
)  # fmt: skip
def logmeanexp(x: Any) -> Any:
    return jax.nn.logmeanexp(x, axis=-1)
