"""The branch F of a block: two layers with a relu between them, and their backward pass."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reference.numerics import Array, Linearized

Activation = Literal["post", "pre"]


def longest_sums(x: Array, w1: Array) -> int:
    """Terms of the sums on the way: over the width, over the hidden width, over the batch."""
    return len(x) + sum(w1.shape)


def branch(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, *, activation: Activation = "post"
) -> Linearized:
    """F(x) = w2 relu(w1 f(x) + b1) + b2: two layers, f the identity ("post") or relu ("pre").

    The pullback takes the cotangent of F to those of x, w1, b1, w2 and b2. relu'(0) = 0.
    """
    entering = np.maximum(x, 0) if activation == "pre" else x
    hidden = entering @ w1.T + b1
    active = np.maximum(hidden, 0)

    def pullback(c: Array) -> tuple[Array, ...]:
        moved = np.where(hidden > 0, c @ w2, 0)
        back = moved @ w1
        back = np.where(x > 0, back, 0) if activation == "pre" else back
        return back, moved.T @ entering, moved.sum(axis=0), c.T @ active, c.sum(axis=0)

    return Linearized(active @ w2.T + b2, pullback)
