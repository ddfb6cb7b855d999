"""Sweeps: stacks over depths, asked the laws of stacks and looked at, one task a kind and backend.

A task is what `gradproof/pool.py` runs: a stack that crashes or hangs is a verdict, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import properties.flow
from backends.backend import Backend, NotOfferedError
from backends.binding import Absent, withheld
from backends.catalogue import backend
from properties.finding import NOTHING, Finding, Verdict
from properties.flow.plans import StackPlan
from properties.flow.trials import Flows
from properties.laws import applicable, ask
from properties.trial import Subject
from reference.catalogue import techniques
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from properties.trial import Trial

ROWS = 8
UNASKED = ("weights_gradients_agree", "leaves_inputs_unchanged", "keeps_all_singular_values_alike",
           "dies_where_theory_says", "keeps_a_lower_bound_on_the_gradient",
           "is_the_identity_where_gates_are_shut")  # fmt: skip
"""Laws that look at weights' gradients, or change the stack: `gradproof verify` asks those."""


@dataclass(frozen=True)
class Stack:
    """What is stacked: its label, and how it is made."""

    label: str
    connection: str
    activation: str
    initializer: str
    normalization: str = "none"


CLASSIC = (
    Stack("sigmoid, N(0, 0.01²)", "plain", "sigmoid", "small_normal"),
    Stack("tanh, Xavier", "plain", "tanh", "glorot_normal"),
    Stack("ReLU, He", "plain", "relu", "he_normal"),
    Stack("residual, ReLU, He", "residual", "relu", "he_normal"),
    Stack("residual, ReLU, He, layer norm", "residual", "relu", "he_normal", "layer"),
    Stack("dense, ReLU, He", "dense", "relu", "he_normal"),
)
"""The pairs of activation and initializer that the articles compare, and what joins layers."""


@dataclass(frozen=True)
class SweepTask:
    """Stacks of one kind, at all depths, on one backend in one format."""

    technique: str
    backend: str
    dtype: str
    device: str
    stacks: tuple[Stack, ...]
    depths: tuple[int, ...]
    width: int
    seed: int

    def run(self, watch: Callable[[Trial], None] | None = None) -> list[Verdict]:
        """Ask every law of every stack at every depth; show each to `watch`."""
        technique, host = techniques()[self.technique], backend(self.backend)
        if not isinstance(host, Backend):
            return [self.failed("absent", host.reason)]
        binding = host.binding(technique)
        if isinstance(binding, Absent):
            return [self.failed("absent", binding.reason)]
        if reason := withheld(binding, self.dtype):
            return [self.failed("absent", reason)]
        flushing = host.flushing(self.dtype, self.device)
        subject = Subject(technique, host, binding, FORMATS[self.dtype], self.device, flushing)
        laws = applicable(technique, Flows, properties.flow)
        found, stories = dict.fromkeys(laws, NOTHING), dict[str, str]()
        for trial in self._trials(subject):
            for name, law in laws.items():
                if name in UNASKED or name in stories:
                    continue
                try:
                    finding = ask(law, trial)
                except NotOfferedError:
                    continue
                except Exception as error:  # noqa: BLE001 - whatever a backend raises is a verdict
                    stories[name] = f"{type(error).__name__}: {error}"
                    continue
                found[name] = found[name].merged(_placed(finding, trial.plan))
            if watch is not None:
                watch(trial)
        rows = [self._verdict(n, f, stories.get(n)) for n, f in found.items() if n not in UNASKED]
        return [row for row in rows if row is not None]

    def _trials(self, subject: Subject) -> Iterator[Flows]:
        for stack in self.stacks:
            known = {"activation": stack.activation, "normalization": stack.normalization}
            chosen = tuple((n, known[n]) for n in subject.technique.parameters)
            for depth in self.depths:
                yield Flows(subject, StackPlan(
                    chosen, stack.connection, self.seed, (depth, self.width), rows=ROWS,
                    initializer=stack.initializer, bias=0.0, label=stack.label,
                ))  # fmt: skip

    def _verdict(self, law: str, finding: Finding, story: str | None) -> Verdict | None:
        row = Verdict(self.technique, law, self._name(), self.dtype, self.device, "conforms")
        if story is not None:
            return replace(row, verdict="error", reason=story)
        if not finding.compared:
            return None  # the law speaks of none of these stacks
        row = replace(
            row, max_ulp=finding.max_ulp, allowed=finding.allowed, compared=finding.compared,
            witness=finding.witness,
        )  # fmt: skip
        if finding.holds:
            return row
        told = f"{finding.violations} of {finding.compared} beyond what is allowed"
        return replace(row, verdict="fails", reason=told)

    def failed(self, verdict: str, reason: str) -> Verdict:
        """A verdict over the whole task, where no law could be asked."""
        return Verdict(
            self.technique, "*", self._name(), self.dtype, self.device, verdict, reason=reason
        )

    def _name(self) -> str:
        return self.backend.rpartition(":")[2]


def _placed(finding: Finding, plan: StackPlan) -> Finding:
    """With the stack's name and depth in the witness."""
    told: dict[str, Any] = {"stack": plan.label, "depth": plan.depth, "width": plan.shape[1]}
    return replace(finding, witness=told | (finding.witness or {}))
