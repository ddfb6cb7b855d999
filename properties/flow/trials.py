"""Trials of stacks: what a backend carried through, and what each layer should have made of it."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.flow.near import Near, Rounding, exactly
from properties.flow.plans import StackPlan
from properties.trial import KERNELS, Trial, WrongShapeError
from reference.flow import connected, over_time, stacks
from reference.flow.layers import Flow
from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reference.flow.layers import Local
    from reference.numerics import Array

_KEPT = 64
"""Layers whose parameters' gradients are kept: of a deeper stack they would fill the memory."""

LAYERS: dict[str, Callable[..., Local]] = {
    "plain": stacks.plain_layer,
    "conv": stacks.conv_layer,
    "residual": connected.residual_layer,
    "dense": connected.dense_layer,
    "highway": connected.highway_layer,
    "recurrent": over_time.recurrent_layer,
}


@dataclass(frozen=True)
class Step:
    """One layer of a backend's run: what entered it, what it made of it, what it should have."""

    layer: int
    outputs: tuple[Array, Near]
    tangents: tuple[Array, Near]
    gradients: tuple[Array, Near]
    parameters: tuple[Near, ...]


@dataclass(frozen=True)
class Flows(Trial):
    """A stack at a point, on a backend."""

    plan: StackPlan

    @property
    def given(self) -> tuple[Any, ...]:
        """x, v, c and the parameters, in the format under test."""
        return self.plan.inputs(self.subject.form)

    @property
    def width(self) -> int:
        """Features of the first state."""
        return self.given[0].shape[1]

    def changed(self, **changes: Any) -> Flows:
        """The same stack by another plan."""
        plan = replace(self.plan, **changes)
        return self if plan == self.plan else replace(self, plan=plan, cache=self.once(plan, dict))

    def choosing(self, **chosen: Any) -> Flows:
        """The same stack with other conventions."""
        known = tuple((n, chosen.get(n, value)) for n, value in self.plan.parameters)
        return self.changed(parameters=known)

    @property
    def flow(self) -> Flow:
        """What the backend returned, held to shapes and dtypes."""
        return self.once("flow", self._flow)

    def _flow(self) -> Flow:
        s = self.subject
        with KERNELS.running():
            outcome = s.backend.call(s.binding, self.given, self.parameters, device=s.device)
        unchanged = zip(leaves(self.given), leaves(outcome.inputs_after), strict=True)
        self.cache["unchanged"] = [
            bool(np.array_equal(a, b, equal_nan=True)) for (_, a), (_, b) in unchanged
        ]
        x, _, c, *parameters = self.given
        depth = self.plan.depth
        due = [(depth + 1, *c.shape)] * 3 + [p.shape for p in parameters]
        seen = [y for _, y in leaves(outcome.outputs)]
        if [y.shape for y in seen] != due or any(y.dtype != x.dtype for y in seen):
            message = (
                f"{[f'{y.dtype}{list(y.shape)}' for y in seen]} came out where "
                f"{[f'{x.dtype}{list(s)}' for s in due]} was due"
            )
            raise WrongShapeError(message)
        return Flow(seen[0], seen[1], seen[2], tuple(seen[3:]))

    @property
    def wide(self) -> Flow:
        """The same in float64, but for the gradients of parameters."""
        return self.once("wide", self._wide)

    def _wide(self) -> Flow:
        states, tangents, gradients = (y.astype(np.float64) for y in self.flow[:3])
        return Flow(states, tangents, gradients, self.flow.parameters)

    @functools.cached_property
    def rounding(self) -> Rounding:
        """Of the format, on a device that may flush subnormal numbers."""
        form, flushing = self.subject.form, self.subject.flushing
        flushes = flushing.inputs or flushing.outputs
        return Rounding(form.unit_roundoff, form.tiny if flushes else form.smallest, form.largest)

    def given_to(self, layer: int) -> tuple[Array, ...]:
        """What a layer takes besides its state."""
        _, _, _, *parameters = self.given
        if self.plan.connection == "recurrent":
            entering, *shared = parameters
            return (entering[layer], *shared)
        return tuple(p[layer] for p in parameters)

    def features(self, layer: int) -> int:
        """Features of the state in front of a layer."""
        if self.plan.connection != "dense":
            return self.given[2].shape[1]
        return self.width + layer * self.given[3].shape[1]

    def alive(self, states: Array) -> list[Array]:
        """Each state's own features: of a dense stack, those that are there already."""
        if self.plan.connection != "dense":
            return list(states)
        return [s[:, : self.features(layer)] for layer, s in enumerate(states)]

    def steps(self) -> list[Step]:
        """Every layer, judged from what the backend itself had in front of it and behind it."""
        return self.once("steps", lambda: list(self._steps()))

    def _steps(self) -> Iterator[Step]:
        exact = np.longdouble if self.subject.form.bits == 64 else np.float64
        layer = functools.partial(LAYERS[self.plan.connection], **self.parameters)
        columns = [self.alive(column) for column in self.flow[:3]]
        states, tangents, gradients = (
            [exactly(y.astype(exact), self.rounding) for y in column] for column in columns
        )
        seen = [self.alive(column) for column in self.wide[:3]]
        for i in range(self.plan.depth):
            own = (exactly(p.astype(exact), self.rounding) for p in self.given_to(i))
            with KERNELS.running():
                local = layer(states[i], *own)
                onwards = local.push(tangents[i])
                back, *parameters = local.pull(gradients[i + 1])
            yield Step(
                i,
                (seen[0][i + 1], local.outputs),
                (seen[1][i + 1], onwards),
                (seen[2][i], back),
                tuple(parameters) if self.plan.depth <= _KEPT else (),
            )

    def mean_squares(self, column: str) -> Array:
        """Per feature, of each state (or tangent, or gradient) and row: (L + 1, N)."""
        return self.once(("mean squares", column), lambda: self._mean_squares(column))

    def _mean_squares(self, column: str) -> Array:
        with np.errstate(all="ignore"):
            found = self.alive(getattr(self.wide, column))
            return np.stack([(s.reshape(len(s), -1) ** 2).mean(axis=1) for s in found])

    def names(self) -> dict[str, Any]:
        """What deviations may name: besides the usual, depth and width."""
        return super().names() | {"depth": self.plan.depth, "width": self.width}


def chance(alarms: float = 1e-9) -> float:
    """The t of a bound that an honest draw is beyond by 2 exp(-t)."""
    return math.log(2 / alarms)
