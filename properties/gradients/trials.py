"""Trials of gradient techniques: trees in, trees out."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from properties.arrays import Arrays
from properties.trial import KERNELS, all_of
from properties.truths import Truth, accepted
from reference.gradients.non_finite import along, finite_steps
from reference.gradients.norms import length
from reference.numerics import FORMATS, Array, widened
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.gradients.plans import GradientPlan
    from reference.technique import Technique


@functools.lru_cache(maxsize=64)
def _truth(technique: Technique, plan: GradientPlan, dtype: str, *, alone: bool) -> list[Truth]:
    """The true results with the accepted error: shared by backends and laws."""
    form = FORMATS[dtype]

    def forward(given: tuple[Any, ...]) -> Any:
        return technique(*given, **dict(plan.parameters))

    with KERNELS.running(), np.errstate(all="ignore"):
        return accepted(technique, forward, plan.inputs(form), form, elementwise=alone)


@dataclass(frozen=True)
class Gradients(Arrays):
    """A gradient technique on what its plan expands to."""

    plan: GradientPlan
    alone: ClassVar[bool] = False
    """Whether no result depends on two numbers of one array."""

    def names(self) -> dict[str, Any]:
        """What deviations may name: besides the usual, the norm and size of the first input."""
        tensors = [np.asarray(g) for _, g in leaves(self.given[0])]
        order = self.parameters.get("norm_type", 2)
        told = {"norm": float(length(tensors, order)), "n": sum(g.size for g in tensors)}
        return super(Arrays, self).names() | told | {"norm_type": float(order)}

    @property
    def truth(self) -> list[Truth]:
        """The true results; around them, what a sum over the tree may be off by as well."""
        claim, u = self.subject.technique.accuracy, self.subject.form.unit_roundoff
        around = claim.roundings(self.given) * u if claim.terms is not None else 0.0
        technique, form = self.subject.technique, self.subject.form
        alone = self.alone or (claim.terms is None and technique.inputs[0] in ("grads", "params"))
        truths = _truth(technique, self.plan, form.name, alone=alone)[: self._told]
        return [replace(t, allowed=t.allowed + around * magnitude(t.high)) for t in truths]

    @property
    def _told(self) -> int | None:
        """How many results are judged: a plain function from outside may tell gradients alone."""
        tree = len(self.given[0])
        if not hasattr(self.subject.binding, "takes") or isinstance(self.given[0][0], list):
            return None
        outputs = self.once("told", lambda: self.on_backend(self.given).outputs)
        return tree if isinstance(outputs, list) and len(outputs) == tree else None

    def at(self, **changed: Any) -> Any:
        """A neighbouring trial: other hyper-parameters, or other fields of the plan."""
        chosen = {k: v for k, v in changed.items() if k in self.parameters}
        fields = {k: v for k, v in changed.items() if k not in chosen}
        known = tuple((self.parameters | chosen).items())
        return replace(self, plan=replace(self.plan, parameters=known, **fields), cache={})

    def agreement(self, like: str = "") -> Finding:
        """Every result against the true one; `like` names a law whose deviations apply here too."""
        flat = [np.asarray(g) for _, g in leaves(self.given[0])]
        return all_of(
            self.compare(
                seen, t.high, t.allowed, low=t.low, inputs=self.columns(i, flat, np.shape(t.high)),
                floor=self.floor, scale=np.max(magnitude(t.high), initial=0.0),
                about={"output": t.path, "entry": self.entry(i)}, like=like,
            )
            for i, ((_, seen), t) in enumerate(zip(self.observed(), self.truth, strict=True))
        )  # fmt: skip

    def entry(self, index: int) -> str:
        """What the result of this index is: a gradient, or a norm."""
        due = sum(1 for _ in leaves(self.given[0]))
        return "grads" if index < due <= len(self.truth) else "norm"

    def columns(self, index: int, flat: list[Array], shape: Any) -> dict[str, Array]:
        """What went into one result: its gradient, where that has the same shape."""
        beside = flat[index] if index < len(flat) else np.zeros(())
        return {"gradient": beside if beside.shape == shape else np.zeros(())}


@dataclass(frozen=True)
class Trees(Gradients):
    """One tree of gradients in, one tree of the same shapes out."""

    def treated(self, grads: list[Array]) -> list[Array]:
        """The backend's gradients for other gradients, beside the same other inputs."""
        outputs = self.on_backend((grads, *self.given[1:])).outputs
        new: list[Array] = outputs[0] if isinstance(outputs, tuple) else outputs
        return new

    def columns(self, index: int, flat: list[Array], shape: Any) -> dict[str, Array]:
        """The gradient; and the norm of the group that it is in, where facts name a measure."""
        told = super().columns(index, flat, shape)
        stated = self.subject.technique.facts
        measure = next((f for f in stated if "measure" in f.values), None)
        if measure is None or index >= len(flat):
            return told
        norms = {"norm": self.measured(measure.values["measure"], self.given[0])}
        norms |= measure.values["columns"](*widened(self.given))
        return told | {k: np.broadcast_to(v[index], shape) for k, v in norms.items()}

    def measured(self, measure: Any, grads: list[Array]) -> list[Array]:
        """The norm of the group that every number is in, tensor by tensor."""
        needed = measure.__annotations__
        chosen = {k: v for k, v in self.parameters.items() if k in needed}
        with np.errstate(all="ignore"):
            wide = widened((grads, *self.given[1:]), np.longdouble)
            norms = measure(*wide, **chosen)
        return [np.asarray(x, np.float64) for x in norms]

    def alike(self, seen: list[Array], due: list[Array], slack: Any) -> Finding:
        """Compare gradients, excused where agreement with the reference is."""
        told = zip(seen, due, slack, self.given[0], strict=True)
        flat = list(self.given[0])
        return all_of(
            self.compare(
                x, np.asarray(y, np.float64), s, inputs=self.columns(i, flat, g.shape),
                floor=self.floor, about={"entry": "grads"}, like="agrees_with_reference",
            )
            for i, (x, y, s, g) in enumerate(told)
        )  # fmt: skip


@dataclass(frozen=True)
class Runs(Gradients):
    """Gradients of consecutive steps in, what is applied at each of them out."""

    def run(self, **changed: Any) -> dict[str, Any]:
        """The backend's run over other gradients, or with other hyper-parameters."""
        other = self.at(**changed)
        told: dict[str, Any] = other.on_backend(other.given).outputs
        return told

    def columns(self, index: int, flat: list[Array], shape: Any) -> dict[str, Array]:
        """The gradient; the sum of all that a number has met; and whether a bad step came before.

        That is the step itself, or any before it.
        """
        told = super().columns(index, flat, shape)
        if index >= len(self.given[0]):
            return told
        g = np.abs(np.asarray(self.given[0][index], np.float64))
        bad = np.cumsum(~finite_steps(self.given[0])) > 0
        return told | {
            "total": np.cumsum(np.nan_to_num(g, posinf=0.0), axis=0),
            "after_bad": np.broadcast_to(along(bad, g), g.shape),
        }


@dataclass(frozen=True)
class Examples(Gradients):
    """Gradients of single examples in, that of the batch out."""

    def names(self) -> dict[str, Any]:
        """Besides the usual: how many examples, the longest gradient, and whether one is NaN."""
        examples = self.given[0]
        lengths = [float(length([g[i] for g in examples])) for i in range(len(examples[0]))]
        told = {"count": len(lengths), "longest": max(lengths)}
        return super().names() | told | {"spoilt": bool(np.isnan(sum(lengths)))}

    def columns(self, index: int, flat: list[Array], shape: Any) -> dict[str, Array]:
        """The sum of what all examples have there."""
        del shape
        return {"total": np.sum(magnitude(flat[index]), axis=0)}


@dataclass(frozen=True)
class MicroBatches(Gradients):
    """Gradients of micro-batches, with their sizes, in; that of the batch out."""

    alone = True

    def entry(self, index: int) -> str:
        """Gradients are all that comes out."""
        del index
        return "grads"

    def columns(self, index: int, flat: list[Array], shape: Any) -> dict[str, Array]:
        """The sum of what all micro-batches have there."""
        del flat, shape
        stacked = np.stack([np.asarray(tree[index], np.float64) for tree in self.given[0]])
        return {
            "total": np.sum(magnitude(stacked), axis=0),
            "spoilt": ~np.all(np.isfinite(stacked), axis=0),
        }


def magnitude(x: Array) -> Array:
    """|x|, and 0 where it is infinite or NaN."""
    return np.nan_to_num(np.abs(np.asarray(x, np.float64)), posinf=0.0)
