"""The engine: lanes, measuring, grades, oracle, and the promise that nothing recompiles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.backend import Backend
from backends.binding import Bound, deviates
from backends.catalogue import backend
from backends.numpy import NumpyBackend
from properties.finding import NOTHING, Finding, distance, measure
from properties.judge import judge
from properties.strategies import PROFILES, LanePlan, lane
from properties.trial import RECOMPILATIONS
from reference import exact
from reference.catalogue import techniques
from reference.numerics import FORMATS, Array, Jet, ulp

F32 = FORMATS["float32"]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_sixteen_bits_are_exhaustive(dtype: str) -> None:
    """A 16-bit lane holds every bit pattern once."""
    x = lane(LanePlan(()), FORMATS[dtype], ())
    assert len(np.unique(x.view(np.uint16))) == 65536


def test_a_float32_lane_meets_every_sign_exponent_and_leading_fraction() -> None:
    """All 2^16 high halves, low halves that vary with the salt, and the special values."""
    x = lane(LanePlan((), 5), F32, (0.5,))
    assert len(np.unique(x.view(np.uint32)[20:] >> 16)) >= 65500
    assert not np.array_equal(x.view(np.uint32), lane(LanePlan((), 6), F32, ()).view(np.uint32))
    for special in (0.5, -0.0, math.inf, F32.tiny, F32.smallest, F32.largest):
        assert special in x


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
@settings(deadline=None)
def test_ulp_is_the_gap_to_the_next_number(value: float) -> None:
    """ulp(y) is numpy.spacing of |y| in the format, over the whole range."""
    below_largest = np.nextafter(np.float32(F32.largest), np.float32(0))
    near = np.minimum(np.abs(np.float32(value)), below_largest)  # spacing overflows at the largest
    assert ulp(np.array(value), F32) == np.spacing(near)


def test_distance_follows_the_rules_of_overflow_and_nan() -> None:
    """Infinity is right where the truth rounds to it; NaN only where the truth is NaN."""
    seen = np.array([np.inf, np.inf, np.nan, np.nan, 1.0], np.float32)
    true = np.array([1e39, 1e38, np.nan, 1.0, np.nan])
    assert distance(seen, true, 0.0, F32).tolist() == [0, np.inf, 0, np.inf, np.inf]


def test_a_finding_over_nothing_does_not_hold() -> None:
    """Vacuous checks are red: the gate that other suites lack."""
    assert not NOTHING.holds
    assert not measure(np.zeros(0), np.zeros(0), 1.0, F32).holds
    assert not measure(np.zeros(3), np.zeros(3), 1.0, F32, mask=np.zeros(3, bool)).holds


@pytest.mark.parametrize(
    ("error", "grade"),
    [(0.4, "correctly rounded"), (0.9, "faithful"), (1.5, "stable"), (6.0, "absolute only"),
     (9.0, "wrong")],
)  # fmt: skip
def test_grades(error: float, grade: str) -> None:
    """From the error in ulps, with 2 allowed and the scale of f at the value itself."""
    y = np.array([1.5])
    finding = measure(y + error * 2.0**-23, y, 2 * 2.0**-23, F32, scale=1.5)
    assert finding.grade == grade


def test_the_oracle_sees_through_cancellation() -> None:
    """tanh' at 300 is 1e-260: 1 - tanh^2 needs 290 digits, and gets them."""
    x = np.array([300.0, 1e-300, 0.5])
    high, _ = exact.elementwise(lambda m, x: m.tanh(x), x, {}, 1)
    assert high[0] == pytest.approx(4 * math.exp(-600), rel=1e-14)
    assert high[1] == 1.0
    assert high[2] == pytest.approx(1 / math.cosh(0.5) ** 2, rel=1e-15)


def test_nothing_recompiles_after_warm_up() -> None:
    """New hyper-parameters and new lanes compile nothing, in every format."""
    host = backend("jax")
    assert isinstance(host, Backend)
    before = RECOMPILATIONS.count
    compiled = host.compilations()
    for dtype in FORMATS:
        judge(techniques()["activations.leaky_relu"], host, dtype, PROFILES["default"])
    assert host.compilations() > compiled
    assert RECOMPILATIONS.count == before


def _relu(x: Array) -> Jet:
    on = (x > 0).astype(x.dtype)
    return Jet(on * x, on, 0 * on)


def _judged(binding: object) -> dict[str, str]:
    host = NumpyBackend.offering("mine", {"activations.relu": binding})
    rows = judge(techniques()["activations.relu"], host, "float32", PROFILES["quick"])
    return {row.law: row.verdict for row in rows}


@pytest.mark.parametrize(
    ("size", "end", "verdict"), [(0.6, 3.0, "deviates"), (0.4, 3.0, "fails"), (0.6, 2.5, "fails")]
)
def test_a_deviation_excuses_only_where_and_as_much_as_it_says(
    size: float, end: float, verdict: str
) -> None:
    """Off by 1/2 between 2 and 3: beyond the size or outside the region the cell fails."""

    def shifted(x: Array) -> Jet:
        jet = _relu(x)
        off = np.where((x > 2) & (x < 3), x.dtype.type(0.5), x.dtype.type(0))
        return jet._replace(value=jet.value + off)

    binding = deviates(
        "agrees_with_reference", where=lambda x: (x > 2) & (x < end),
        at_most=Bound("1/2", lambda: size), because="a test", witness={"x": 2.25},
    )(shifted)  # fmt: skip
    assert _judged(binding)["agrees_with_reference"] == verdict


def test_a_deviation_that_is_gone_is_stale() -> None:
    """The witness no longer disagrees: red, not silently green."""
    binding = deviates(
        "agrees_with_reference", where=lambda x: x > 0, at_most=Bound("1", lambda: 1.0),
        because="it once did", witness={"x": 3.0},
    )(lambda x: _relu(x))  # fmt: skip # noqa: PLW0108 - a fresh binding each time
    assert _judged(binding)["agrees_with_reference"] == "stale"


def test_findings_merge_to_the_worse() -> None:
    """Everything compared is counted; the worse witness is kept."""
    a = Finding(10, 0, 0.5, 2.0, 4.0, "stable", {"x": 1})
    b = Finding(5, 1, 3.0, 12.0, 4.0, "wrong", {"x": 2})
    merged = a.merged(b)
    assert (merged.compared, merged.violations, merged.witness) == (15, 1, {"x": 2})
    assert merged.grade == "wrong"
    assert not merged.holds


def test_jax_lets_go_of_programs_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond MANY a process forgets what it has compiled: the same call compiles again."""
    jax = pytest.importorskip("backends.jax")
    host = jax.JaxBackend()
    relu = host.binding(techniques()["activations.relu"])

    def compiled() -> int:
        before = host.compilations()
        host.call(relu, (np.zeros(3, np.float32),), {})
        return int(host.compilations() - before)

    compiled()
    assert not host.unburden()
    assert compiled() == 0
    monkeypatch.setattr(jax, "MANY", -1)
    assert host.unburden()
    assert compiled() > 0


def test_a_compiled_call_shares_no_memory_with_what_it_was_given() -> None:
    """Compiled programs take NumPy's arrays: a copy, so that nobody writes into a result."""
    jax = pytest.importorskip("backends.jax")
    host = jax.JaxBackend()
    relu = host.binding(techniques()["activations.relu"])
    x = np.ones(4096, np.float32)
    outcome = host.call(relu, (x,), {})
    x[:] = -1
    assert (np.asarray(outcome.outputs) == 1).all()
    assert (np.asarray(outcome.inputs_after[0]) == 1).all()
