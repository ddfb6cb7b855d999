"""What is drawn: small, shrinkable plans that expand to lanes of fixed length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from reference.numerics import FORMATS
from reference.technique import Between, OneOf, Parameter, parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from properties.trial import Subject
    from reference.numerics import Array, Format

LANE = 65536
LANE_FLOAT64 = 512
_LOW_BITS = 16

FULL = "float32"
"""The format in which all shapes and conventions are drawn.

What a technique does with them is the same code in every format, and each costs a compilation.
"""


@dataclass(frozen=True)
class Profile:
    """How much is asked: plans for each cell, and whether slow variants run.

    In formats other than FULL fewer plans, `elsewhere`, look for what their rounding and range do.
    """

    name: str
    plans: int
    elsewhere: int
    thorough: bool = False

    def plans_in(self, form: Format, *, varied: bool) -> int:
        """How many plans are asked in a format: two at least of what has numbers to be varied.

        The first has every hyper-parameter at its default, and defaults are not to be all that is
        seen.
        """
        wanted = self.plans if form.name == FULL else self.elsewhere
        return max(wanted, 1 + varied)


PROFILES = {
    p.name: p
    for p in (Profile("quick", 1, 1), Profile("default", 3, 1), Profile("thorough", 24, 24, True))
}


def shapes_in(form: Format, shapes: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Shapes that are drawn: all in FULL, the first elsewhere."""
    return st.sampled_from(shapes if form.name == FULL else shapes[:1])


@dataclass(frozen=True)
class LanePlan:
    """A plan for elementwise functions: hyper-parameters, and a salt for the low bits of a lane.

    With `pinned`, the lane begins with that number and the one below it, and only it is compared:
    how a witness re-runs.
    """

    parameters: tuple[tuple[str, Any], ...]
    salt: int = 0
    pinned: float | None = None


def values(parameter: Parameter, offered: Parameter | None, form: Format) -> st.SearchStrategy[Any]:
    """The values of one hyper-parameter that both the reference and the binding accept.

    Real ones are representable in the format, so that reference and backend see the same number;
    the default comes first (Hypothesis begins with it and shrinks to it) and then hardly ever.
    """
    domain = parameter.domain
    if isinstance(domain, OneOf):
        choices = domain.values
        if offered is not None and isinstance(offered.domain, OneOf):
            choices = tuple(v for v in choices if v in offered.domain.values)
        return st.sampled_from(choices)
    if not isinstance(domain, Between):
        message = f"parameter {parameter.name} has no domain; annotate it with Between or OneOf"
        raise TypeError(message)
    if offered is not None and isinstance(offered.domain, OneOf):
        return st.sampled_from(offered.domain.values)
    low, high = domain.low, domain.high
    if offered is not None and isinstance(offered.domain, Between):
        low, high = max(low, offered.domain.low), min(high, offered.domain.high)

    def real(step: int) -> float:
        part = step / 256
        value = low * (high / low) ** part if domain.log else low + (high - low) * part
        return float(np.asarray(value).astype(form.dtype).astype(np.float64))

    if parameter.default is None:
        return st.integers(0, 256).map(real)
    default = float(np.asarray(parameter.default).astype(form.dtype).astype(np.float64))
    return st.integers(0, 257).map(lambda step: real(step - 1) if step else default)


def hyper_parameters(
    wanted: Mapping[str, Parameter], offered: Mapping[str, Parameter], form: Format
) -> st.SearchStrategy[tuple[tuple[str, Any], ...]]:
    """Values for all hyper-parameters of a technique, as a binding offers them."""
    parts = [
        st.tuples(st.just(name), values(parameter, offered.get(name), form))
        for name, parameter in wanted.items()
    ]
    return st.tuples(*parts) if parts else st.just(())


def scalars(form: Format) -> Format:
    """The format of hyper-parameters: both libraries keep float32 ones beside 16-bit tensors."""
    return form if form.bits > _LOW_BITS else FORMATS["float32"]


def at_witness(subject: Subject, witness: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Hyper-parameters of a witness: what it names, else the default, in the format they are kept.

    The default is the binding's own where it has one, else the technique's.
    """
    offered, kind = parameters(subject.binding), scalars(subject.form).dtype.type
    found = []
    for name, parameter in subject.technique.parameters.items():
        default = offered[name].default if name in offered else parameter.default
        value = witness.get(name, default)
        found.append((name, float(kind(value)) if parameter.traced else value))
    return tuple(found)


def lane_plans(
    wanted: Mapping[str, Parameter], offered: Mapping[str, Parameter], form: Format
) -> st.SearchStrategy[LanePlan]:
    """Plans for lanes of one elementwise technique."""
    salts = st.just(0) if form.bits == _LOW_BITS else st.integers(0, 2**_LOW_BITS - 1)
    return st.builds(LanePlan, hyper_parameters(wanted, offered, form), salts)


def lane(plan: LanePlan, form: Format, points: tuple[float, ...]) -> Array:
    """Expand a plan: every 16-bit pattern; 65,536 strata of float32; 512 numbers of float64.

    A float32 lane holds one number for every sign, exponent and leading seven bits of the
    fraction; salt and position choose the other sixteen. A float64 lane has half its numbers
    log-uniform over all exponents and half between 2^-24 and 2^12, where functions bend.
    `points` (kinks, say) with their neighbours, and the special values, come first.
    """
    size = LANE_FLOAT64 if form.bits == 64 else LANE
    index = np.arange(size, dtype=np.uint64)
    mixed = _mixed(index + np.uint64(plan.salt) * np.uint64(size))
    if form.bits == _LOW_BITS:
        x = index.astype(np.uint16).view(form.dtype).copy()
    elif form.bits == 32:
        x = ((index << np.uint64(16)) | (mixed >> np.uint64(48))).astype(np.uint32).view(form.dtype)
    else:
        x = _wide_lane(index, mixed, form)
    if form.bits != _LOW_BITS:
        special = specials(form, points)
        x[: len(special)] = special
    if plan.pinned is not None:
        x[0] = plan.pinned
        x[1] = np.nextafter(x[0], np.asarray(-np.inf, form.dtype))
    return x


def _wide_lane(index: Array, mixed: Array, form: Format) -> Array:
    fraction = 1 + (mixed >> np.uint64(12)).astype(np.float64) / 2**52
    position = (index >> np.uint64(1)).astype(np.float64) / (len(index) / 2)
    everywhere = form.min_exponent + position * 2045
    near = -24 + position * 36
    exponent = np.floor(np.where(index % 4 < 2, near, everywhere)).astype(int)
    return np.where(index % 2 == 0, 1.0, -1.0) * np.ldexp(fraction, exponent)


def _mixed(index: Array) -> Array:
    """Scramble integers to 64 well-mixed bits (Steele, Lea, Flood 2014: SplitMix64's finalizer)."""
    with np.errstate(over="ignore"):
        z = index * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def specials(form: Format, points: tuple[float, ...]) -> Array:
    """Zeros, ones, ends of the normal and subnormal ranges, infinities, NaN; points +- 2 ulps."""
    plain = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan]
    plain += [
        s * v
        for v in (form.tiny, form.smallest, form.largest, form.tiny / 2, form.largest / 4)
        for s in (1, -1)
    ]
    found = np.array(plain).astype(form.dtype)
    for point in points:
        around = [np.asarray(point).astype(form.dtype)]
        for toward in (-np.inf, np.inf):
            step = around[0]
            for _ in range(2):
                step = np.nextafter(step, np.asarray(toward, form.dtype))
                around.append(step)
        found = np.concatenate([found, np.array(around, form.dtype)])
    return found
