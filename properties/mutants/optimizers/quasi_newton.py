"""Wrong quasi-Newton optimizers."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, widened
from reference.optimizers.quasi_newton import lbfgs

LBFGS = "optimizers.lbfgs"


def _first(g: Array, kind: str) -> float:
    return float(min(1.0, 1 / (np.abs(g).sum() if kind == "sum" else np.linalg.norm(g))))


class Memory:
    """L-BFGS for one run, in parts that a mutant may replace."""

    def __init__(self, p: dict[str, Any]) -> None:
        """Take the hyper-parameters."""
        self.p = p
        self.pairs: list[tuple[Array, Array]] = []

    def keep(self, s: Array, y: Array) -> None:
        """Take a pair."""
        if y @ s > 1e-10 or (self.p["pairs"] == "all" and y @ s):
            self.pairs = [*self.pairs, (s, y)][-self.p["history_size"] :]

    def scale(self) -> float:
        """The first approximation of the inverse Hessian, times the identity."""
        s, y = self.pairs[-1]
        return float(y @ s / (y @ y))

    def away(self, g: Array) -> Array:
        """The inverse Hessian times the gradient."""
        q, alphas = g, []
        for s, y in reversed(self.pairs):
            alphas.append(s @ q / (y @ s))
            q = q - alphas[-1] * y
        r = (self.scale() if self.pairs else 1.0) * q
        for (s, y), alpha in zip(self.pairs, reversed(alphas), strict=True):
            r = r + (alpha - y @ r / (y @ s)) * s
        return np.asarray(r)

    def start(self, g: Array) -> Array:
        """What the first step moves by."""
        return _first(g, self.p["first_step"]) * g


def _run(memory: type[Memory], gradients: Array, weights: Array, p: dict[str, Any]) -> Array:
    lbfgs(gradients, weights, **p)  # refuses what the reference does
    met, w = widened((gradients, weights))
    kept, path = memory(p), [w]
    with np.errstate(all="ignore"):
        for i, g in enumerate(met):
            if i:
                kept.keep(path[-1] - path[-2], g - met[i - 1])
            path.append(path[-1] - p["learning_rate"] * (kept.away(g) if i else kept.start(g)))
    return np.stack(path[1:]).astype(weights.dtype)


@mutant(
    LBFGS,
    "A2 3.8 prints descent with a falling rate as second-order optimization: nothing is learned",
    blind_spot="structure",
)
def lbfgs_is_descent_with_a_schedule(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def away(self, g: Array) -> Array:
            return g / (1 + len(self.pairs))

    return _run(Wrong, gradients, weights, p)


@mutant(LBFGS, "both loops run over the pairs in the same order", blind_spot="structure")
def lbfgs_loops_twice_in_one_order(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def away(self, g: Array) -> Array:
            q, alphas = g, []
            for s, y in reversed(self.pairs):
                alphas.append(s @ q / (y @ s))
                q = q - alphas[-1] * y
            r = (self.scale() if self.pairs else 1.0) * q
            for (s, y), alpha in zip(reversed(self.pairs), alphas, strict=True):
                r = r + (alpha - y @ r / (y @ s)) * s
            return np.asarray(r)

    return _run(Wrong, gradients, weights, p)


@mutant(
    LBFGS,
    "the scale of the identity upside down, y^T y / y^T s: the Hessian's for its inverse's",
    blind_spot="scale",
)
def lbfgs_scales_by_the_hessian(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def scale(self) -> float:
            return 1 / super().scale()

    return _run(Wrong, gradients, weights, p)


@mutant(LBFGS, "no scale: every H starts from the identity", blind_spot="scale")
def lbfgs_never_scales(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def scale(self) -> float:
            return 1.0

    return _run(Wrong, gradients, weights, p)


@mutant(LBFGS, "the scale of the oldest pair, as an index of 0 gives", blind_spot="time")
def lbfgs_scales_by_the_oldest_pair(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def scale(self) -> float:
            s, y = self.pairs[0]
            return float(y @ s / (y @ y))

    return _run(Wrong, gradients, weights, p)


@mutant(
    LBFGS,
    "one pair too few is kept: the buffer's slot for the next pair is counted",
    blind_spot="boundaries",
)
def lbfgs_keeps_a_pair_too_few(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def keep(self, s: Array, y: Array) -> None:
            super().keep(s, y)
            self.pairs = self.pairs[-1:]

    return _run(Wrong, gradients, weights, p)


@mutant(LBFGS, "the first step is not shortened: the gradient has a unit", blind_spot="scale")
def lbfgs_begins_with_the_whole_gradient(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def start(self, g: Array) -> Array:
            return g

    return _run(Wrong, gradients, weights, p)


@mutant(
    LBFGS,
    "the first step is always 1 / |g| long, also where the gradient is shorter: 0 / 0 at a minimum",
    blind_spot="special values",
)
def lbfgs_begins_with_a_unit_step(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def start(self, g: Array) -> Array:
            kind = self.p["first_step"]
            return np.asarray(g / (np.abs(g).sum() if kind == "sum" else np.linalg.norm(g)))

    return _run(Wrong, gradients, weights, p)


@mutant(
    LBFGS,
    "pairs are remembered the other way round, s = w' - w: curvature turns negative, none is kept",
    blind_spot="symmetry and defaults",
)
def lbfgs_measures_backwards(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def keep(self, s: Array, y: Array) -> None:
            super().keep(-s, y)

    return _run(Wrong, gradients, weights, p)


@mutant(
    LBFGS,
    "the shortening of the first step is left out of the step that is remembered",
    blind_spot="protocol",
)
def lbfgs_remembers_the_whole_first_step(gradients: Array, weights: Array, **p: Any) -> Array:
    class Wrong(Memory):
        def keep(self, s: Array, y: Array) -> None:
            super().keep(s if self.pairs else s / _first(gradients[0], self.p["first_step"]), y)

    return _run(Wrong, gradients, weights, p)


@mutant(LBFGS, "a negative rate runs uphill, and says nothing", blind_spot="special values")
def lbfgs_takes_a_negative_rate(gradients: Array, weights: Array, **p: Any) -> Array:
    return np.asarray(lbfgs(gradients, weights, **(p | {"learning_rate": abs(p["learning_rate"])})))
