"""Plans and trials of layers: small batches, sequences and images, with means far from 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np

from backends.backend import NotOfferedError
from properties.arrays import Arrays, unchanged
from reference.numerics import Array, Format, rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Fact, Technique

Change: TypeAlias = "Callable[[tuple[Array, ...], Format], tuple[Array, ...]]"

# What x looks like, and its weights: features second, in images, matrices, sequences and volumes;
# features last, one or two axes of them.
SECOND = (((2, 3, 2, 2), (3,)), ((6, 3), (3,)), ((3, 3, 2), (3,)), ((1, 3, 2, 1, 3), (3,)))
LAST = (((3, 5), (5,)), ((2, 2, 4), (4,)), ((2, 3, 2), (3, 2)))
IN_GROUPS = (((2, 4, 2), (4,)), ((1, 4, 2, 2), (4,)), ((3, 4, 3), (4,)))
WITH_PLACES = (((2, 3, 2, 2), (3,)), ((1, 3, 4), (3,)), ((2, 3, 2, 1, 2), (3,)))

SHAPES = {
    "batch_norm": SECOND,
    "batch_renorm": SECOND,
    "layer_norm": LAST,
    "rms_norm": LAST,
    "group_norm": IN_GROUPS,
    "instance_norm": WITH_PLACES,
    "min_max_norm": SECOND,
    "hard_threshold": LAST,
    "soft_threshold": LAST,
    "local_response_norm": (((2, 6, 2, 1), (6,)), ((1, 7, 3), (7,))),
    "weight_norm": (((3, 4), (3,)), ((2, 5), (2,))),
    "spectral_norm": (((3, 4), (3,)),),
    "weight_standardization": (((3, 4), (3,)), ((2, 2, 2, 2), (2,))),
}


@dataclass(frozen=True)
class LayerPlan:
    """A plan for one layer: the shapes of x and its weights, and the size and mean of its numbers.

    `offset` is how far the means lie from 0 in units of the spread 2^`spread`, along the `axis` by
    which groups differ: the first one's as far as the format resolves the spread there, the third
    one's not at all. `given` holds the inputs that a witness names.
    """

    parameters: tuple[tuple[str, Any], ...]
    names: tuple[str, ...]
    shape: tuple[tuple[int, ...], tuple[int, ...]] = SECOND[0]
    axis: int = 1
    seed: int = 0
    offset: float = 0.0
    spread: int = 0
    given: tuple[tuple[str, Any], ...] = ()

    def inputs(self, form: Format) -> tuple[Array, ...]:
        """Expand: x, and one number for each feature of everything else."""
        known = dict(self.given) or self._drawn(form)
        return tuple(rounded(np.asarray(known[name]), form) for name in self.names)

    def _drawn(self, form: Format) -> dict[str, Array]:
        source = np.random.default_rng(self.seed)
        shape, weights = self.shape
        unit = 2.0**self.spread
        far = np.sign(self.offset) * min(abs(self.offset), 2.0 ** (form.precision - 3))
        means = unit * far * np.resize([1.0, -0.5, 0.0, 0.25], shape[self.axis])
        x = unit * source.standard_normal(shape)
        x += means.reshape(tuple(-1 if a == self.axis else 1 for a in range(len(shape))))
        weight = source.uniform(0.5, 2.0, weights) * source.choice((-1, 1), weights)
        weight.reshape(-1)[0] *= self.seed % 4 < 3
        threshold = dict(self.parameters).get("threshold")
        if threshold is not None:
            x.reshape(-1)[:3] = 0.0, threshold, -threshold
        u, v = (source.standard_normal(n) for n in (shape[0], shape[-1]))
        return {
            "x": x,
            "kernel": x,
            "direction": x,
            "length": weight,
            "matrix": x,
            "u": u / np.linalg.norm(u),
            "v": v / np.linalg.norm(v),
            "weight": weight,
            "bias": 2 * source.standard_normal(weights),
            "running_mean": means + unit * source.standard_normal(len(means)),
            "running_var": unit**2 * source.uniform(0.25, 4.0, len(means)),
            "running_std": unit * source.uniform(0.5, 2.0, len(means)),
        }


def pinned_inputs(technique: Technique, witness: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """A witness's inputs; where it names none, weight 1, bias 0, and fresh running statistics."""
    shape = np.shape(witness.get("x", witness[technique.inputs[0]]))
    width = shape[-1:] if SHAPES[technique.name] is LAST else shape[1:2]
    fresh = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0,
             "running_std": 1.0}  # fmt: skip
    return tuple(
        (n, witness[n] if n in witness else (fresh[n],) * width[0]) for n in technique.inputs
    )


@dataclass(frozen=True)
class Layers(Arrays):
    """A call of a layer, and the same call with its inputs changed."""

    def names(self) -> dict[str, Any]:
        """What deviations may name: besides the usual, all hyper-parameters as `known`."""
        return super().names() | {"known": self.parameters}

    def input(self, name: str) -> Array:
        """One input, in extended precision where there is one."""
        given = self.given[self.subject.technique.inputs.index(name)]
        return np.asarray(given).astype(np.longdouble)

    @property
    def simplest(self) -> bool:
        """Whether x has the first of the shapes that are drawn, as it has in the first plan.

        What needs programs of its own is asked there alone, and of witnesses.
        """
        shape = SHAPES[self.subject.technique.name][0][0]
        return bool(getattr(self.plan, "given", ())) or np.shape(self.given[0]) == shape

    @property
    def first(self) -> Array:
        """The first input: x, or weights."""
        return np.asarray(self.given[0]).astype(np.longdouble)

    def changed(self, change: Change, **chosen: Any) -> Self:
        """The same call with its inputs, and the hyper-parameters chosen, changed.

        A function from outside that does not take one of them cannot be asked so.
        """
        taken = getattr(self.subject.binding, "takes", None)
        missing = set() if taken is None else chosen.keys() - taken
        if missing:
            message = f"it takes no {', '.join(sorted(missing))}"
            raise NotOfferedError(message)
        known = self.parameters
        if change is unchanged and all(known.get(n) == v for n, v in chosen.items()):
            return self
        return super().changed(change, **chosen)

    def training(self, change: Change | None = None, **chosen: Any) -> Layers:
        """The same call in training, if the technique has a mode, with its inputs changed."""
        if "mode" in self.subject.technique.parameters:
            chosen = {"mode": "train"} | chosen
        return self.changed(change or unchanged, **chosen)

    def rows(self, fact: Fact, x: Array) -> Array:
        """The numbers of an array like x, one of the fact's groups a row."""
        named = self.subject.technique.inputs
        rank = np.ndim(self.given[named.index("weight")]) if "weight" in named else 1
        found: Array = fact.values["groups"](x.shape, rank, self.parameters).rows(x)
        return found

    @property
    def y(self) -> Array:
        """The first output, in extended precision."""
        return self.observed()[0][1].astype(np.longdouble)


def of_x(function: Callable[[Array], Array]) -> Change:
    """Change x and nothing else."""
    return lambda given, form: (rounded(function(given[0].astype(np.float64)), form), *given[1:])
