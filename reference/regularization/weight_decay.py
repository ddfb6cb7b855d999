"""Weight decay: parameters shrink by a share at every step, with the gradient or beside it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from reference.numerics import Array
from reference.regularization_facts import decays, mirrored_step
from reference.technique import Accuracy, Between, OneOf, technique

Tensors: TypeAlias = list[Array]
LearningRate = Annotated[float, Between(2.0**-8, 1.0, log=True)]
Decay = Annotated[float, Between(2.0**-8, 0.5, log=True)]
Decayed = Literal["all", "matrices"]
"""All parameters decay, or only those of two axes and more: no biases, no scales."""


def _decays(w: Array, decayed: Decayed) -> bool:
    return decayed == "all" or w.ndim > 1


@technique(
    source="Loshchilov and Hutter 2019, Decoupled weight decay regularization, algorithm 1, its"
    " L2 variant; Krogh and Hertz 1991",
    accuracy=Accuracy(ulps=1, inputs=3),
    facts=(
        mirrored_step,
        decays(lambda learning_rate, weight_decay: learning_rate * weight_decay, lambda: 1),
    ),
)
def coupled_weight_decay(
    params: Tensors,
    grads: Tensors,
    *,
    learning_rate: LearningRate = 0.125,
    weight_decay: Decay = 0.125,
    decayed: Decayed = "all",
) -> Tensors:
    """Coupled weight decay: the gradient of the L2 penalty is added to that of the loss.

    w' = w - a (g + k w)

    w, g: parameters and gradients. a is the learning rate, k the weight decay. With
    `decayed="matrices"` parameters of fewer than two axes do not decay.

    *Numerics*: k w, its sum with g, the product with a and the difference round once each.

    Args:
        params: parameters, arrays of any shapes and one dtype.
        grads: gradients, shaped like them.
        learning_rate: a, parameters over gradients.
        weight_decay: k, gradients over parameters.
        decayed: which parameters decay: all, or those of two axes and more.

    Returns:
        Parameters after one step of gradient descent.

    *Differences*: none in formula. torch.optim.SGD takes weight_decay, and leaves parameters out by
    groups of their own; optax puts add_decayed_weights(k, mask) before sgd.

    Example:
        >>> coupled_weight_decay(
        ...     [np.array([2.0])], [np.array([1.0])], learning_rate=0.5, weight_decay=0.25
        ... )
        [array([1.25])]
    """
    kind = params[0].dtype.type
    a, k = kind(learning_rate), kind(weight_decay)
    return [
        w - a * (g + k * w) if _decays(w, decayed) else w - a * g
        for w, g in zip(params, grads, strict=True)
    ]


@technique(
    source="Loshchilov and Hutter 2019, Decoupled weight decay regularization, algorithm 2",
    accuracy=Accuracy(ulps=1, inputs=5),
    facts=(
        decays(
            lambda learning_rate, weight_decay: learning_rate * weight_decay, lambda steps: steps
        ),
    ),
)
def decoupled_weight_decay(
    params: Tensors,
    *,
    learning_rate: LearningRate = 0.125,
    weight_decay: Decay = 0.125,
    decayed: Decayed = "all",
    steps: Annotated[int, OneOf((1, 3))] = 1,
) -> Tensors:
    """Decoupled weight decay: parameters shrink beside Adam's step, which does not see it.

    w' = (1 - a k)^n w

    w are parameters whose gradients are 0 over n steps. a is the learning rate, k the weight decay.
    Adam's averages stay 0, so that what moves is decay alone; coupled decay would enter them, and
    move every parameter by about a, whatever k. With `decayed="matrices"` parameters of fewer than
    two axes do not decay.

    *Numerics*: a k <= 1/2. Each step rounds the factor and the product, or the product a k w and
    its difference from w: (a k)(1 + 3 u) of at most w / 2 each time: less than 5 u in three steps.

    Args:
        params: parameters, arrays of any shapes and one dtype.
        learning_rate: a, no unit here.
        weight_decay: k; a k is the share that one step takes.
        decayed: which parameters decay: all, or those of two axes and more.
        steps: n, 1 or 3.

    Returns:
        Parameters after n steps of AdamW at gradients of 0.

    *Differences*: torch.optim.AdamW multiplies by 1 - a k, optax.adamw subtracts a (k w): the same
    number. torch decays by 0.01 unless told, optax by 0.0001. torch leaves parameters out by groups
    of their own, optax by a mask.

    Example:
        >>> decoupled_weight_decay([np.array([2.0])], learning_rate=0.5, weight_decay=0.25)
        [array([1.75])]
    """
    kind = params[0].dtype.type
    factor = (1 - kind(learning_rate) * kind(weight_decay)) ** steps
    return [w * factor if _decays(w, decayed) else w.copy() for w in params]
