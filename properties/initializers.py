"""Initializers: what is drawn for them. Those of independent numbers get weights of many seeds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties import independence_laws, layer_sizes, sample_laws, start_laws
from properties.samples import Samples, SamplesPlan
from properties.starts import Starts
from properties.strategies import Profile, hyper_parameters
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (sample_laws, independence_laws, start_laws)

# Shapes as (out, in, *kernel). None is square or round: a library's leftovers after its blocks of
# 16 and the rounding of a variance show. Each new shape is compiled, so they are few.
SHAPES = ((97, 31, 3, 3), (509, 1021), (83, 47, 7))
SMALL = ((1, 9), (9, 1), (8, 2, 5))

_LAST_SEED = 2**31 - 2**16


def trial_kind(technique: Technique) -> type[Trial]:
    """By what the reference returns: independent numbers are judged as samples."""
    return {"Drawn": Samples, "Start": Starts}[technique.kind]


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject: hyper-parameters off their defaults first, and the kernel first."""
    del profile
    wanted = {n: replace(p, default=None) for n, p in subject.technique.parameters.items()}
    offered = parameters(subject.binding)
    if trial_kind(subject.technique) is Starts:
        return st.builds(
            layer_sizes.plan,
            st.just(subject.technique),
            hyper_parameters(wanted, offered, subject.form),
            st.integers(0, _LAST_SEED),
        )
    return st.builds(
        _plan,
        hyper_parameters(wanted, offered, subject.form),
        st.sampled_from(SHAPES),
        st.integers(0, _LAST_SEED),
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: shape and seed, at its hyper-parameters or the binding's."""
    offered = parameters(subject.binding)
    known = {
        n: witness.get(n, offered[n].default if n in offered else p.default)
        for n, p in subject.technique.parameters.items()
    }
    chosen, seed = tuple(known.items()), witness["seed"]
    if trial_kind(subject.technique) is Starts:
        return layer_sizes.plan(subject.technique, chosen, seed)
    return _plan(chosen, witness["shape"], seed)


def _plan(chosen: tuple[tuple[str, Any], ...], shape: tuple[int, ...], seed: int) -> SamplesPlan:
    layout = dict(chosen).get("layout", "out_in")
    small = tuple(_laid_out(s, layout) for s in SMALL)
    return SamplesPlan(chosen, _laid_out(shape, layout), small, seed)


def _laid_out(shape: tuple[int, ...], layout: str) -> tuple[int, ...]:
    """Put (out, in, *kernel) in the order of a layout."""
    outputs, inputs, *kernel = shape
    return shape if layout == "out_in" else (*kernel, inputs, outputs)
