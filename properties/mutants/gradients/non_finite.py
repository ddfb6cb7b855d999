"""Wrong treatment of what is no number."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.gradients.non_finite import along, finite_steps
from reference.gradients.norms import length


@mutant(
    "gradients.zero_nans",
    "infinities are zeroed as well: what overflowed looks converged",
    blind_spot="special values",
)
def zero_nans_zeroes_infinities(grads: Any) -> Any:
    return [np.where(np.isfinite(g), g, g.dtype.type(0)) for g in grads]


@mutant(
    "gradients.zero_nans",
    "numpy.nan_to_num with its defaults: infinities become the largest number",
    blind_spot="special values",
)
def zero_nans_bounds_infinities(grads: Any) -> Any:
    return [np.nan_to_num(g) for g in grads]


@mutant(
    "gradients.zero_nans",
    "NaN sought by g == NaN, which is never true",
    blind_spot="special values",
)
def zero_nans_finds_none(grads: Any) -> Any:
    never = np.float32(np.nan)
    return [np.where(g == never, g.dtype.type(0), g) for g in grads]


@mutant(
    "gradients.replace_non_finite",
    "minus infinity gets the limit without its sign",
    blind_spot="special values",
)
def replace_forgets_the_sign(grads: Any, *, nan: float, limit: float) -> Any:
    ends = [np.where(np.isinf(g), g.dtype.type(limit), g) for g in grads]
    return [np.where(np.isnan(g), g.dtype.type(nan), g) for g in ends]


@mutant(
    "gradients.replace_non_finite",
    "finite numbers beyond the limit are clipped, too",
    blind_spot="boundaries",
)
def replace_clips(grads: Any, *, nan: float, limit: float) -> Any:
    c = np.float32(limit)
    return [np.where(np.isnan(g), np.float32(nan), np.clip(g, -c, c)) for g in grads]


@mutant(
    "gradients.skip_non_finite",
    "only NaN is looked for: an infinity goes through",
    blind_spot="special values",
)
def skip_lets_infinities_through(steps: Any, *, max_consecutive_errors: int) -> Any:
    del max_consecutive_errors
    parts = [np.any(np.isnan(g.reshape(len(g), -1)), axis=1) for g in steps]
    bad = np.logical_or.reduce(parts)
    updates = [np.where(along(bad, g), g.dtype.type(0), g) for g in steps]
    return {"applied": updates, "bad": np.cumsum(~finite_steps(steps)).astype(np.int32)}


@mutant(
    "gradients.skip_non_finite",
    "the bad tensor alone is zeroed, the rest of the step applied",
    blind_spot="structure",
)
def skip_zeroes_the_bad_tensor(steps: Any, *, max_consecutive_errors: int) -> Any:
    del max_consecutive_errors
    updates = [np.where(along(finite_steps([g]), g), g, g.dtype.type(0)) for g in steps]
    return {"applied": updates, "bad": np.cumsum(~finite_steps(steps)).astype(np.int32)}


def _let_through(steps: Any, most: int, *, resets: bool, at: int) -> Any:
    good, in_a_row = finite_steps(steps), 0
    through = np.array(good)
    for t, fine in enumerate(good):
        in_a_row = (0 if resets else in_a_row) if fine else in_a_row + 1
        through[t] |= in_a_row > most + at
    updates = [np.where(along(through, g), g, g.dtype.type(0)) for g in steps]
    return {"applied": updates, "bad": np.cumsum(~good).astype(np.int32)}


@mutant(
    "gradients.skip_non_finite",
    "bad steps are counted over the whole run: good ones between them do not reset the count",
    blind_spot="dynamics",
)
def skip_never_resets_its_count(steps: Any, *, max_consecutive_errors: int) -> Any:
    return _let_through(steps, max_consecutive_errors, resets=False, at=0)


@mutant(
    "gradients.skip_non_finite",
    "gives up one bad step too early",
    blind_spot="boundaries",
)
def skip_gives_up_early(steps: Any, *, max_consecutive_errors: int) -> Any:
    return _let_through(steps, max_consecutive_errors, resets=True, at=-1)


def _skipped(steps: Any, long: Any) -> Any:
    updates = [np.where(along(long, g), g.dtype.type(0), g) for g in steps]
    return {"applied": updates, "skipped": long.astype(np.int32)}


def _lengths(steps: Any) -> Any:
    return np.array([float(length([g[t] for g in steps])) for t in range(len(steps[0]))])


@mutant(
    "gradients.skip_long_steps",
    "|g| > c in place of not |g| < c: a norm that is NaN goes through",
    blind_spot="special values",
)
def long_steps_of_nan_go_through(steps: Any, *, max_norm: float) -> Any:
    return _skipped(steps, _lengths(steps) > max_norm)


@mutant(
    "gradients.skip_long_steps",
    "the norm, not its square, held against the squared bound: too long ones go through",
    blind_spot="scale",
)
def long_steps_are_held_against_a_square(steps: Any, *, max_norm: float) -> Any:
    return _skipped(steps, ~(_lengths(steps) < max_norm**2))


@mutant(
    "gradients.skip_long_steps",
    "every tensor by its own norm: part of a step is applied",
    blind_spot="structure",
)
def long_steps_are_skipped_by_tensors(steps: Any, *, max_norm: float) -> Any:
    updates = [_skipped([g], ~(_lengths([g]) < max_norm))["applied"][0] for g in steps]
    return {"applied": updates, "skipped": (~(_lengths(steps) < max_norm)).astype(np.int32)}
