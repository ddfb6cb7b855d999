"""What open gates, nearly shut ones, and what is left out, cost a recurrent layer.

Slopes made of values, y (1 - y) and 1 - y^2, cancel where a gate is open. Where exp(-a) overflows,
a gate that is nearly shut is 0. A gradient is a sum of products along paths through time: where
every slope in it is off by d at most, the sum is off by no more than the same sum of magnitudes
with slopes larger by d, less the one without: backpropagation through time once more.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates
from reference.numerics import FORMATS
from reference.recurrent.gates import LOGISTIC, TANH, Rendering, Squashed, rendered
from reference.trees import leaves

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Technique

HALF = 0.5  # from here on a slope made of the value has lost a bit


def witness(technique: Technique, *biases: float) -> dict[str, Any]:
    """A number for every input, that fills it; of b_ih one for each gate: open ones, say."""
    layer = (0.1, 0.2, biases, 1.0)
    known = dict(zip(("w_ih", "w_hh", "b_ih", "b_hh"), layer, strict=True))
    known |= {"x": 0.5, "h0": 0.5, "c0": 3.0, "w_hr": 0.5, "state": (0.5, 3.0), "lengths": 3}
    known |= dict.fromkeys(("weights", "forward", "backward", "first", "second"), layer)
    return {name: known[name] for name in technique.inputs}


OPEN, COARSE = (7.0, 6.0, 5.0, 8.0), (5.0, 5.0, 2.25, 5.5)
"""Biases of a long short-term memory with open gates; gates that just round to 1 in bfloat16."""

NEARLY_SHUT = (7.0, 6.0, 5.0, -13.0)
"""Of one whose output gate is nearly shut."""


def made_of_values(
    technique: Technique, size: Bound, slope: str, *biases: float,
    coarse: tuple[float, ...] = (), dead: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # fmt: skip
    """Register that slopes are made of values, and cancel in open gates, at such a witness.

    In bfloat16, where more is allowed, `coarse` are biases of gates that only just round to 1.
    """
    witnesses = {
        name: witness(technique, *(coarse or biases if name == "bfloat16" else biases))
        for name in FORMATS
    }
    shown = {"where": has_open_gates(technique), "at_most": size, "witness": witnesses}
    inexact = deviates(
        "gradient_agrees", **shown,
        because=f"slopes are {slope}: in open gates they have no digits left",
    )  # fmt: skip
    vanishing = deviates(
        "keeps_gradient_alive", **shown,
        because=f"slopes are {slope}: of a gate that rounds to 1 the gradient is 0",
    )  # fmt: skip
    return (lambda binding: inexact(vanishing(binding))) if dead else inexact


def _asking(technique: Technique, *more: str) -> Callable[[Callable[..., Any]], Any]:
    """Let a function of `known` be called by names: the technique's inputs, parameters and more."""
    names = (*technique.inputs, *technique.parameters, *more)
    keyword = inspect.Parameter.KEYWORD_ONLY

    def named(function: Callable[[dict[str, Any]], Any]) -> Any:
        def asked(**known: Any) -> Any:
            return function(known)

        parts = [inspect.Parameter(name, keyword) for name in names]
        asked.__dict__["__signature__"] = inspect.Signature(parts)
        return asked

    return named


def _run(technique: Technique, known: dict[str, Any], how: Rendering) -> Any:
    inputs = [known[name] for name in technique.inputs]
    with rendered(how):
        return technique(*inputs, **{name: known[name] for name in technique.parameters})


def has_open_gates(technique: Technique) -> Any:
    """Whether the value of a gate, of a candidate or of a tanh is beyond 1/2."""

    @_asking(technique)
    def found(known: dict[str, Any]) -> bool:
        how = Rendering()
        _run(technique, known, how)
        return any((np.abs(s.value) > HALF).any() for s in how.seen)

    return found


def has_vanishing_gates(technique: Technique) -> Any:
    """Whether 1 / s(a) overflows for a logistic gate (to within a rounding of a)."""

    @_asking(technique, "largest")
    def found(known: dict[str, Any]) -> bool:
        how = Rendering()
        _run(technique, known, how)
        least = 1.05 / known["largest"]
        return any((s.value < least).any() for s in how.seen if s.by == LOGISTIC)

    return found


def _shut(largest: float) -> Rendering:
    return Rendering(shut=float(np.log(1.05 / largest)))


def vanished(technique: Technique) -> Bound:
    """What changes when vanishing gates are 0."""

    @_asking(technique, "largest", "allowed", "output")
    def size(known: dict[str, Any]) -> Any:
        whole, shut = (
            _leaf(_run(technique, known, how).outputs, known["output"])
            for how in (Rendering(), _shut(known["largest"]))
        )
        return known["allowed"] + np.abs(whole - shut)

    return Bound("allowed + what changes when gates with 1 / s(a) > largest are 0", size)


def slopes(
    technique: Technique, of_tanh: Callable[[float], float], equation: str, *, shut: bool = False
) -> Bound:
    """How far off gradients are whose slopes are made of values, tanh's slope by `of_tanh(u)`.

    With `shut`, what they change when vanishing gates are 0 counts as well.
    """

    @_asking(technique, "c", "u", "largest", "allowed", "output")
    def size(known: dict[str, Any]) -> Any:
        u = known["u"]

        def wider(s: Squashed) -> Any:
            value = np.abs(s.value)
            more = {LOGISTIC: u * value * (11 - 9 * value), TANH: of_tanh(u)}.get(s.by, 0.0)
            return s.slope + more  # LOGISTIC_SLOPE: u s(a) (2 + 9 s(-a))

        def pulled(how: Rendering) -> Any:
            with rendered(how):
                gradients = _run(technique, known, how).pullback(known["c"])
            return _leaf(gradients, known["output"])

        exact, more = pulled(Rendering(slopes=lambda s: s.slope)), pulled(Rendering(slopes=wider))
        found = known["allowed"] + more - exact
        if not shut:
            return found
        return found + np.abs(pulled(Rendering()) - pulled(_shut(known["largest"])))

    changed = ", and what changes when gates with 1 / s(a) > largest are 0" if shut else ""
    return Bound(
        "allowed + BPTT(s' + d) - BPTT(s') of magnitudes, d = u s(a) (2 + 9 s(-a)) of logistic "
        f"gates and {equation} of tanh{changed}",
        size,
    )


def without_its_hidden_bias(technique: Technique, gradients: Bound) -> Bound:
    """What changes when the candidate's hidden bias is 0; and how far off gradients are there."""

    @_asking(technique, "c", "u", "largest", "allowed", "output", "of")
    def size(known: dict[str, Any]) -> Any:
        rows = np.arange(len(known["b_hh"])) < 2 * known["h0"].shape[-1]
        there = known | {"b_hh": known["b_hh"] * rows}
        runs = [_run(technique, at, Rendering()) for at in (known, there)]
        if known["of"] == "value":
            whole, without = (_leaf(run.outputs, known["output"]) for run in runs)
            return known["allowed"] + np.abs(whole - without)
        whole, without = (_leaf(run.pullback(known["c"]), known["output"]) for run in runs)
        unseen = known["output"] == f"[{technique.inputs.index('b_hh')}]"
        without = without * rows if unseen else without
        named = inspect.signature(gradients.size).parameters
        off = gradients.size(**{name: there[name] for name in named})
        return known["allowed"] + np.abs(whole - without) + off

    return Bound(
        "allowed + what changes when the candidate's hidden bias is 0; of gradients, and there"
        f" {gradients.equation}",
        size,
    )


RUNS_THROUGH = Bound(
    "|h_T - h_0|, and what is accepted of h_T, the state after all steps",
    lambda y, through, rounding: np.abs(through - y) + rounding,
)


def _leaf(tree: Any, path: str) -> Any:
    found = [leaf for _, leaf in leaves(tree)]
    return found[min(int(path[1:-1]), len(found) - 1)]
