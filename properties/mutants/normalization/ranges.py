"""Wrong ranges and thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.groups import over_batch
from reference.normalization.ranges import hard_threshold, min_max_norm, soft_threshold
from reference.numerics import Array, Linearized

MIN_MAX_NORM = "normalization.min_max_norm"
HARD_THRESHOLD = "normalization.hard_threshold"
SOFT_THRESHOLD = "normalization.soft_threshold"


def _value(right: Linearized, x: Array, function: Any) -> Linearized:
    """The reference with another value, made of the rows of features."""
    groups = over_batch(x.shape, 1, {})
    with np.errstate(all="ignore"):
        rows = function(groups.rows(x)).astype(x.dtype)
    return right._replace(outputs=groups.array(rows, x))


@mutant(MIN_MAX_NORM, "A4 2: batch normalization, said to map to [0, 1]", blind_spot="scale")
def min_max_norm_standardizes(x: Array) -> Linearized:
    def standardized(rows: Array) -> Array:
        mean, std = (f(rows, axis=1, keepdims=True) for f in (np.mean, np.std))
        return (rows - mean) / (std + 1e-5)

    return _value(min_max_norm(x), x, standardized)


@mutant(MIN_MAX_NORM, "one smallest and one largest number for all features",
        blind_spot="structure")  # fmt: skip
def min_max_norm_takes_one_range(x: Array) -> Linearized:
    return min_max_norm(x)._replace(outputs=(x - np.min(x)) / (np.max(x) - np.min(x)))


@mutant(MIN_MAX_NORM, "every sample's own range: along the wrong axis", blind_spot="structure")
def min_max_norm_takes_each_samples_range(x: Array) -> Linearized:
    axes = tuple(range(1, x.ndim))
    low, high = (f(x, axis=axes, keepdims=True) for f in (np.min, np.max))
    return min_max_norm(x)._replace(outputs=((x - low) / (high - low)).astype(x.dtype))


@mutant(MIN_MAX_NORM, "0 / 0 where nothing varies", blind_spot="special values")
def min_max_norm_divides_zero_by_zero(x: Array) -> Linearized:
    def divided(rows: Array) -> Array:
        low, high = (f(rows, axis=1, keepdims=True) for f in (np.min, np.max))
        return (rows - low) / (high - low)

    return _value(min_max_norm(x), x, divided)


@mutant(MIN_MAX_NORM, "an eps of 1e-8 in the range: the largest number stays below 1",
        blind_spot="tolerance", dtypes=("float64",))  # fmt: skip
def min_max_norm_adds_eps_to_its_range(x: Array) -> Linearized:
    def widened(rows: Array) -> Array:
        low, high = (f(rows, axis=1, keepdims=True) for f in (np.min, np.max))
        return (rows - low) / (high - low + 1e-8)

    return _value(min_max_norm(x), x, widened)


@mutant(MIN_MAX_NORM, "divided by the largest number: alike where the smallest is 0",
        blind_spot="scale")  # fmt: skip
def min_max_norm_divides_by_the_largest(x: Array) -> Linearized:
    def divided(rows: Array) -> Array:
        return rows / np.max(np.abs(rows), axis=1, keepdims=True)

    return _value(min_max_norm(x), x, divided)


@mutant(MIN_MAX_NORM, "smallest and largest are taken for constants in the backward pass")
def min_max_norm_holds_its_range_constant(x: Array) -> Linearized:
    groups = over_batch(x.shape, 1, {})
    span = np.ptp(groups.rows(x), axis=1, keepdims=True)
    slope = groups.array(1 / np.where(span == 0, np.inf, span) + 0 * groups.rows(x), x)
    return min_max_norm(x)._replace(pullback=lambda c: ((c * slope).astype(x.dtype),))


@mutant(HARD_THRESHOLD, "signed numbers compared, not magnitudes: all negative ones become 0",
        blind_spot="symmetry and defaults")  # fmt: skip
def hard_threshold_drops_negative_numbers(x: Array, *, threshold: float) -> Linearized:
    right = hard_threshold(x, threshold=threshold)
    return right._replace(outputs=np.where(x > threshold, x, np.float32(0)))


@mutant(HARD_THRESHOLD, "large numbers are pulled in: soft thresholding", blind_spot="boundaries")
def hard_threshold_pulls_in(x: Array, *, threshold: float) -> Linearized:
    right = hard_threshold(x, threshold=threshold)
    return right._replace(outputs=soft_threshold(x, threshold=threshold).outputs)


@mutant(HARD_THRESHOLD, "the threshold is taken for a share of the largest number",
        blind_spot="scale")  # fmt: skip
def hard_threshold_takes_a_share(x: Array, *, threshold: float) -> Linearized:
    return hard_threshold(x, threshold=float(threshold * np.max(np.abs(x))))


@mutant(
    SOFT_THRESHOLD, "half the threshold: the price is taken as t |y| / 2", blind_spot="tolerance"
)
def soft_threshold_pulls_in_by_half(x: Array, *, threshold: float) -> Linearized:
    right = soft_threshold(x, threshold=threshold)
    half = np.float32(threshold / 2)
    return right._replace(outputs=np.sign(x) * np.maximum(np.abs(x) - half, 0))


@mutant(SOFT_THRESHOLD, "small numbers turn round: max(0, .) is forgotten", blind_spot="boundaries")
def soft_threshold_turns_small_numbers_round(x: Array, *, threshold: float) -> Linearized:
    right = soft_threshold(x, threshold=threshold)
    return right._replace(outputs=x - np.sign(x) * np.float32(threshold))


@mutant(SOFT_THRESHOLD, "twice the cotangent at the threshold: both one-sided slopes added",
        blind_spot="special values")  # fmt: skip
def soft_threshold_doubles_at_its_kinks(x: Array, *, threshold: float) -> Linearized:
    right = soft_threshold(x, threshold=threshold)
    at = np.abs(x) == np.float32(threshold)
    return right._replace(pullback=lambda c: (np.where(at, 2 * c, right.pullback(c)[0]),))
