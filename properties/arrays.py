"""Trials of functions of several arrays: trees in, trees out, and the gradient of every input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from properties.trial import KERNELS, Trial, WrongShapeError
from properties.truths import ArraysPlan, Truth, given_of, true_gradients_of, truth_of
from reference import facts
from reference.numerics import (
    Array,
    Format,
    widened,
)
from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Changed:
    """A plan whose inputs are changed after they are drawn: shifted, permuted, masked ...

    Of the hyper-parameters, those in `chosen` are replaced.
    """

    plan: ArraysPlan
    change: Callable[[tuple[Any, ...], Format], tuple[Any, ...]]
    chosen: tuple[tuple[str, Any], ...] = ()

    @property
    def parameters(self) -> tuple[tuple[str, Any], ...]:
        """Those of the plan, or chosen in their place."""
        chosen = dict(self.chosen)
        return tuple((name, chosen.get(name, value)) for name, value in self.plan.parameters)

    def inputs(self, form: Format) -> tuple[Any, ...]:
        """Those of the plan, changed."""
        return self.change(self.plan.inputs(form), form)


def unchanged(given: tuple[Any, ...], form: Format) -> tuple[Any, ...]:
    """As drawn: for the same trial with other hyper-parameters, or for itself."""
    del form
    return given


@dataclass(frozen=True)
class Arrays(Trial):
    """A call of a technique on trees of arrays."""

    plan: ArraysPlan

    @property
    def given(self) -> tuple[Any, ...]:
        """The inputs, in the format under test."""
        return given_of(self.plan, self.subject.form.name)

    def names(self) -> dict[str, Any]:
        """What deviations may name: besides the usual, every input, and the cotangents as `c`."""
        wide = widened(self.given)
        inputs = dict(zip(self.subject.technique.inputs, wide, strict=False))
        return super().names() | inputs | {"c": widened(self.cotangents)}

    def changed(
        self, change: Callable[[tuple[Any, ...], Format], tuple[Any, ...]], **chosen: Any
    ) -> Self:
        """The same call with its inputs (and the hyper-parameters chosen) changed.

        A trial of its own, with its own truth.
        """
        plan = Changed(self.plan, change, tuple(chosen.items()))
        return replace(self, plan=plan, cache=self.once(plan, dict))

    @property
    def truth(self) -> list[Truth]:
        """The true outputs, leaf by leaf."""
        return truth_of(self.subject.technique, self.plan, self.subject.form.name)[0]

    @property
    def cotangents(self) -> Any:
        """What is pulled back: standard normal numbers shaped like the outputs."""
        return truth_of(self.subject.technique, self.plan, self.subject.form.name)[1]

    @property
    def true_gradients(self) -> list[Truth]:
        """The true gradient of every floating point input."""
        s = self.subject
        return true_gradients_of(s.technique, self.plan, s.form.name)

    def off_kinks(self, path: str) -> Array | None:
        """Where the gradient of this path is defined: off the kinks that facts name, if they do.

        A device that reads subnormal numbers as zero takes them for a kink there.
        """
        points = [
            facts.at(point, self.parameters)
            for fact in self.subject.technique.facts
            if fact.law == "takes_a_subgradient_at_kinks"
            for point in fact.values["points"]
        ]
        if path != "[0]" or not points:
            return None
        x = np.asarray(self.given[0], np.float64)
        reach = self.subject.form.tiny if self.subject.flushing.inputs else 0.0
        return ~np.isin(np.where(np.abs(x) < reach, 0.0, x), points)

    @property
    def simplest(self) -> bool:
        """Whether what needs programs of its own is asked here; a family may restrict it."""
        return True

    @property
    def enters(self) -> tuple[str, ...]:
        """What is asked of a library's other entries; a family may restrict it, or refuse."""
        return "value", "gradient"

    @property
    def floor(self) -> float:
        """What a device that flushes subnormal numbers may lose (nothing, where it keeps them)."""
        flushing = self.subject.flushing
        return 4 * self.subject.form.tiny if flushing.inputs or flushing.outputs else 0.0

    def observed(self) -> list[tuple[str, Array]]:
        """The backend's outputs, leaf by leaf, held to the shapes and dtypes of the truth."""
        return self.once("outputs", self._observed)

    def _observed(self) -> list[tuple[str, Array]]:
        outcome = self.on_backend(self.given)
        seen = list(leaves(outcome.outputs))
        self.hold([(t.path, t.high) for t in self.truth], seen)
        return seen

    def on_backend(self, inputs: tuple[Any, ...], *, variant: str = "") -> Any:
        """Call the backend on any inputs of the format."""
        s = self.subject
        with KERNELS.running():
            return s.backend.call(
                s.binding, inputs, self.parameters, device=s.device, variant=variant
            )

    def called(self, inputs: tuple[Any, ...], parameters: dict[str, Any], binding: Any) -> Any:
        """What another binding makes of inputs, leaf by leaf."""
        s = self.subject
        with KERNELS.running():
            outcome = s.backend.call(binding, inputs, parameters, device=s.device)
        return [y for _, y in leaves(outcome.outputs)]

    def gradients_of(
        self, binding: Any, parameters: dict[str, Any], inputs: tuple[Any, ...] | None = None
    ) -> list[Array]:
        """What another binding, or this one at other inputs, pulls back of these cotangents."""
        s = self.subject
        with KERNELS.running():
            found = s.backend.pullback(
                binding, inputs or self.given, parameters, self.cotangents, device=s.device
            )
        return [g for _, g in leaves(found)]

    def observed_gradients(self) -> list[tuple[str, Array]]:
        """The backend's gradients of the floating point inputs, in their order."""
        return self.once("gradients", self._observed_gradients)

    def _observed_gradients(self) -> list[tuple[str, Array]]:
        s = self.subject
        with KERNELS.running():
            gradients = s.backend.pullback(
                s.binding, self.given, self.parameters, self.cotangents, device=s.device
            )
        seen = list(leaves(gradients))
        self.hold([(t.path, t.high) for t in self.true_gradients], seen)
        return seen

    def hold(self, wanted: list[tuple[str, Any]], seen: list[tuple[str, Array]]) -> None:
        """Hold results to number, shape and dtype."""
        form = self.subject.form
        if len(wanted) != len(seen):
            message = f"{len(seen)} arrays came out where {len(wanted)} were due"
            raise WrongShapeError(message)
        for (path, right), (_, left) in zip(wanted, seen, strict=True):
            integral = np.issubdtype(left.dtype, np.integer)
            if np.shape(right) != left.shape or not (integral or left.dtype == form.dtype):
                message = (
                    f"output {path or '0'} is {left.dtype}{list(left.shape)}, "
                    f"due was {form.name}{list(np.shape(right))}"
                )
                raise WrongShapeError(message)
