"""Normalization: layers over small batches and images, with means far from 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from properties import array_laws, layer_laws, normalization_laws
from properties.arrays import Arrays
from properties.normalization_laws import features
from properties.strategies import Profile, hyper_parameters
from reference.numerics import rounded
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.numerics import Array, Format
    from reference.technique import Technique

LAWS = (array_laws, layer_laws, normalization_laws)

SHAPES = ((2, 3, 2, 2), (6, 3), (1, 3, 2, 3))


@dataclass(frozen=True)
class LayerPlan:
    """A plan for one layer: the shape of x, and the size and mean of each of its features.

    `offset` is how far the means lie from 0 in units of the spread 2^`spread`: the first feature's
    not at all, the last one's as far as the format resolves the spread there. `given` holds the
    inputs that a witness names.
    """

    parameters: tuple[tuple[str, Any], ...]
    names: tuple[str, ...]
    seed: int = 0
    shape: tuple[int, ...] = SHAPES[0]
    offset: float = 0.0
    spread: int = 0
    given: tuple[tuple[str, Any], ...] = ()

    def inputs(self, form: Format) -> tuple[Array, ...]:
        """Expand: x, and one number for each feature of everything else."""
        known = dict(self.given) or self._drawn(form)
        return tuple(rounded(np.asarray(known[name]), form) for name in self.names)

    def _drawn(self, form: Format) -> dict[str, Array]:
        source = np.random.default_rng(self.seed)
        width, unit = self.shape[1], 2.0**self.spread
        far = np.sign(self.offset) * min(abs(self.offset), 2.0 ** (form.precision - 3))
        means = unit * far * np.array([0.0, -0.5, 1.0])[:width]
        weight = source.uniform(0.5, 2.0, width) * source.choice((-1, 1), width)
        weight[0] *= self.seed % 4 < 3
        return {
            "x": unit * source.standard_normal(self.shape) + features(means, len(self.shape)),
            "weight": weight,
            "bias": 2 * source.standard_normal(width),
            "running_mean": means + unit * source.standard_normal(width),
            "running_var": unit**2 * source.uniform(0.25, 4.0, width),
        }


def trial_kind(technique: Technique) -> type[Trial]:
    """Trees of arrays, always."""
    del technique
    return Arrays


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject."""
    del profile
    technique = subject.technique
    return st.builds(
        LayerPlan,
        hyper_parameters(technique.parameters, parameters(subject.binding), subject.form),
        st.just(technique.inputs),
        st.integers(0, 2**16),
        st.sampled_from(SHAPES),
        st.sampled_from((1e4, 0.0, 3.0, -100.0)),
        st.integers(-4, 4),
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: its inputs, at its hyper-parameters or the defaults."""
    offered = subject.technique.parameters | parameters(subject.binding)
    known = {n: witness.get(n, offered[n].default) for n in subject.technique.parameters}
    width = np.shape(witness["x"])[1]
    fresh = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    given = {n: witness.get(n) or (fresh[n],) * width for n in subject.technique.inputs}
    return LayerPlan(tuple(known.items()), subject.technique.inputs, given=tuple(given.items()))
