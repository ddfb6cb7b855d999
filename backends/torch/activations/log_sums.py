"""Smooth maxima, of torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from backends.binding import absent, deviates
from backends.equations.activations.rows import LOG_OF_SUM


@deviates(
    "agrees_with_reference",
    where=lambda y: np.abs(y) < 1, at_most=LOG_OF_SUM,
    because="the kernel takes log(1 + r), not log1p(r)", witness={"x": (0.0, *(-9.0,) * 7)},
)  # fmt: skip
def logsumexp(x: Any) -> Any:
    return torch.logsumexp(x, dim=-1)


logmeanexp = absent(
    "torch has none: its users compose torch.logsumexp(x, -1) - math.log(x.shape[-1])"
)
