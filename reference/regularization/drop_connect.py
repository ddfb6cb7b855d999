"""DropConnect: weights are dropped, not activations."""

from __future__ import annotations

from reference.numerics import Array, Linearized
from reference.regularization.dropout import Mode, Rate, alone, inverted, masked
from reference.regularization_facts import masks, unbiased
from reference.technique import Accuracy, technique


@technique(
    source="Wan et al. 2013, Regularization of neural networks using DropConnect, equation 2, in"
    " the inverted form",
    accuracy=Accuracy(ulps=0.5, inputs=2),
    facts=(masks(alone, inverted), unbiased),
)
def drop_connect(
    seed: Array, weight: Array, *, rate: Rate = 0.5, mode: Mode = "train"
) -> Linearized:
    """DropConnect: the weights with which a layer multiplies in one pass, some dropped at random.

    W'_oi = m_oi W_oi / (1 - p),  P(m_oi = 1) = 1 - p,  and the layer gives W' x

    o and i count outputs and inputs, p is the rate. Every weight is kept or dropped by itself: an
    output loses some of its inputs, each output others.

    *Numerics*: as `dropout`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: an array of any shape, (outputs, inputs) of a dense layer.
        rate: p, the probability that a weight is dropped.
        mode: train or eval.

    Returns:
        Linearized: W' shaped like weight, and the pullback to the weights.

    Raises:
        ValueError: the rate is not from 0 to 1.

    *Differences*: neither library has a layer of it. torch's users give functional.linear the
    weights functional.dropout(w, p), flax's a kernel that went through Dropout. Wan et al. draw
    a mask for each sample, and sample from a normal distribution in eval, where this is W' = W.

    Example:
        >>> drop_connect(0, np.ones((2, 2)), rate=0.5).outputs
        array([[2., 0.],
               [0., 0.]])
    """
    return masked(seed, weight, alone(weight.ndim), inverted(rate), rate, mode)
