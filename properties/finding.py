"""The third noun: a law returns a finding. Here is measured, graded and merged; nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reference.numerics import Array, Format, bits, ulp

GRADES = ("correctly rounded", "faithful", "stable", "absolute only", "wrong")
VERDICTS = ("conforms", "deviates", "fails", "stale", "absent", "error")

# For the grade "absolute only": how many ulps of the scale of f an error may have.
_ABSOLUTE = 8.0


@dataclass(frozen=True)
class Finding:
    """What a law measured: the worst error, what was allowed there, and how much was compared.

    `excess` is the largest error divided by what is allowed (infinite where nothing is): the law
    holds when it is at most 1 and something was compared at all.
    """

    compared: int
    violations: int = 0
    excess: float = 0.0
    max_ulp: float = 0.0
    allowed: float = 0.0
    grade: str = ""
    witness: dict[str, Any] | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was beyond what is allowed. A finding over nothing does not hold."""
        return self.compared > 0 and self.violations == 0

    def merged(self, other: Finding) -> Finding:
        """Both findings in one: everything counted, the worse witness kept."""
        worse = other if (other.violations, other.excess) > (self.violations, self.excess) else self
        grade = max(self.grade, other.grade, key=lambda g: GRADES.index(g) if g else -1)
        return replace(
            worse,
            compared=self.compared + other.compared,
            violations=self.violations + other.violations,
            max_ulp=max(self.max_ulp, other.max_ulp),
            grade=grade,
        )


NOTHING = Finding(compared=0)


def distance(observed: Array, high: Array, low: Array | float, form: Format) -> Array:
    """Absolute error |observed - (high + low)|, by the rules of overflow and NaN.

    A result that must round to infinity is right as infinity; NaN is right where the truth is NaN
    and infinitely wrong elsewhere.
    """
    seen = np.asarray(observed, np.float64)
    with np.errstate(all="ignore"):
        error = np.abs((seen - high) - low)
        beyond = np.abs(high) >= form.largest * (1 + form.unit_roundoff / 2)
        same_sign = np.signbit(seen) == np.signbit(high)
        right = (seen == high) | (np.isnan(seen) & np.isnan(high))
        right |= np.isinf(seen) & beyond & same_sign
    error = np.where(right, 0.0, error)
    return np.where(np.isnan(error), np.inf, error)


def errors(
    observed: Array,
    high: Array,
    slack: Array,
    form: Format,
    *,
    low: Array | float = 0.0,
    floor: Array | float = 0.0,
) -> Array:
    """Absolute errors that count: beyond `floor`, and no overflow that lies within the `slack`.

    Results next to overflow may round to infinity when what is allowed reaches that far.
    """
    error = distance(observed, high, low, form)
    seen = np.asarray(observed, np.float64)
    with np.errstate(all="ignore"):
        reaches = np.isinf(seen) & (np.abs(high) + slack > form.largest)
        reaches &= np.signbit(seen) == np.signbit(high)
    return np.where((error <= floor) | reaches, 0.0, error)


def measure(
    observed: Array,
    high: Array,
    allowed: Array | float,
    form: Format,
    *,
    low: Array | float = 0.0,
    mask: Array | None = None,
    inputs: dict[str, Array] | None = None,
    scale: Array | float | None = None,
    floor: Array | float = 0.0,
    claimed: Array | float | None = None,
    about: dict[str, Any] | None = None,
) -> Finding:
    """Compare a result with the truth, element by element, and keep the worst.

    `mask` selects what is compared. `inputs` are columns printed at the worst element, `about` is
    printed as it is. `scale` is the size of f around each element: with it a grade is given, by
    what is `claimed`: the derived bound alone, where `allowed` excuses registered deviations.
    Errors up to `floor` (what flushing subnormal numbers may do) count as none.
    """
    high = np.asarray(high, np.float64)
    observed, high, allowed = np.broadcast_arrays(observed, high, allowed)
    mask = np.ones(high.shape, bool) if mask is None else np.broadcast_to(mask, high.shape)
    compared = int(np.count_nonzero(mask))
    if not compared:
        return NOTHING
    unit = ulp(high, form)
    slack = np.maximum(allowed, 0.0)
    error = np.where(mask, errors(observed, high, slack, form, low=low, floor=floor), 0.0)
    with np.errstate(all="ignore"):
        excess = np.where((error == 0) | np.isposinf(slack), 0.0, error / slack)
        bound = allowed if claimed is None else np.broadcast_to(claimed, high.shape)
        beyond = (error > 0) & ~(error <= bound)
    excess = np.where(np.isnan(excess), np.inf, excess)
    worst = np.unravel_index(int(np.argmax(excess)), excess.shape)
    if not excess[worst]:
        worst = np.unravel_index(int(np.argmax(np.where(mask, error / unit, -1.0))), excess.shape)
    return Finding(
        compared=compared,
        violations=int(np.count_nonzero(excess > 1)),
        excess=float(excess[worst]),
        max_ulp=float(np.max(error / unit)),
        allowed=float((slack / unit)[worst]),
        grade="" if scale is None else _grade(error, unit, beyond, scale, form),
        witness=_witness(observed, high, error, slack, worst, form, inputs or {}) | (about or {}),
    )


def _grade(error: Array, unit: Array, beyond: Array, scale: Array | float, form: Format) -> str:
    """The best of the five grades that every element deserves."""
    if np.max(error / unit) <= 0.5 * (1 + 2**-20):
        return "correctly rounded"
    if np.max(error / unit) < 1:
        return "faithful"
    if not np.any(beyond):
        return "stable"
    absolute = np.all(~beyond | (error <= _ABSOLUTE * ulp(np.asarray(scale), form)))
    return "absolute only" if absolute else "wrong"


def _witness(
    observed: Array,
    high: Array,
    error: Array,
    slack: Array,
    at: tuple[Any, ...],
    form: Format,
    inputs: dict[str, Array],
) -> dict[str, Any]:
    """What a failure tells: where, both values, bits, error and allowance."""
    told: dict[str, Any] = {"index": [int(i) for i in at]}
    for name, column in inputs.items():
        value = np.broadcast_to(column, high.shape)[at]
        told[name] = number(value)
        if np.asarray(column).dtype == form.dtype:
            told[f"{name}_bits"] = bits(value, form)
    told["observed"] = number(observed[at])
    told["expected"] = number(high[at])
    if np.asarray(observed).dtype == form.dtype:
        told["observed_bits"] = bits(observed[at], form)
        with np.errstate(over="ignore"):
            told["expected_bits"] = bits(high[at], form)
    told["error"] = number(error[at])
    told["allowed_error"] = number(slack[at])
    return told


def number(value: Any) -> float | int | str:
    """A number that JSON can hold: NaN and the infinities by name."""
    if isinstance(value, int | np.integer):
        return int(value)
    value = float(value)
    return value if np.isfinite(value) else str(value)


@dataclass(frozen=True)
class Cell:
    """One square of the grid: what is judged, by which law, where."""

    technique: str
    law: str
    backend: str
    dtype: str
    device: str = "cpu"

    @property
    def id(self) -> str:
        """A sentence: `torch-activations.tanh-is_odd-float32`."""
        place = "" if self.device == "cpu" else f"-{self.device}"
        return f"{self.backend}-{self.technique}-{self.law}-{self.dtype}{place}"


@dataclass(frozen=True)
class Verdict:
    """The judgement of one cell, as it stands in `verdicts.jsonl`."""

    technique: str
    law: str
    backend: str
    dtype: str
    device: str
    verdict: str
    grade: str = ""
    max_ulp: float = 0.0
    allowed: float = 0.0
    compared: int = 0
    witness: dict[str, Any] | None = None
    reason: str = ""
    link: str = ""
    seconds: float = 0.0

    @property
    def id(self) -> str:
        """The cell's id."""
        return Cell(self.technique, self.law, self.backend, self.dtype, self.device).id

    @property
    def explained(self) -> bool:
        """Whether nobody need look: it conforms, deviates as registered, or is absent."""
        return self.verdict in ("conforms", "deviates", "absent")
