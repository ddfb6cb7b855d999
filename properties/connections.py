"""Connections: blocks over small given weights, away from the kinks of relu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from properties import array_laws, connection_laws, layer_laws
from properties.arrays import Arrays
from properties.strategies import Profile, hyper_parameters
from reference.numerics import rounded
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.numerics import Array, Format
    from reference.technique import Technique

LAWS = (array_laws, layer_laws, connection_laws)

SHAPES = ((3, 4, 5), (1, 3, 2))


@dataclass(frozen=True)
class BlockPlan:
    """A plan for one block: batch, width and hidden width, the size of x and that of the weights.

    Sizes are powers of 2. `given` holds the inputs that a witness names.
    """

    parameters: tuple[tuple[str, Any], ...]
    names: tuple[str, ...]
    seed: int = 0
    shape: tuple[int, int, int] = SHAPES[0]
    size: int = 0
    gain: int = 0
    given: tuple[tuple[str, Any], ...] = ()

    def inputs(self, form: Format) -> tuple[Array, ...]:
        """Expand: x off the kink, and weights and biases that keep hidden units off theirs."""
        known = dict(self.given) or self._drawn(form)
        return tuple(rounded(np.asarray(known[name]), form) for name in self.names)

    def _drawn(self, form: Format) -> dict[str, Array]:
        source = np.random.default_rng(self.seed)
        batch, width, hidden = self.shape
        sign = source.choice((-1.0, 1.0), (batch, width))
        x = 2.0**self.size * sign * (0.25 + np.abs(source.standard_normal((batch, width))))
        w1 = 2.0**self.gain * source.standard_normal((hidden, width))
        x[0, 0] *= self.seed % 4 < 3
        w1[0] *= self.seed % 4 != 0
        entering = np.maximum(x, 0) if dict(self.parameters).get("activation") == "pre" else x
        x, w1, entering = (rounded(a, form).astype(np.float64) for a in (x, w1, entering))
        return {
            "x": x,
            "w1": w1,
            "b1": _off_kinks(entering @ w1.T, source),
            "w2": 2.0**self.gain * source.standard_normal((width, hidden)),
            "b2": 2.0**self.size * source.standard_normal(width),
        }


def _off_kinks(products: Array, source: np.random.Generator) -> Array:
    """A bias for each hidden unit that puts 0 into a gap between its values over the batch.

    The gap below the smallest, above the largest, or the widest one between two. A unit with zero
    weights stays at 0 exactly, at the kink.
    """
    ordered = np.sort(products, axis=0)
    room = np.max(np.abs(ordered), axis=0)
    gaps = np.diff(ordered, axis=0, prepend=ordered[:1] - room, append=ordered[-1:] + room)
    edges = np.concatenate([ordered[:1] - room, ordered])
    widest = np.argmax(gaps[1:-1], axis=0) + 1 if len(products) > 1 else 0 * room.astype(int)
    chosen = np.where(source.random(len(room)) < 0.5, widest, source.choice((0, -1), len(room)))
    unit = np.arange(len(room))
    return -(edges[chosen, unit] + gaps[chosen, unit] / 2)


def trial_kind(technique: Technique) -> type[Trial]:
    """Trees of arrays, always."""
    del technique
    return Arrays


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    technique = subject.technique
    return st.builds(
        BlockPlan,
        hyper_parameters(technique.parameters, parameters(subject.binding), subject.form),
        st.just(technique.inputs),
        st.integers(0, 2**16),
        st.sampled_from(SHAPES),
        st.integers(-3, 3),
        st.integers(-3, 1),
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: all its inputs, at its hyper-parameters or the defaults."""
    technique = subject.technique
    known = tuple((n, witness.get(n, p.default)) for n, p in technique.parameters.items())
    given = tuple((name, witness[name]) for name in technique.inputs)
    return BlockPlan(known, technique.inputs, given=given)
