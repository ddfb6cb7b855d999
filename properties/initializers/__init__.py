"""Initializers: what is drawn for them. Each kind of result has its own trial."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties.initializers import (
    fixed_laws,
    independence_laws,
    layer_sizes,
    propagation_laws,
    rotation_laws,
    sample_laws,
    sparse_laws,
    start_laws,
)
from properties.initializers.samples import Samples, SamplesPlan
from properties.initializers.starts import Starts
from properties.initializers.structures import Fixed, Rotations, Sparse
from properties.strategies import Profile, hyper_parameters, shapes_in
from reference.technique import OneOf, Parameter, parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (
    sample_laws,
    independence_laws,
    fixed_laws,
    rotation_laws,
    sparse_laws,
    start_laws,
    propagation_laws,
)

_SEEDS = 256
_APART = 2**31 // _SEEDS - 1
_KINDS = {
    "Drawn": Samples,
    "Array": Fixed,
    "Orthonormal": Rotations,
    "Thinned": Sparse,
    "Start": Starts,
}


@dataclass(frozen=True)
class Shapes:
    """A closed set of shapes: one of `main` is drawn, `small` and `empty` are all looked at.

    None is square or round: a library's leftovers after its blocks of 16 and the rounding of a
    variance show. Each new shape is compiled, so they are few, and the same whatever their axes
    mean: another layout reads other fans into them.
    """

    main: tuple[tuple[int, ...], ...]
    small: tuple[tuple[int, ...], ...]
    empty: tuple[tuple[int, ...], ...] = ()


_ANY = Shapes(((29, 3, 5, 61),), ((9, 1),), ((0, 5), (5, 0)))
_THREE_AXES = Shapes(((29, 3, 5, 61),), ((8, 2, 5),), ((5, 0, 3),))
_GROUPED = Shapes(((30, 3, 6, 57),), ((9, 3), (6, 3, 9)), ((0, 6), (6, 0)))
_GROUPED_THREE_AXES = Shapes(((30, 3, 6, 57),), ((6, 3, 9),), ((6, 0, 3),))
_OF = {  # those of kernels as (out, in, *kernel), or by `_in_out`
    "identity": Shapes(((7, 12), (12, 7)), ((1, 9), (9, 1), (1, 1), (4, 4)), ((0, 5), (5, 0))),
    "dirac": Shapes(
        ((12, 5, 3), (12, 5, 4, 3), (12, 5, 2, 3, 1)), ((12, 1, 1), (12, 15, 2)), ((12, 0, 3),)
    ),
    "orthogonal": Shapes(((24, 5, 3),), ((3, 5), (4, 4)), ((0, 5), (5, 0))),
    "delta_orthogonal": Shapes(((20, 9, 3, 4),), ((5, 3, 3), (4, 4, 2)), ((5, 0, 3),)),
    "sparse": Shapes(((509, 257), (127, 1021)), ((10, 3), (40, 5)), ((0, 5), (5, 0))),
}


def trial_kind(technique: Technique) -> type[Trial]:
    """By what the reference returns: independent numbers are judged as samples, and so on."""
    return _KINDS[technique.kind]


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject: hyper-parameters off their defaults first, and the kernel first."""
    del profile
    wanted = {n: _wanted(p, subject.binding) for n, p in subject.technique.parameters.items()}
    offered = parameters(subject.binding)

    def of(chosen: tuple[tuple[str, Any], ...]) -> SearchStrategy[Any]:
        seeds = st.integers(0, _SEEDS - 1).map(lambda k: k * _APART)
        if trial_kind(subject.technique) is Starts:
            return st.builds(layer_sizes.plan, st.just(subject.technique), st.just(chosen), seeds)
        shapes = _shapes(subject.technique, dict(chosen))
        main = shapes_in(subject.form, shapes.main)
        return st.builds(_plan, st.just(shapes), st.just(chosen), main, seeds)

    return hyper_parameters(wanted, offered, subject.form).flatmap(of)


def _wanted(parameter: Parameter, binding: Any) -> Parameter:
    """Off its default; or nothing but its default where a function from outside names it not."""
    if parameter.name in getattr(binding, "takes", (parameter.name,)):
        return replace(parameter, default=None)
    return replace(parameter, domain=OneOf((parameter.default,)))


_KEPT = 24
_LATEST: OrderedDict[tuple[int, SamplesPlan], Trial] = OrderedDict()


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case. The latest are kept: laws that fail are shrunk over the same plans."""
    key = (id(subject), plan)
    if key not in _LATEST or _LATEST[key].subject is not subject:
        _LATEST[key] = trial_kind(subject.technique)(subject, plan)
    _LATEST.move_to_end(key)
    while len(_LATEST) > _KEPT:
        _LATEST.popitem(last=False)
    return _LATEST[key]


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: shape and seed, at its hyper-parameters or the binding's."""
    offered = parameters(subject.binding)
    known = {
        n: witness.get(n, offered[n].default if n in offered else p.default)
        for n, p in subject.technique.parameters.items()
    }
    if trial_kind(subject.technique) is Starts:
        return layer_sizes.plan(subject.technique, tuple(known.items()), witness["seed"])
    shapes = _shapes(subject.technique, known)
    return _plan(shapes, tuple(known.items()), tuple(witness["shape"]), witness["seed"])


def _shapes(technique: Technique, chosen: dict[str, Any]) -> Shapes:
    if technique.name in _OF:
        mine = _OF[technique.name]
        kernels = technique.name in ("dirac", "delta_orthogonal")
        return _in_out(mine) if kernels and chosen["layout"] == "in_out" else mine
    three_axes = chosen.get("layout") in ("batch_in_out", "in_heads_out")
    if chosen.get("groups", 1) > 1:
        return _GROUPED_THREE_AXES if three_axes else _GROUPED
    return _THREE_AXES if three_axes else _ANY


def _in_out(shapes: Shapes) -> Shapes:
    """The shapes (out, in, *kernel) as (*kernel, in, out): these techniques need enough outputs."""

    def turned(group: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        return tuple((*s[2:], s[1], s[0]) for s in group)

    return Shapes(turned(shapes.main), turned(shapes.small), turned(shapes.empty))


def _plan(
    shapes: Shapes, chosen: tuple[tuple[str, Any], ...], shape: tuple[int, ...], seed: int
) -> SamplesPlan:
    return SamplesPlan(chosen, shape, shapes.small, seed, shapes.empty)
