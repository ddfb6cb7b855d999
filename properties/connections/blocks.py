"""Trials of blocks: their plans, and gradients for any cotangents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from properties.arrays import Arrays
from properties.connections.draws import drawn
from properties.trial import KERNELS, all_of
from properties.truths import Truth, accepted
from reference.numerics import FORMATS, rounded
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.connection_facts import Change
    from reference.numerics import Array, Format

SHAPES = ((3, 4, 5), (1, 3, 2))
"""Batch, width and hidden width."""

BATCHED = ("x", "kept")
"""Inputs whose first axis is the batch."""


@dataclass(frozen=True)
class BlockPlan:
    """A plan for one block: batch, width and hidden width, the size of x and that of the weights.

    Sizes are powers of 2. `given` holds the inputs that a witness names, those in `lists` as lists
    of arrays.
    """

    parameters: tuple[tuple[str, Any], ...]
    technique: str
    names: tuple[str, ...]
    seed: int = 0
    shape: tuple[int, int, int] = SHAPES[0]
    size: int = 0
    gain: int = 0
    given: tuple[tuple[str, Any], ...] = ()
    lists: tuple[str, ...] = ()

    def inputs(self, form: Format) -> tuple[Any, ...]:
        """Expand: x off the kink, and weights and biases that keep hidden units off theirs."""
        if not self.given:
            known = drawn(self, form)
            return tuple(rounded(known[name], form) for name in self.names)
        return tuple(
            rounded([np.asarray(v) for v in value] if name in self.lists else _array(value), form)
            for name, value in self.given
        )


def _array(value: Any) -> Array:
    found = np.asarray(value)
    return found.astype(np.int32) if np.issubdtype(found.dtype, np.integer) else found


@dataclass(frozen=True)
class Replaced:
    """A change of the inputs named: filled with a number, or handed to a function."""

    names: tuple[str, ...]
    change: tuple[tuple[str, Any], ...]

    def __call__(self, given: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
        """The inputs, changed."""
        del form
        new = dict(self.change)
        return tuple(
            _replaced(new[name], x) if name in new else x
            for name, x in zip(self.names, given, strict=True)
        )


def _replaced(new: Any, x: Any) -> Any:
    return new(x) if callable(new) else mapped(lambda leaf: np.full_like(leaf, new), x)


@dataclass(frozen=True)
class Blocks(Arrays):
    """A call of a block, and what it pulls back."""

    def named(self, name: str) -> Any:
        """The input of this name, as it is given."""
        return self.given[self.subject.technique.inputs.index(name)]

    def wide(self, *names: str) -> dict[str, Any]:
        """Inputs by name, in float64: all, or those named."""
        technique = self.subject.technique
        wanted = names or technique.inputs
        return {n: mapped(_wide, self.named(n)) for n in wanted}

    def replaced(self, change: Change, **chosen: Any) -> Self:
        """The same call with these inputs (and the hyper-parameters chosen) replaced."""
        technique = self.subject.technique
        return self.changed(Replaced(technique.inputs, tuple(change.items())), **chosen)

    def plainest(self) -> Self:
        """The block in the first shape, with every choice at the binding's default.

        What costs a program of its own (an empty batch, a checkpoint) is asked there alone.
        """
        s = self.subject
        plan = self.plan
        if not isinstance(plan, BlockPlan) or plan.given:
            return self
        chosen = {
            n: p.default
            for n, p in s.technique.parameters.items()
            if not p.traced and n in dict(plan.parameters)
        }
        known = tuple((n, chosen.get(n, v)) for n, v in plan.parameters)
        plan = replace(plan, shape=SHAPES[0], parameters=known)
        return replace(self, plan=plan, cache=self.once(("plainest", plan), dict))

    @property
    def y(self) -> Array:
        """The backend's output."""
        return self.observed()[0][1]

    @property
    def coarse(self) -> float:
        """What roundings below the normal numbers, where they no longer shrink, may sum up to.

        Half the smallest number each, of at most a hundred terms.
        """
        return 64 * self.subject.form.smallest

    def same(
        self, *pairs: tuple[str, Array, Array], floor: float = 0.0, mask: Array | None = None
    ) -> Finding:
        """Whether the second of each pair is the first, to the last bit, where the mask is."""
        return all_of(
            self.compare(b, np.asarray(a, np.float64), 0.0, floor=floor, mask=mask,
                         about={"of": of})
            for of, a, b in pairs
        )  # fmt: skip

    def pulled(self, cotangents: Any, *, variant: str = "") -> list[Array]:
        """The backend's gradients for these cotangents, run in this way."""
        s = self.subject
        with KERNELS.running():
            found = s.backend.pullback(
                s.binding, self.given, self.parameters, cotangents, device=s.device, **_way(variant)
            )
        return [g for _, g in leaves(found)]

    def pulled_truth(self, cotangents: Any) -> list[Truth]:
        """The true gradients for these cotangents."""
        s, form = self.subject, FORMATS[self.subject.form.name]

        def backward(everything: tuple[Any, ...]) -> Any:
            *inputs, c = everything
            return s.technique(*inputs, **self.parameters).pullback(c)

        with KERNELS.running(), np.errstate(all="ignore"):
            return accepted(s.technique, backward, (*self.given, cotangents), form)


def _way(variant: str) -> dict[str, str]:
    return {"variant": variant} if variant else {}


def _wide(x: Any) -> Any:
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.integer) else x.astype(np.float64)
