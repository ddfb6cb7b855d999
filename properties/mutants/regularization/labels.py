"""Wrong label smoothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.activations.rows import apart, shares
from reference.numerics import Array, Linearized


def _loss(x: Array, q: Array, total: Any = 1.0) -> Linearized:
    """Cross-entropy against labels q of this sum."""
    top, rest = apart(x)
    q = q.astype(x.dtype)
    value = np.sum(q * (top - x), axis=-1) + total * np.log1p(rest)[..., 0]
    p = shares(x)
    return Linearized(
        value.astype(x.dtype), lambda c: ((c[..., None] * (total * p - q)).astype(x.dtype),)
    )


def _right(x: Array, targets: Array) -> Array:
    return np.arange(x.shape[-1]) == targets[..., None]


def _labels(x: Array, targets: Array, certain: float, wrong: float) -> Array:
    return np.where(_right(x, targets), certain, wrong)


@mutant(
    "regularization.label_smoothing",
    "s / (K - 1) for the wrong classes where all share s, and s / K where they do not",
    blind_spot="symmetry and defaults",
)
def label_smoothing_counts_other_classes(
    x: Any, targets: Any, *, smoothing: float, spread: str
) -> Any:
    classes = x.shape[-1]
    if spread == "classes":
        return _loss(x, _labels(x, targets, 1 - smoothing, smoothing / (classes - 1)))
    rest = smoothing / classes
    return _loss(x, _labels(x, targets, 1 - smoothing + rest, rest))


@mutant(
    "regularization.label_smoothing",
    "the right class keeps 1 - s and shares in nothing: labels sum to 1 - s / K",
    blind_spot="structure",
)
def label_smoothing_loses_a_part(x: Any, targets: Any, *, smoothing: float, spread: str) -> Any:
    del spread
    wrong = smoothing / x.shape[-1]
    q = _labels(x, targets, 1 - smoothing, wrong)
    return _loss(x, q, np.float32(1 - wrong))


@mutant(
    "regularization.label_smoothing",
    "1 - s for s: nearly everything is smoothed away",
    blind_spot="symmetry and defaults",
)
def label_smoothing_turns_its_share_round(
    x: Any, targets: Any, *, smoothing: float, spread: str
) -> Any:
    del spread
    wrong = (1 - smoothing) / x.shape[-1]
    return _loss(x, _labels(x, targets, smoothing + wrong, wrong))


@mutant(
    "regularization.label_smoothing",
    "no smoothing at all, whatever is asked for",
    blind_spot="symmetry and defaults",
)
def label_smoothing_is_plain_cross_entropy(
    x: Any, targets: Any, *, smoothing: float, spread: str
) -> Any:
    del smoothing, spread
    return _loss(x, _labels(x, targets, 1.0, 0.0))


@mutant(
    "regularization.label_smoothing",
    "the sum over classes and not their mean: s for each of them",
    blind_spot="structure",
)
def label_smoothing_adds_all_classes(x: Any, targets: Any, *, smoothing: float, spread: str) -> Any:
    del spread
    q = _labels(x, targets, 1.0, smoothing)
    return _loss(x, q, np.float32(1 + (x.shape[-1] - 1) * smoothing))


@mutant(
    "regularization.label_smoothing",
    "the loss is smoothed, its gradient is that of plain cross-entropy",
    blind_spot="protocol",
)
def label_smoothing_pulls_to_certainty(
    x: Any, targets: Any, *, smoothing: float, spread: str
) -> Any:
    count = x.shape[-1] - (spread == "others")
    wrong = smoothing / count
    certain = 1 - smoothing + (wrong if spread == "classes" else 0)
    value = _loss(x, _labels(x, targets, certain, wrong)).outputs
    return Linearized(value, _loss(x, _labels(x, targets, 1.0, 0.0)).pullback)


@mutant(
    "regularization.label_smoothing",
    "log of a softmax: inf where a probability underflows, and a shift of the row overflows",
    blind_spot="scale",
)
def label_smoothing_takes_the_log_of_a_softmax(
    x: Any, targets: Any, *, smoothing: float, spread: str
) -> Any:
    wrong = smoothing / (x.shape[-1] - (spread == "others"))
    certain = 1 - smoothing + (wrong if spread == "classes" else 0)
    q = _labels(x, targets, certain, wrong).astype(x.dtype)
    e = np.exp(x)
    p = e / np.sum(e, axis=-1, keepdims=True)
    return Linearized(-np.sum(q * np.log(p), axis=-1), lambda c: (c[..., None] * (p - q),))


@mutant(
    "regularization.label_smoothing",
    "the smoothed part taken of logits and not of logarithms of probabilities: a shift pays",
    blind_spot="symmetry and defaults",
)
def label_smoothing_rewards_large_logits(
    x: Any, targets: Any, *, smoothing: float, spread: str
) -> Any:
    wrong = smoothing / (x.shape[-1] - (spread == "others"))
    certain = 1 - smoothing + (wrong if spread == "classes" else 0)
    q = _labels(x, targets, certain, wrong).astype(x.dtype)
    (top, rest), kept = apart(x), x.dtype.type(1 - smoothing)
    value = kept * (top[..., 0] + np.log1p(rest)[..., 0]) - np.sum(q * x, axis=-1)
    return Linearized(value, lambda c: (c[..., None] * (kept * shares(x) - q),))
