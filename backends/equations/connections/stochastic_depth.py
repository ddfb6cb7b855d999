"""What dropped branches cost that overflow: 0 times infinity is NaN."""

from __future__ import annotations

from typing import Any

import numpy as np


def branch_overflows(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, largest: float) -> bool:
    """Whether what the branch gives, or holds on its way, is beyond the largest number."""
    hidden = np.maximum(x @ w1.T + b1, 0)
    return bool(max(np.max(hidden), np.max(np.abs(hidden @ w2.T + b2))) > largest)


DROPPED = {
    name: {
        "x": ((1.0,), (2.0,)), "w1": ((2.0**k,),), "b1": (1.0,), "w2": ((2.0**k,),), "b2": (1.0,),
        "kept": (0, 0),
    }
    for name, k in {"float64": 519, "float32": 71, "bfloat16": 71, "float16": 15}.items()
}  # fmt: skip
"""Branches that are infinite, and dropped."""
