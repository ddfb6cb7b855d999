"""What is drawn for recurrent cells: a sequence, first states, weights and nonzero biases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.arrays import Arrays
from reference.catalogue import techniques
from reference.numerics import rounded
from reference.recurrent.arrangements import CELLS

if TYPE_CHECKING:
    from reference.numerics import Array, Format
    from reference.technique import Technique

SHAPES = ((4, 2, 3, 2), (2, 1, 1, 1))
"""Times, batch, inputs, hidden units: no two axes that meet are alike; and one of each."""

PROJECTED = 1
"""Numbers of a projected state."""

OFF_KINKS = 1 / 16
"""How far what enters a ReLU stays from 0, in parts of the terms of its sum."""

ATTEMPTS = 200

ENTERED = {"float32": ("value", "gradient"), "bfloat16": ("value",)}
"""What is asked of a library's other entries in a format: programs over time cost seconds."""


@dataclass(frozen=True)
class Sequences(Arrays):
    """A call of a layer over time."""

    @property
    def enters(self) -> tuple[str, ...]:
        """Of other entries values and gradients are asked in float32, values in bfloat16."""
        form = self.subject.form.name
        if form not in ENTERED:
            message = f"entry points are compared in {' and '.join(ENTERED)}"
            raise NotOfferedError(message)
        return ENTERED[form]


@dataclass(frozen=True)
class SequencePlan:
    """A plan for one layer over time: its shape, the size of x and of the weights (powers of 2).

    Every bias is moved by `push` to one side or the other: gates open or shut. `given` holds what a
    witness names: for each input one number that fills it, or for a bias one for each gate.
    """

    parameters: tuple[tuple[str, Any], ...]
    technique: str
    seed: int = 0
    shape: tuple[int, int, int, int] = SHAPES[0]
    size: int = 0
    gain: int = 0
    push: float = 0.0
    given: tuple[tuple[str, Any], ...] = ()

    def inputs(self, form: Format) -> tuple[Any, ...]:
        """Expand: nonzero biases and a nonzero first state, always."""
        names = techniques()[self.technique].inputs
        if self.given:
            drawn = _Draw(self, 0).inputs()
            known = {name: _filled(drawn[name], value) for name, value in self.given}
            return tuple(rounded(known[name], form) for name in names)
        for attempt in range(ATTEMPTS):
            known = _Draw(self, attempt).inputs()
            found = tuple(rounded(known[name], form) for name in names)
            if dict(self.parameters).get("activation") != "relu" or _is_off_kinks(*found):
                break
        return found


def _filled(like: Any, value: Any) -> Any:
    """Arrays of one number; a number for each gate is repeated for every hidden unit."""
    if isinstance(like, tuple):
        return tuple(_filled(part, v) for part, v in zip(like, value, strict=True))
    if isinstance(value, tuple):
        return np.repeat(np.asarray(value), len(like) // len(value), axis=0)
    return np.full_like(like, value)


def _is_off_kinks(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> bool:
    """Whether nothing that enters a ReLU is near 0."""
    wide = (np.asarray(a, np.float64) for a in (x, h, w_ih, w_hh, b_ih, b_hh))
    x, h, w_ih, w_hh, b_ih, b_hh = wide
    for now in x:
        entering = now @ w_ih.T + h @ w_hh.T + b_ih + b_hh
        size = abs(now) @ abs(w_ih).T + abs(h) @ abs(w_hh).T + abs(b_ih) + abs(b_hh)
        if (abs(entering) < OFF_KINKS * size).any():
            return False
        h = np.maximum(entering, 0)
    return True


class _Draw:
    """The inputs of one plan, by name."""

    def __init__(self, plan: SequencePlan, attempt: int) -> None:
        self.plan = plan
        self.source = np.random.default_rng((plan.seed, attempt))
        self.times, self.batch, self.width, self.hidden = plan.shape
        technique, chosen = techniques()[plan.technique], dict(plan.parameters)
        self.projects = "w_hr" in technique.inputs
        self.hidden += self.projects and self.hidden == PROJECTED
        self.gates = CELLS[chosen["cell"]][1] if "cell" in chosen else gates(technique)
        self.states = 2 if "c0" in technique.inputs or chosen.get("cell") == "lstm" else 1
        self.pair = (2,) if {"forward", "first"} & set(technique.inputs) else ()

    def inputs(self) -> dict[str, Any]:
        w_ih, w_hh, b_ih, b_hh = self._weights(self.width)
        other = self._weights(self.hidden), self._weights(self.width)
        h, c = self._state()
        # padding is as large as anything else
        lengths = self.source.integers(1, self.times + 1, self.batch)
        lengths[-1] = max(1, self.times - 1)
        return {
            "x": 2.0**self.plan.size * self._normal(self.times, self.batch, self.width),
            "lengths": lengths.astype(np.int32),
            "h0": h, "c0": c, "state": (h, c)[: self.states],
            "w_ih": w_ih, "w_hh": w_hh, "b_ih": b_ih, "b_hh": b_hh,
            "w_hr": self._normal(PROJECTED, self.hidden),
            "weights": (w_ih, w_hh, b_ih, b_hh), "forward": (w_ih, w_hh, b_ih, b_hh),
            "first": (w_ih, w_hh, b_ih, b_hh), "second": other[0], "backward": other[1],
        }  # fmt: skip

    def _state(self) -> tuple[Array, Array]:
        seen = PROJECTED if self.projects else self.hidden
        h = np.tanh(self._normal(*self.pair, self.batch, seen))
        return h, 2 * self._normal(*self.pair, self.batch, self.hidden)

    def _weights(self, width: int) -> tuple[Array, ...]:
        rows, gain = self.gates * self.hidden, 2.0**self.plan.gain
        seen = PROJECTED if self.projects else self.hidden
        pushed = self.plan.push * self.source.choice((-1.0, 1.0), rows)
        return (
            gain * self._normal(rows, width),
            gain * self._normal(rows, seen),
            self._normal(rows) + pushed,
            self._normal(rows),
        )

    def _normal(self, *shape: int) -> Array:
        return self.source.standard_normal(shape)


def gates(technique: Technique) -> int:
    """How many gates the weights hold rows for, as the facts say."""
    return next(int(f.values["gates"]) for f in technique.facts if "gates" in f.values)
