"""Where masks and their libraries differ: equations that several bindings share."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound


def spoilt(kept: Any, x: Any) -> Any:
    """Where a number that is not finite was dropped."""
    return (kept == 0) & ~np.isfinite(x)


SPOILT = Bound("0 * x = NaN: no size", lambda: np.inf)

BY_THE_MASK = (
    "x is multiplied by the mask, and 0 * NaN and 0 * inf are NaN; torch.where(mask, x, 0) hides"
    " them, as flax does"
)
