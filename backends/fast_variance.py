"""What E[x^2] - E[x]^2 costs: the deviation of normalization layers that subtract squares.

With n numbers to a group, sum of squares and square of the mean keep 3 n + 3 roundings of E[x^2]
between them: the squares 1, their mean n, twice the mean's n, its square 1 and the difference 1.
The variance loses up to `lost` = (3 n + 3) u E[x^2], however small it is; a negative one counts as
0, and passes no gradient (r >= 1 then). So s = 1 / sqrt(var + eps) grows to (1 + r) s at most, and
with it whatever the usual roundings do: what is allowed without the deviation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from backends.backend import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BECAUSE = (
    "use_fast_variance=True, the default, computes the variance as E[x^2] - E[x]^2, which cancels "
    "where the mean is far from 0; with use_fast_variance=False it agrees"
)


class _Batch(NamedTuple):
    """The features of a batch: s, |x^|, what the variance loses, and 1 + r."""

    scale: Any
    normalized: Any
    lost: Any
    growth: Any


def _mean(x: Any) -> Any:
    """Of each feature, with the axes kept."""
    return np.mean(x, axis=(0, *range(2, x.ndim)), keepdims=True)


def _feature(values: Any, x: Any) -> Any:
    """One number for each feature, lined up with the second axis of x."""
    return np.reshape(values, (1, -1, *(1,) * (x.ndim - 2)))


def _batch(x: Any, eps: float, u: float) -> _Batch:
    terms, centered = x.size // x.shape[1], x - _mean(x)
    var, lost = _mean(centered**2), (3 * terms + 3) * u * _mean(x * x)
    most = np.sqrt((var + eps) / np.maximum(var + eps - lost, eps)) - 1
    least = 1 - np.sqrt((var + eps) / (var + eps + lost))
    off = np.maximum(np.maximum(most, least), lost >= var)
    scale = (var + eps) ** -0.5
    return _Batch(scale, np.abs(centered) * scale, lost, 1 + off)


def _far(x: Any, eps: float, mode: str) -> Any:
    """Where statistics are the batch's, and a mean lies beyond its deviation."""
    return mode == "train" and np.any(_mean(x) ** 2 > _mean((x - _mean(x)) ** 2) + eps)


def _outputs(
    x: Any, weight: Any, eps: float, u: float, momentum: float, allowed: Any, output: str
) -> Any:
    b = _batch(x, eps, u)
    if output == "[0]":
        return np.abs(_feature(weight, x)) * b.normalized * (b.growth - 1) + b.growth * allowed
    return allowed + (output == "[2]") * (1 - momentum) * b.lost.ravel()


def _tracked(x: Any, eps: float, u: float, momentum: float, allowed: Any, output: str) -> Any:
    return allowed + (output == "[2]") * 2 * (1 - momentum) * _batch(x, eps, u).lost.ravel()


def _gradient(x: Any, weight: Any, eps: float, u: float, c: Any) -> Any:
    b, signed = _batch(x, eps, u), np.sign(x - _mean(x))
    along = np.abs(_mean(c[0] * signed * b.normalized))
    moved = np.abs(c[0] - _mean(c[0])) * (b.growth - 1) + b.normalized * along * (b.growth**3 - 1)
    return np.abs(_feature(weight, x)) * b.scale * moved


def _gradients(x: Any, weight: Any, eps: float, u: float, c: Any, allowed: Any, output: str) -> Any:
    b = _batch(x, eps, u)
    if output == "[0]":
        return _gradient(x, weight, eps, u, c) + b.growth**3 * allowed
    places = x.size // x.shape[1]
    of_weight = places * _mean(np.abs(c[0]) * b.normalized) * (b.growth - 1)
    return allowed * b.growth.ravel() + (output == "[1]") * of_weight.ravel()


def _along(x: Any, weight: Any, eps: float, u: float, c: Any, allowed: Any, along: str) -> Any:
    b, places = _batch(x, eps, u), x.size // x.shape[1]
    direction = 1.0 if along == "ones" else b.normalized
    moved = places * _mean(_gradient(x, weight, eps, u, c) * direction)
    return moved.ravel() + b.growth.ravel() ** 3 * allowed


def _moment(x: Any, eps: float, u: float, allowed: Any, moment: int) -> Any:
    b = _batch(x, eps, u)
    grown = (moment - 1) * _mean(b.normalized**2) * (b.growth**2 - 1)
    return grown.ravel() + b.growth.ravel() ** 2 * allowed


# A law, the size of the deviation there as an equation, and as a function.
_SIZES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    (
        "agrees_with_reference",
        "|w x^| r + (1 + r) allowed; running variance: (1 - m) lost",
        _outputs,
    ),
    (
        "gradient_agrees",
        "|w| s (|c - E c| r + |x^ E c x^| ((1 + r)^3 - 1)) + (1 + r)^3 allowed",
        _gradients,
    ),
    ("gradient_is_orthogonal", "the gradient's, summed with the weights 1 or |x^|", _along),
    ("standardizes", "((1 + r)^2 - 1) E x^^2 + (1 + r)^2 allowed", _moment),
    ("ignores_shifts", "|w x^| r + (1 + r) allowed", _outputs),
    ("tracks_running_statistics", "2 (1 - m) lost: of this batch and of all before it", _tracked),
)


def subtracts_squares(
    witness: Mapping[str, Any], dtypes: tuple[str, ...]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what a batch normalization loses that computes E[x^2] - E[x]^2."""

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        for law, equation, size in _SIZES:
            bound = Bound(f"{equation}; lost = (3 n + 3) u E[x^2]", size)
            binding = deviates(
                law, where=_far, at_most=bound, because=BECAUSE, witness=witness, dtypes=dtypes
            )(binding)
        return binding

    return noted
