"""What E[x^2] - E[x]^2 costs: the deviation of normalization layers that subtract squares.

With n numbers to a group, sum of squares and square of the mean keep 3 n + 3 roundings of E[x^2]
between them: the squares 1, their mean n, twice the mean's n, its square 1 and the difference 1.
The variance loses up to `lost` = (3 n + 3) u E[x^2], however small it is; a negative one counts as
0, and passes no gradient (r >= 1 then). So s = 1 / sqrt(var + eps) grows to (1 + r) s at most, and
with it whatever the usual roundings do: what is allowed without the deviation.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reference.groups import Grouping, Groups

BECAUSE = (
    "use_fast_variance=True, the default, computes the variance as E[x^2] - E[x]^2, which cancels "
    "where the mean is far from 0; with use_fast_variance=False it agrees"
)

_INSIDE = 2.0**-24
"""Unit roundoff of float32, in which 16-bit numbers are added up."""

_LOST = "lost = (3 n + 3) u E[x^2], 1 + r = sqrt((var + eps) / (var + eps - lost))"


def _mean(rows: Any) -> Any:
    return np.mean(rows, axis=1, keepdims=True)


@dataclass(frozen=True)
class _Layer:
    """Where a layer's groups are, and how its weights line up."""

    grouping: Grouping
    lined_up: Callable[[Any, Any], Any]

    def of(self, x: Any, weight: Any, known: Any, eps: float, u: float) -> _Batch:
        """One input of the layer."""
        groups = self.grouping(x.shape, np.ndim(weight), known)
        inside = min(u, _INSIDE)
        return _Batch(groups, x, eps, inside, np.abs(self.lined_up(weight, x)))

    def far(self, x: Any, weight: Any, known: Any, eps: float) -> Any:
        """Where statistics are the batch's, and a mean lies beyond its deviation."""
        b = self.of(x, weight, known, eps, 0.0)
        return known.get("mode") != "eval" and np.any(b.mean**2 > b.var + eps)

    def outputs(
        self, x: Any, weight: Any, known: Any, eps: float, u: float, allowed: Any, output: str
    ) -> Any:
        """Of y, and of the running variance."""
        b = self.of(x, weight, known, eps, u)
        if np.shape(allowed) == x.shape:
            return b.weight * b.normalized * (b.wide(b.growth) - 1) + b.wide(b.growth) * allowed
        return allowed + (output == "[2]") * (1 - known["momentum"]) * b.lost.ravel()

    def tracked(
        self, x: Any, weight: Any, known: Any, eps: float, u: float, allowed: Any, output: str
    ) -> Any:
        """Of the running variance: of this batch and of all before it."""
        lost = self.of(x, weight, known, eps, u).lost.ravel()
        return allowed + (output == "[2]") * 2 * (1 - known["momentum"]) * lost

    def gradients(
        self, x: Any, weight: Any, known: Any, eps: float, u: float, c: Any, allowed: Any,
        output: str,
    ) -> Any:  # fmt: skip
        """Of x, weight and bias, each with what the others lose beside it."""
        b, c = self.of(x, weight, known, eps, u), c[0] if isinstance(c, tuple) else c
        if output == "[0]":
            return b.gradient(c * self.lined_up(weight, x)) + b.wide(b.growth) ** 3 * allowed
        each = np.abs(c) * b.normalized * (b.wide(b.growth) - 1)
        axes = [a for a, n in enumerate(np.shape(self.lined_up(weight, x))) if n == 1]
        leading = tuple(range(x.ndim - np.ndim(self.lined_up(weight, x))))
        moved = np.sum(each, axis=(*leading, *axes)) if leading or axes else each
        return allowed * np.max(b.growth) + (output == "[1]") * moved

    def along(
        self, x: Any, weight: Any, known: Any, eps: float, u: float, c: Any, allowed: Any,
        along: str,
    ) -> Any:  # fmt: skip
        """The gradient's, summed with the weights 1 or |x^|."""
        b, c = self.of(x, weight, known, eps, u), c[0] if isinstance(c, tuple) else c
        moved = b.gradient(c * self.lined_up(weight, x))
        direction = 1.0 if along == "ones" else b.normalized
        total = np.sum(b.groups.rows(moved * direction), axis=1)
        return total + b.growth.ravel() ** 3 * allowed

    def moment(
        self, x: Any, weight: Any, known: Any, eps: float, u: float, allowed: Any, moment: int
    ) -> Any:
        """Of mean and mean square of what is standardized."""
        b = self.of(x, weight, known, eps, u)
        grown = (moment - 1) * _mean(b.groups.rows(b.normalized) ** 2) * (b.growth**2 - 1)
        return grown.ravel() + b.growth.ravel() ** 2 * allowed


@dataclass(frozen=True)
class _Batch:
    """One input, group by group: moments, s, |x^|, what the variance loses, and 1 + r."""

    groups: Groups
    x: Any
    eps: float
    u: float
    weight: Any

    @functools.cached_property
    def mean(self) -> Any:
        return _mean(self.groups.rows(self.x))

    @functools.cached_property
    def var(self) -> Any:
        return _mean((self.groups.rows(self.x) - self.mean) ** 2)

    @functools.cached_property
    def lost(self) -> Any:
        count = self.groups.count
        return (3 * count + 3) * self.u * _mean(self.groups.rows(self.x) ** 2)

    @functools.cached_property
    def growth(self) -> Any:
        whole, lost = self.var + self.eps, self.lost
        most = np.sqrt(whole / np.maximum(whole - lost, self.eps)) - 1
        least = 1 - np.sqrt(whole / (whole + lost))
        return 1 + np.maximum(np.maximum(most, least), lost >= self.var)

    @functools.cached_property
    def normalized(self) -> Any:
        rows = np.abs(self.groups.rows(self.x) - self.mean) * (self.var + self.eps) ** -0.5
        return self.groups.array(rows, self.x)

    def wide(self, values: Any) -> Any:
        """One number for each group, at all its places."""
        return self.groups.array(values, self.x)

    def gradient(self, c: Any) -> Any:
        """How far the gradient of x is off, for a cotangent c of x^."""
        rows, signed = self.groups.rows(c), self.groups.rows(self.x) - self.mean
        y = self.groups.rows(self.normalized)
        along = np.abs(_mean(rows * np.sign(signed) * y))
        moved = np.abs(rows - _mean(rows)) * (self.growth - 1) + y * along * (self.growth**3 - 1)
        return self.groups.array((self.var + self.eps) ** -0.5 * moved, self.x)


_OUTPUTS = ("|w x^| r + (1 + r) allowed; running variance: (1 - m) lost", "outputs")
_GRADIENTS = (
    "|w| s (|c - E c| r + |x^ E c x^| ((1 + r)^3 - 1)) + (1 + r)^3 allowed", "gradients",
)  # fmt: skip
# A law, and the size of the deviation there as an equation.
_SIZES = {
    "agrees_with_reference": _OUTPUTS,
    "gradient_agrees": _GRADIENTS,
    "gradient_is_orthogonal": ("the gradient's, summed with the weights 1 or |x^|", "along"),
    "standardizes": ("((1 + r)^2 - 1) E x^^2 + (1 + r)^2 allowed", "moment"),
    "ignores_shifts": _OUTPUTS,
    "tracks_running_statistics": (
        "2 (1 - m) lost: of this batch and of all before it", "tracked",
    ),
    "evaluates_as_it_trained": _OUTPUTS,
    "ignores_memory_layout": _OUTPUTS,
    "gradient_ignores_memory_layout": _GRADIENTS,
}  # fmt: skip

OF_LAYERS = (
    "agrees_with_reference", "gradient_agrees", "gradient_is_orthogonal", "standardizes",
    "ignores_shifts",
)  # fmt: skip
OF_STATE = ("tracks_running_statistics", "evaluates_as_it_trained")
OF_LAYOUTS = ("ignores_memory_layout", "gradient_ignores_memory_layout")


def subtracts_squares(
    grouping: Grouping,
    lined_up: Callable[[Any, Any], Any],
    witness: Mapping[str, Any],
    laws: tuple[str, ...] = OF_LAYERS,
    because: str = BECAUSE,
    dtypes: tuple[str, ...] = ("float64", "float32"),
    link: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what a layer loses that computes E[x^2] - E[x]^2, under each law that it breaks."""
    layer = _Layer(grouping, lined_up)

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        for law in laws:
            equation, size = _SIZES[law]
            bound = Bound(f"{equation}; {_LOST}", getattr(layer, size))
            binding = deviates(
                law, where=layer.far, at_most=bound, because=because, witness=witness,
                dtypes=dtypes, link=link,
            )(binding)  # fmt: skip
        return binding

    return noted
