"""Residual connections whose branch is left out at random, sample by sample."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from reference.connection_facts import homogeneous_in, identity, passes, rows_apart
from reference.connections.branches import branch, longest_sums
from reference.numerics import Array, Linearized
from reference.technique import Accuracy, Between, Fact, technique

Rate = Annotated[float, Between(0.0, 0.75)]
Mode = Literal["train", "eval"]
Scaling = Literal["train", "eval"]


@technique(
    source="Huang et al. 2016, Deep networks with stochastic depth, equations 2 and 5",
    accuracy=Accuracy(ulps=1, inputs=7, terms=longest_sums),
    facts=(
        rows_apart,
        passes(identity, w2=0.0, b2=0.0),
        homogeneous_in("x", "b1", "b2"),
        Fact("passes_rows_that_drop_the_branch"),
        Fact("hides_the_branches_it_drops"),
        Fact("averages_to_eval"),
        Fact("ignores_decisions_in_eval"),
    ),
)
def stochastic_depth_block(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, kept: Array, *,
    rate: Rate = 0.5, mode: Mode = "train", scaling: Scaling = "train",
) -> Linearized:  # fmt: skip
    """A residual block that goes without its branch in the samples where it is told to.

    y_n = x_n + k_n F(x_n) / (1 - p) in training, y = x + F(x) in evaluation

    k: kept, 1 or 0 for each sample, 1 with the probability 1 - p. p: the rate. F is `residual`'s.
    Where training scales, y is in the mean what evaluation gives; the paper scales in evaluation:
    y_n = x_n + k_n F(x_n), then y = x + (1 - p) F(x).

    *Numerics*: as `residual`; 1 - p and the quotient round once each. Where the branch is dropped,
    y is x to the last bit, and the gradient of x is that of y: also where F(x) overflows.

    Args:
        x: (N, D), no unit.
        w1: (H, D).
        b1: (H,).
        w2: (D, H).
        b2: (D,).
        kept: (N,), integers, 1 where the branch is kept and 0 where it is dropped.
        rate: the probability that a sample drops the branch.
        mode: train, or eval, where nothing is dropped.
        scaling: whether the branch is divided by 1 - p in training, or multiplied by it in eval.

    Returns:
        Linearized: y shaped like x, and the pullback to every input but `kept`.

    *Differences*: neither library has the block. torchvision's and timm's multiply the branch by
    kept / (1 - p): 0 times an infinite branch is NaN. flax's Dropout(broadcast_dims=...) selects,
    and gives 0. Both scale in training; the paper does not: to port its weights, multiply the last
    layer of F by 1 - p.

    Example:
        >>> one, zero, kept = np.ones((1, 1)), np.zeros(1), np.array([1, 0])
        >>> x = np.array([[2.0], [3.0]])
        >>> stochastic_depth_block(x, one, zero, one, zero, kept, rate=0.5).outputs.ravel()
        array([6., 3.])
    """
    inner, survival = branch(x, w1, b1, w2, b2), x.dtype.type(1) - x.dtype.type(rate)
    train = mode == "train"
    dropped = (kept == 0)[:, None] & train
    scale = x.dtype.type(1)
    if scaling == mode:
        scale = 1 / survival if train else survival

    def pullback(c: Array) -> tuple[Array, ...]:
        through, *weights = inner.pullback(np.where(dropped, 0, scale * c))
        return c + np.where(dropped, 0, through), *weights

    return Linearized(x + np.where(dropped, 0, scale * inner.outputs), pullback)
