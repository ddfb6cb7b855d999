"""The grid as asv sees it: techniques and backends of this commit, kernels ready to be timed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np

from backends.backend import Backend
from backends.binding import Absent
from backends.catalogue import BUILT_IN, backend
from benchmarks.sampling import ELEMENTS
from properties.laws import family
from properties.strategies import PROFILES
from properties.trial import Subject
from reference.catalogue import techniques
from reference.numerics import FORMATS
from reference.technique import parameters

if TYPE_CHECKING:
    from collections.abc import Callable

BACKENDS = list(BUILT_IN)
_ONCE = hypothesis.settings(database=None, derandomize=True)
ELEMENTWISE = [t.id for t in techniques().values() if t.kind == "Jet"]
OTHERS = [t.id for t in techniques().values() if t.kind != "Jet"]
HOT = [
    "gradients.clip_by_global_norm",
    "gradients.clip_by_value",
    "gradients.clip_adaptively",
    "gradients.accumulate",
    "gradients.accumulate_every",
    "regularization.dropout",
    "regularization.l2_penalty",
    "regularization.l1_penalty",
    "regularization.elastic_net",
    "initializers.normal",
    "initializers.he_normal",
    "initializers.orthogonal",
]
"""What a training step, or the first one, spends time in beside the layers: timed on 2^20 numbers.

Whatever its family draws for a technique is small, so that a law is quick; there a call costs what
calling costs.
"""

LIBRARIES = [name for name in BACKENDS if name != "numpy"]
"""Backends whose speed matters: references are written to be right."""

SIDE = 1 << 10
"""Rows and columns of what a hot path is given: 2^20 numbers in all."""

_PARTS = 4


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


def hot_call(technique: str, host: str) -> Callable[[], object]:
    """A technique's call on 2^20 float32 numbers, at the binding's own defaults, ready to call."""
    found, bound = binding(technique, host)
    named = techniques()[technique]
    offered = parameters(bound)
    defaults = {n: offered.get(n, p).default for n, p in named.parameters.items()}
    source = np.random.default_rng(1)
    inputs = tuple(_large(name, source) for name in named.inputs)
    return found.prepared(bound, inputs, defaults, order=0)


def _large(name: str, source: np.random.Generator) -> Any:
    """An input of this name: a matrix, or a tree of matrices, of 2^20 numbers in all."""
    if name == "seed":
        return np.asarray(1, np.int32)
    if name == "sizes":
        return np.full(_PARTS, 8, np.int32)
    if name in ("x", "weight"):
        return source.standard_normal((SIDE, SIDE), np.float32)
    rows = SIDE // _PARTS
    if name == "micro_batches":
        return [[source.standard_normal((rows, SIDE), np.float32)] for _ in range(_PARTS)]
    shape = (_PARTS, rows // _PARTS, SIDE) if name == "steps" else (rows, SIDE)
    return [source.standard_normal(shape, np.float32) for _ in range(_PARTS)]
