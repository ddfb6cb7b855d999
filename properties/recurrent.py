"""Recurrent cells: short sequences over small given weights, gates open and shut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from properties import array_laws, layer_laws, recurrent_laws
from properties.arrays import Arrays
from properties.strategies import Profile, hyper_parameters
from reference.numerics import rounded
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.numerics import Array, Format
    from reference.technique import Technique

LAWS = (array_laws, layer_laws, recurrent_laws)

# Times, batch, inputs, hidden units.
SHAPES = ((3, 2, 2, 2), (2, 1, 3, 2))


@dataclass(frozen=True)
class SequencePlan:
    """A plan for one layer over time: its shape, the size of x and of the weights (powers of 2).

    Every bias is moved by `push` to one side or the other: gates open or shut. `gates` is their
    number. `given` holds the inputs that a witness names.
    """

    parameters: tuple[tuple[str, Any], ...]
    names: tuple[str, ...]
    gates: int
    seed: int = 0
    shape: tuple[int, int, int, int] = SHAPES[0]
    size: int = 0
    gain: int = 0
    push: float = 0.0
    given: tuple[tuple[str, Any], ...] = ()

    def inputs(self, form: Format) -> tuple[Array, ...]:
        """Expand: nonzero biases and a nonzero first state, always."""
        known = dict(self.given) or self._drawn()
        return tuple(rounded(np.asarray(known[name]), form) for name in self.names)

    def _drawn(self) -> dict[str, Array]:
        source = np.random.default_rng(self.seed)
        times, batch, inputs, hidden = self.shape
        rows = self.gates * hidden
        normal = source.standard_normal
        pushed = self.push * source.choice((-1.0, 1.0), rows)
        return {
            "x": 2.0**self.size * normal((times, batch, inputs)),
            "h0": np.tanh(normal((batch, hidden))),
            "c0": 2 * normal((batch, hidden)),
            "w_ih": 2.0**self.gain * normal((rows, inputs)),
            "w_hh": 2.0**self.gain * normal((rows, hidden)),
            "b_ih": normal(rows) + pushed,
            "b_hh": normal(rows),
        }


def _gates(technique: Technique) -> int:
    """How many gates the weights hold rows for, as the facts say."""
    return next(int(f.values["gates"]) for f in technique.facts if "gates" in f.values)


def trial_kind(technique: Technique) -> type[Trial]:
    """Trees of arrays, always."""
    del technique
    return Arrays


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    technique = subject.technique
    return st.builds(
        SequencePlan,
        hyper_parameters(technique.parameters, parameters(subject.binding), subject.form),
        st.just(technique.inputs),
        st.just(_gates(technique)),
        st.integers(0, 2**16),
        st.sampled_from(SHAPES),
        st.integers(-3, 2),
        st.integers(-3, 0),
        st.sampled_from((0.0, 3.0, 7.0)),
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: all its inputs, at its hyper-parameters or the defaults."""
    technique = subject.technique
    known = tuple((n, witness.get(n, p.default)) for n, p in technique.parameters.items())
    given = tuple((name, witness[name]) for name in technique.inputs)
    return SequencePlan(known, technique.inputs, _gates(technique), given=given)
