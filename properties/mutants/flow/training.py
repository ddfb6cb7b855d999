"""Wrong runs of the articles' worked example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.flow.training import BETAS, EPS, loss_and_gradients
from reference.numerics import Array

if TYPE_CHECKING:
    from collections.abc import Callable

TRAINING = "flow.classifier_training"


def _trained(
    given: tuple[Array, ...],
    rate: float,
    gradients: Callable[..., tuple[Array, list[Array]]] = loss_and_gradients,
    *,
    correct: bool = True,
    inside: bool = False,
    kept: bool = False,
    steps: int | None = None,
) -> tuple[Any, ...]:
    """The run, done wrong in one way.

    With another loss; without Adam's corrections; with eps under the root; with the gradients of
    all steps added up; with fewer steps.
    """
    images, labels, *weights = given
    means, squares, total = ([0 * w for w in weights] for _ in range(3))
    losses, first = [], tuple(weights)
    for t, (x, label) in enumerate(zip(images, labels, strict=True), 1):
        loss, found = gradients(x, label, weights)
        losses.append(np.asarray(loss, x.dtype))
        if steps is not None and t > steps:
            continue
        total = [a + g if kept else g for a, g in zip(total, found, strict=True)]
        means = [BETAS[0] * m + (1 - BETAS[0]) * g for m, g in zip(means, total, strict=True)]
        squares = [
            BETAS[1] * s + (1 - BETAS[1]) * g * g for s, g in zip(squares, total, strict=True)
        ]
        up, down = (1 - beta**t if correct else 1.0 for beta in BETAS)
        roots = [np.sqrt(s / down + EPS) if inside else np.sqrt(s / down) + EPS for s in squares]
        weights = [
            (w - rate * (m / up) / r).astype(x.dtype)
            for w, m, r in zip(weights, means, roots, strict=True)
        ]
        first = tuple(weights) if t == 1 else first
    return np.array(losses), first, tuple(weights)


@mutant(TRAINING, "A1 prints [1, 0, 0, 0, 0, 0, 0, 0, 0, 1], ten labels for one row: as if it were "
        "ten rows of classes 0 and 1")  # fmt: skip
def training_takes_marks_for_labels(*given: Array, learning_rate: float) -> Any:
    images, labels, *weights = given
    marked = np.broadcast_to(np.eye(1, 10, dtype=labels.dtype)[0], (len(labels), 10)).copy()
    marked[:, -1] = 1

    def gradients(x: Array, label: Array, weights: list[Array]) -> tuple[Array, list[Array]]:
        return loss_and_gradients(np.repeat(x[:1], 10, 0), label, weights)

    return _trained((images, marked, *weights), learning_rate, gradients)


@mutant(TRAINING, "softmax is taken before a cross-entropy that takes it again")
def training_takes_softmax_twice(*given: Array, learning_rate: float) -> Any:
    def gradients(x: Array, label: Array, weights: list[Array]) -> tuple[Array, list[Array]]:
        loss, found = loss_and_gradients(x, label, weights)
        return loss * x.dtype.type(0.8), [g * x.dtype.type(0.1) for g in found]

    return _trained(given, learning_rate, gradients)


@mutant(TRAINING, "no bias correction: the first steps are three times as long", blind_spot="time")
def training_does_not_correct_adam(*given: Array, learning_rate: float) -> Any:
    return _trained(given, learning_rate, correct=False)


@mutant(TRAINING, "eps stands under the root", blind_spot="tolerance")
def training_adds_eps_inside_the_root(*given: Array, learning_rate: float) -> Any:
    return _trained(given, learning_rate, inside=True)


@mutant(TRAINING, "zero_grad is forgotten: gradients add up", blind_spot="protocol")
def training_keeps_old_gradients(*given: Array, learning_rate: float) -> Any:
    return _trained(given, learning_rate, kept=True)


@mutant(TRAINING, "the last batch is dropped", blind_spot="boundaries")
def training_drops_the_last_batch(*given: Array, learning_rate: float) -> Any:
    return _trained(given, learning_rate, steps=len(given[0]) - 1)


@mutant(TRAINING, "the loss is the sum over rows: Adam hides it in the weights", blind_spot="scale")
def training_sums_over_rows(*given: Array, learning_rate: float) -> Any:
    def gradients(x: Array, label: Array, weights: list[Array]) -> tuple[Array, list[Array]]:
        loss, found = loss_and_gradients(x, label, weights)
        return loss * x.dtype.type(len(x)), [g * x.dtype.type(len(x)) for g in found]

    return _trained(given, learning_rate, gradients)


@mutant(TRAINING, "ReLU follows the last layer, too: half of the logits are 0 and learn nothing")
def training_rectifies_its_logits(*given: Array, learning_rate: float) -> Any:
    def gradients(x: Array, label: Array, weights: list[Array]) -> tuple[Array, list[Array]]:
        loss, found = loss_and_gradients(x, label, weights)
        w1, b1, w2, b2, w3, b3 = weights
        h = np.maximum(np.maximum(x @ w1.T + b1, 0) @ w2.T + b2, 0)
        alive = (h @ w3.T + b3).sum(axis=0) > 0
        return loss, [*found[:4], found[4] * alive[:, None], found[5] * alive]

    return _trained(given, learning_rate, gradients)
