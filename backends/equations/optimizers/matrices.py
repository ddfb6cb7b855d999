"""Equations for the size of deviations of optimizers of matrices, with their derivations.

Besides what those of other optimizers name, they name `newton_schulz`: by how much the result moves
when every number stored in the iteration is off by its roundings, in units of the unit roundoff;
and `differences`: the same for the bias corrections, off by 2 b^t u as the power is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import Bound

# What the iteration rounds is accepted at the unit roundoff of the parameters; at that of bfloat16,
# 2^-8, it is as much larger. To first order, as all of what is accepted.
IN_BFLOAT16 = Bound(
    "|error| <= 2^-8 newton_schulz + accepted: the iteration rounds to bfloat16",
    lambda newton_schulz, allowed: 2.0**-8 * newton_schulz + allowed,
)

DIFFERENCES = Bound(
    "|error| <= u differences + accepted: 1 - m^t is a difference of powers, each off by an ulp",
    lambda differences, u, allowed: u * differences + allowed,
)


def _normalized(y: Any, eps: float, u: float, allowed: Any) -> Any:
    norm = np.sqrt(np.sum(np.square(y)))
    kept = y / np.maximum(norm, eps)
    part = (y.size / 2 + 4) * u + np.max(allowed) / np.maximum(norm, eps)
    off = abs(kept - y) + part * abs(kept) + allowed / np.maximum(norm, eps) + allowed
    return np.where(np.isfinite(off) & np.isfinite(norm), off, np.inf)


# B / max(|B|, e) stands where B is due. The norm sums n squares; the root, the quotient and B's own
# error, through the norm as well, are in units of it.
NORMALIZED = Bound(
    "|error| <= |B / max(|B|, e) - B| + (u (n / 2 + 4) |B| + 2 accepted) / max(|B|, e) + accepted:"
    " the first is kept in place of B; of any size where one number of B is not finite",
    _normalized,
)

# Of ones, m B / |m B| is 1 / sqrt(n) after every step, whatever m is.
NORMALIZED_FORGETS = Bound(
    "|error| <= |1 / sqrt(n) - y| + u (n / 2 + 4) / sqrt(n) + accepted",
    lambda y, u, allowed: (
        abs(max(y.size, 1) ** -0.5 - y) + u * (y.size / 2 + 4) / max(y.size, 1) ** 0.5 + allowed
    ),
)

# A buffer of length 1 in any unit, and then 2^-10 of it in the unit of before.
UNITLESS = Bound(
    "|error| <= |B| + accepted: of length 1 in either unit", lambda y, allowed: abs(y) + allowed
)

# From the second step on U is another matrix. No number of an iterated matrix is beyond its largest
# singular value, 1.21; s is at most sqrt(2) for matrices of at most twice as many rows as columns.
NORMALIZED_RUN = Bound(
    "|error| <= |B| + 1; of params travelled + 20 steps of 1.21 a sqrt(2): each step's direction is"
    " another",
    lambda entry, y, travelled, learning_rate, allowed: (
        travelled + 20 * 1.21 * learning_rate * np.sqrt(2) + allowed
        if entry == "params"
        else abs(y) + 1 + allowed
    ),
)

STEPS_OTHERS = Bound("1: a step is taken where an error is due", lambda: 1.0)
