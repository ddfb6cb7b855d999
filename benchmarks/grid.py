"""The grid as asv sees it: techniques and backends of this commit, kernels ready to be timed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np

from backends.backend import Absent, Backend
from backends.catalogue import BUILT_IN, backend
from benchmarks.sampling import ELEMENTS
from properties.judge import family
from properties.strategies import PROFILES
from properties.trial import Subject
from reference.catalogue import techniques
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

BACKENDS = list(BUILT_IN)
_ONCE = hypothesis.settings(database=None, derandomize=True)
ELEMENTWISE = [t.id for t in techniques().values() if t.kind == "Jet"]
OTHERS = [t.id for t in techniques().values() if t.kind != "Jet"]


def binding(technique: str, host: str) -> tuple[Backend, Any]:
    """Backend and binding. Raises NotImplementedError where there is none: asv then shows n/a."""
    found = backend(host)
    if not isinstance(found, Backend):
        raise NotImplementedError(found.reason)
    bound = found.binding(techniques()[technique])
    if isinstance(bound, Absent):
        raise NotImplementedError(bound.reason)
    return found, bound


def elementwise(technique: str, host: str, order: int) -> Callable[[], object]:
    """Value or derivative of an elementwise technique on 2^20 float32 numbers, ready to call."""
    found, bound = binding(technique, host)
    x = np.random.default_rng(1).standard_normal(ELEMENTS, np.float32)
    defaults = {n: p.default for n, p in techniques()[technique].parameters.items()}
    return found.prepared(bound, (x,), defaults, order=order)


def whole_call(technique: str, host: str) -> Callable[[], object]:
    """A technique's call on the simplest case that its family draws, ready to call."""
    found, bound = binding(technique, host)
    named = techniques()[technique]
    module = family(named)
    dtype = next(iter(d for d in ("float32", "float64") if d in found.dtypes))
    flushing = found.flushing(dtype, "cpu")
    subject = Subject(named, found, bound, FORMATS[dtype], "cpu", flushing)
    plan = hypothesis.find(module.plans(subject, PROFILES["quick"]), lambda _: True, settings=_ONCE)
    trial = module.trial(subject, plan)
    return found.prepared(bound, trial.given, trial.parameters, order=0)
