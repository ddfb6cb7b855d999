"""What torch.compile makes of an optimizer's step, which takes too long to be an execution."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backends.backend import Backend
from backends.binding import Absent, Deviation
from backends.catalogue import backend
from backends.equations.optimizers.rectified import LENGTH
from properties import optimizers
from properties.laws import family
from properties.optimizers.steps import Steps
from properties.trial import Subject
from reference.catalogue import techniques
from reference.numerics import FORMATS

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's compiler warns of its own parts

HOST = backend("torch")
OPTIMIZERS = [
    t
    for t in techniques().values()
    if isinstance(HOST, Backend)
    and t.family == "optimizers"
    and issubclass(optimizers.trial_kind(t), Steps)
    and not isinstance(HOST.binding(t), Absent)
]


IN_FLOAT32 = {
    "optimizers.radam": Deviation(
        "agrees_in_every_execution",
        where=lambda entry: entry == "params",
        at_most=LENGTH,
        because="traced, the counter is a float32 tensor, and so are 1 - beta^t and the length of"
        " the average, which cancel: whether it shows goes by how the processor rounds a power",
        witness={},
        dtypes=("float32", "float16"),
    )
}


def _stepped(name: str, dtype: str, way: str) -> None:
    """A step run in this way is the reference's, as far as torch's own step is."""
    assert isinstance(HOST, Backend)
    technique = techniques()[name]
    flushing = HOST.flushing(dtype, "cpu")
    subject = Subject(technique, HOST, HOST.binding(technique), FORMATS[dtype], "cpu", flushing)
    plan = optimizers.pinned(subject, {"taken": 6, "spread": 4, "seed": 3})
    trial = family(technique).trial(subject, plan).excusing("agrees_in_every_execution")
    if name in IN_FLOAT32:
        trial = replace(trial, excused=(*trial.excused, IN_FLOAT32[name]))
    seen = trial.step(trial.given, execution=way)
    found = trial.agreement(
        seen, trial.truth, like="agrees_with_reference", more=trial.coarse, execution=way
    )
    assert found.compared
    assert found.holds, found.witness


@pytest.mark.parametrize("name", [t.id for t in OPTIMIZERS])
def test_a_traced_step_is_the_same(name: str) -> None:
    """Traced by torch.compile and run as it is, without new kernels."""
    _stepped(name, "float32", "traced")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("name", [t.id for t in OPTIMIZERS])
def test_a_compiled_step_is_the_same(name: str, dtype: str) -> None:
    """Compiled to kernels by torch's own compiler, which needs one of C++."""
    _stepped(name, dtype, "compiled")
